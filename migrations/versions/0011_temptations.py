"""Why wrong options tempt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "temptation",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("question_id", _ROW_ID, nullable=False),
        sa.Column("letter", sa.String(length=1), nullable=False),
        sa.Column("option", sa.Text(), nullable=False),
        sa.Column("chosen", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("model", sa.String(length=128), nullable=False),
        sa.Column("round", sa.String(length=64), nullable=False),
        sa.Column("item_id", _ROW_ID, nullable=True),
        sa.Column("reviewer", sa.String(length=96), nullable=True),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_temptation_question_id_question", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["review_item.id"], name="fk_temptation_item_id_review_item", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_temptation"),
        sa.UniqueConstraint("question_id", "letter", name="uq_temptation_question_id_letter"),
    )
    op.create_index("ix_temptation_state_chosen", "temptation", ["state", "chosen"])
    op.create_index("ix_temptation_item_id", "temptation", ["item_id"])
    op.create_index("ix_temptation_asked_at", "temptation", ["asked_at"])


def downgrade() -> None:
    op.drop_table("temptation")
