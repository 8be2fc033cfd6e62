"""The teams of a relay, and whose turn it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only under the exact type INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "quiz_player",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("quiz_id", ROW_ID, nullable=False),
        sa.Column("member_id", sa.String(length=96), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("team", sa.BigInteger(), nullable=False),
        sa.Column("turns", sa.BigInteger(), nullable=False),
        sa.Column("missed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["quiz_id"], ["quiz.id"], name="fk_quiz_player_quiz_id_quiz", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_player"),
        sa.UniqueConstraint("quiz_id", "member_id", name="uq_quiz_player_quiz_id_member_id"),
    )
    op.add_column("quiz_item", sa.Column("turn", sa.String(length=96), nullable=True))


def downgrade() -> None:
    op.drop_column("quiz_item", "turn")
    op.drop_table("quiz_player")
