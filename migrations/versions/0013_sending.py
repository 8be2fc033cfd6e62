"""What goes out unasked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "chat_ability",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("account", sa.String(length=96), nullable=False),
        sa.Column("lane", sa.String(length=96), nullable=False),
        sa.Column("is_group", sa.Boolean(), nullable=False),
        sa.Column("proactive", sa.String(length=8), nullable=False),
        sa.Column("proactive_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proactive_why", sa.String(length=32), nullable=False),
        sa.Column("muted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_message", sa.String(length=256), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("woken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("sent_today", sa.BigInteger(), nullable=False),
        sa.Column("last_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_chat_ability"),
        sa.UniqueConstraint("account", "lane", name="uq_chat_ability_account_lane"),
    )
    op.create_index("ix_chat_ability_lane", "chat_ability", ["lane"])
    op.create_table(
        "sending_account",
        sa.Column("account", sa.String(length=96), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("sent_today", sa.BigInteger(), nullable=False),
        sa.Column("doubts", sa.BigInteger(), nullable=False),
        sa.Column("stood_down_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stood_down_why", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_sending_account"),
    )
    op.create_table(
        "posting",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("chat_id", _ROW_ID, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=256), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chat_ability.id"], name="fk_posting_chat_id_chat_ability", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_posting"),
        sa.UniqueConstraint("key", name="uq_posting_key"),
    )
    op.create_index("ix_posting_chat_id", "posting", ["chat_id"])
    op.create_table(
        "reply_seq",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("chat_id", _ROW_ID, nullable=False),
        sa.Column("message_id", sa.String(length=256), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chat_ability.id"], name="fk_reply_seq_chat_id_chat_ability", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reply_seq"),
        sa.UniqueConstraint("chat_id", "message_id", name="uq_reply_seq_chat_id_message_id"),
    )


def downgrade() -> None:
    for table in ("reply_seq", "posting", "sending_account", "chat_ability"):
        op.drop_table(table)
