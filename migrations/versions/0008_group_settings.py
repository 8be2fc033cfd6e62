"""What groups switch off, and how much they may ask."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "group_settings",
        sa.Column("group_id", sa.String(length=96), nullable=False),
        sa.Column("off", sa.JSON(), nullable=False),
        sa.Column("member_daily", sa.BigInteger(), nullable=True),
        sa.Column("group_daily", sa.BigInteger(), nullable=True),
        sa.Column("set_by", sa.String(length=96), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("group_id", name="pk_group_settings"),
    )


def downgrade() -> None:
    op.drop_table("group_settings")
