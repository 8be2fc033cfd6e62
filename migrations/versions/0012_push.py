"""Who wants the daily practice, and what became of it each day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEPT_UP = sa.text("state != 'stopped'")
_UNSETTLED = sa.text("state IN ('due', 'held', 'claimed')")


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("account", sa.String(length=96), nullable=False),
        sa.Column("lane", sa.String(length=96), nullable=False),
        sa.Column("group_id", sa.String(length=96), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.String(length=8), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("summary_minute", sa.BigInteger(), nullable=True),
        sa.Column("quiet_from", sa.BigInteger(), nullable=True),
        sa.Column("quiet_until", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("paused_until", sa.Date(), nullable=True),
        sa.Column("slept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("woken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=96), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscription"),
    )
    op.create_index("ix_subscription_lane", "subscription", ["lane"])
    op.create_index(
        "ix_subscription_next_at", "subscription", ["next_at"], sqlite_where=_KEPT_UP, postgresql_where=_KEPT_UP
    )
    op.create_index(
        "uq_subscription_account_lane_number",
        "subscription",
        ["account", "lane", "number"],
        unique=True,
        sqlite_where=_KEPT_UP,
        postgresql_where=_KEPT_UP,
    )
    op.create_table(
        "delivery",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("subscription_id", _ROW_ID, nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.String(length=128), nullable=False),
        sa.Column("digest_id", _ROW_ID, nullable=True),
        sa.Column("receipts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name="fk_delivery_subscription_id_subscription",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["digest_id"], ["quiz.id"], name="fk_delivery_digest_id_quiz", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint(
            "subscription_id", "local_date", "kind", "hour", name="uq_delivery_subscription_id_local_date_kind_hour"
        ),
    )
    op.create_index("ix_delivery_digest_id", "delivery", ["digest_id"])
    op.create_index("ix_delivery_message_id", "delivery", ["message_id"])
    op.create_index(
        "ix_delivery_unsettled", "delivery", ["next_at"], sqlite_where=_UNSETTLED, postgresql_where=_UNSETTLED
    )


def downgrade() -> None:
    op.drop_table("delivery")
    op.drop_table("subscription")
