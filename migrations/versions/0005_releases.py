"""Which model served when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only under the exact type INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "release",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("round_id", ROW_ID, nullable=True),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("chat_format", sa.String(length=16), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("beside", sa.Boolean(), nullable=True),
        sa.Column("answering", sa.Boolean(), nullable=False),
        sa.Column("replaces", ROW_ID, nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(length=96), nullable=False),
        sa.Column("account", sa.String(length=96), nullable=False),
        sa.Column("group_id", sa.String(length=96), nullable=True),
        sa.Column("member_id", sa.String(length=96), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("serving_from", MOMENT, nullable=True),
        sa.Column("serving_until", MOMENT, nullable=True),
        sa.Column("watched_until", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("told", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["training_round.id"], name="fk_release_round_id_training_round", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_release"),
    )
    op.create_index("ix_release_round_id", "release", ["round_id"])
    op.create_index("ix_release_serving_from", "release", ["serving_from"])
    for status in ("serving", "starting", "asked"):
        only = sa.text(f"status = '{status}'")
        op.create_index(
            f"uq_release_{status}", "release", ["status"], unique=True, sqlite_where=only, postgresql_where=only
        )
    op.create_table(
        "serving_host",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("left", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_serving_host"),
    )


def downgrade() -> None:
    op.drop_table("serving_host")
    op.drop_table("release")
