"""A second model beside the one that serves, their answers side by side, and the votes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only under the exact type INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "challenger",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("round_id", ROW_ID, nullable=True),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("chat_format", sa.String(length=16), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("votes", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.String(length=96), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("open_from", MOMENT, nullable=True),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["training_round.id"], name="fk_challenger_round_id_training_round", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_challenger"),
    )
    op.create_index("ix_challenger_round_id", "challenger", ["round_id"])
    for status in ("asked", "starting", "open"):
        only = sa.text(f"status = '{status}'")
        op.create_index(
            f"uq_challenger_{status}", "challenger", ["status"], unique=True, sqlite_where=only, postgresql_where=only
        )
    op.create_table(
        "arena_group",
        sa.Column("group_id", sa.String(length=96), nullable=False),
        sa.Column("agreed_by", sa.String(length=96), nullable=False),
        sa.Column("agreed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("group_id", name="pk_arena_group"),
    )
    op.create_table(
        "battle",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ask_id", sa.BigInteger(), nullable=True),
        sa.Column("challenger_id", ROW_ID, nullable=False),
        sa.Column("serving", sa.String(length=96), nullable=False),
        sa.Column("serving_round", ROW_ID, nullable=True),
        sa.Column("challenger_round", ROW_ID, nullable=True),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("account", sa.String(length=96), nullable=False),
        sa.Column("group_id", sa.String(length=96), nullable=True),
        sa.Column("message_id", sa.String(length=128), nullable=True),
        sa.Column("prompt", sa.JSON(), nullable=False),
        sa.Column("serving_text", sa.Text(), nullable=False),
        sa.Column("challenger_text", sa.Text(), nullable=False),
        sa.Column("challenger_first", sa.Boolean(), nullable=False),
        sa.Column("fought_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name="fk_battle_ask_id_ask", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["challenger_id"], ["challenger.id"], name="fk_battle_challenger_id_challenger", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_battle"),
        sa.UniqueConstraint("ask_id", name="uq_battle_ask_id"),
    )
    op.create_index("ix_battle_challenger_id", "battle", ["challenger_id"])
    op.create_index("ix_battle_fought_at", "battle", ["fought_at"])
    op.create_index("ix_battle_account_message_id", "battle", ["account", "message_id"])
    op.create_table(
        "battle_vote",
        sa.Column("battle_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.String(length=96), nullable=False),
        sa.Column("choice", sa.String(length=12), nullable=False),
        sa.Column("voted_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["battle_id"], ["battle.id"], name="fk_battle_vote_battle_id_battle", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("battle_id", "member_id", name="pk_battle_vote"),
    )
    op.create_index("ix_battle_vote_member_id", "battle_vote", ["member_id"])


def downgrade() -> None:
    op.drop_table("battle_vote")
    op.drop_table("battle")
    op.drop_table("arena_group")
    op.drop_table("challenger")
