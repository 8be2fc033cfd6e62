"""Daily digests, open all day beside the games of a chat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "digest",
        sa.Column("quiz_id", _ROW_ID, nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["quiz_id"], ["quiz.id"], name="fk_digest_quiz_id_quiz", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("quiz_id", name="pk_digest"),
        sa.UniqueConstraint("delivery_id", name="uq_digest_delivery_id"),
    )
    op.create_index("ix_digest_subscription_id", "digest", ["subscription_id"])
    _one_game_a_chat("state != 'ended' AND mode != 'daily'")


def downgrade() -> None:
    op.drop_table("digest")
    op.execute("UPDATE quiz SET state = 'ended' WHERE mode = 'daily'")
    _one_game_a_chat("state != 'ended'")


def _one_game_a_chat(where: str) -> None:
    op.drop_index("uq_quiz_account_lane", table_name="quiz")
    going_on = sa.text(where)
    op.create_index(
        "uq_quiz_account_lane",
        "quiz",
        ["account", "lane"],
        unique=True,
        sqlite_where=going_on,
        postgresql_where=going_on,
    )
