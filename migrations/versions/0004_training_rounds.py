"""Training rounds and the steps they have done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only under the exact type INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "training_round",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("approvals", sa.JSON(), nullable=False),
        sa.Column("account", sa.String(length=96), nullable=False),
        sa.Column("group_id", sa.String(length=96), nullable=True),
        sa.Column("member_id", sa.String(length=96), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("dataset", sa.String(length=16), nullable=True),
        sa.Column("gpu", sa.String(length=128), nullable=True),
        sa.Column("worker", sa.String(length=128), nullable=True),
        sa.Column("heartbeat_at", MOMENT, nullable=True),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=True),
        sa.Column("forced_by", sa.JSON(), nullable=False),
        sa.Column("promoted_at", MOMENT, nullable=True),
        sa.Column("told", sa.String(length=12), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_training_round"),
    )
    op.create_index("ix_training_round_status", "training_round", ["status"])
    running = sa.text("status = 'running'")
    op.create_index(
        "uq_training_round_gpu_running",
        "training_round",
        ["gpu"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )
    op.create_table(
        "round_step",
        sa.Column("round_id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["training_round.id"], name="fk_round_step_round_id_training_round", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "name", name="pk_round_step"),
    )


def downgrade() -> None:
    op.drop_table("round_step")
    op.drop_table("training_round")
