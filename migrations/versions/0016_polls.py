"""Polls that stand in chats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat_poll",
        sa.Column("account", sa.String(length=96), nullable=False),
        sa.Column("poll_id", sa.String(length=64), nullable=False),
        sa.Column("lane", sa.String(length=96), nullable=False),
        sa.Column("is_group", sa.Boolean(), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("says", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account", "poll_id", name="pk_chat_poll"),
    )
    op.create_index("ix_chat_poll_about", "chat_poll", ["about"])
    op.create_index("ix_chat_poll_opened_at", "chat_poll", ["opened_at"])


def downgrade() -> None:
    op.drop_table("chat_poll")
