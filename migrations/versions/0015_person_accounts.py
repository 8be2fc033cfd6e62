"""One member with several accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_account",
        sa.Column("account_id", sa.String(length=96), nullable=False),
        sa.Column("person_id", sa.String(length=96), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("swept", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["member.id"], name="fk_person_account_account_id_member"),
        sa.ForeignKeyConstraint(["person_id"], ["member.id"], name="fk_person_account_person_id_member"),
        sa.PrimaryKeyConstraint("account_id", name="pk_person_account"),
    )
    op.create_index("ix_person_account_person_id", "person_account", ["person_id"])
    op.add_column("correction", sa.Column("reported_by", sa.String(length=96), server_default="", nullable=False))
    op.execute("UPDATE correction SET reported_by = member_id")


def downgrade() -> None:
    op.drop_column("correction", "reported_by")
    op.drop_table("person_account")
