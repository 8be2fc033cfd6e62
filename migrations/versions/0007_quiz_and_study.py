"""Quizzes, what members answered, and what they are to practise."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only under the exact type INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
DOUBLE: sa.Double[float] = sa.Double()


def upgrade() -> None:
    op.create_table(
        "quiz",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("account", sa.String(length=96), nullable=False),
        sa.Column("lane", sa.String(length=96), nullable=False),
        sa.Column("group_id", sa.String(length=96), nullable=True),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("limit_s", sa.BigInteger(), nullable=False),
        sa.Column("players", sa.JSON(), nullable=False),
        sa.Column("started_by", sa.String(length=96), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("paused_at", MOMENT, nullable=True),
        sa.Column("left_s", DOUBLE, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_why", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quiz"),
    )
    not_over = sa.text("state != 'ended'")
    op.create_index(
        "uq_quiz_account_lane",
        "quiz",
        ["account", "lane"],
        unique=True,
        sqlite_where=not_over,
        postgresql_where=not_over,
    )
    for column in ("lane", "group_id", "started_at"):
        op.create_index(f"ix_quiz_{column}", "quiz", [column])
    op.create_table(
        "quiz_item",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("quiz_id", ROW_ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("question_id", ROW_ID, nullable=True),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("hints", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("winner", sa.String(length=96), nullable=True),
        sa.Column("model_answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["quiz_id"], ["quiz.id"], name="fk_quiz_item_quiz_id_quiz", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_quiz_item_question_id_question", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_item"),
        sa.UniqueConstraint("quiz_id", "number", name="uq_quiz_item_quiz_id_number"),
    )
    op.create_index("ix_quiz_item_question_id", "quiz_item", ["question_id"])
    op.create_table(
        "quiz_answer",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_id", ROW_ID, nullable=False),
        sa.Column("member_id", sa.String(length=96), nullable=False),
        sa.Column("member_name", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=128), nullable=False),
        sa.Column("text", sa.String(length=512), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("judged_by", sa.String(length=96), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_at", MOMENT, nullable=False),
        sa.Column("learned", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.ForeignKeyConstraint(
            ["item_id"], ["quiz_item.id"], name="fk_quiz_answer_item_id_quiz_item", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_answer"),
        sa.UniqueConstraint("item_id", "member_id", name="uq_quiz_answer_item_id_member_id"),
    )
    not_learned = sa.text("NOT learned")
    op.create_index(
        "ix_quiz_answer_not_learned", "quiz_answer", ["id"], sqlite_where=not_learned, postgresql_where=not_learned
    )
    op.create_index("ix_quiz_answer_answered_at", "quiz_answer", ["answered_at"])
    op.create_index("ix_quiz_answer_member_id_answered_at", "quiz_answer", ["member_id", "answered_at"])
    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.String(length=96), nullable=False),
        sa.Column("question_id", ROW_ID, nullable=False),
        sa.Column("group_id", sa.String(length=96), nullable=True),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("text", sa.String(length=512), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.Column("grade", sa.BigInteger(), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
        sa.Column("hints", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_attempt_question_id_question", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
    )
    op.create_index("ix_attempt_group_id", "attempt", ["group_id"])
    op.create_index("ix_attempt_member_id_at", "attempt", ["member_id", "at"])
    op.create_index("ix_attempt_question_id_at", "attempt", ["question_id", "at"])
    op.create_table(
        "study_card",
        sa.Column("member_id", sa.String(length=96), nullable=False),
        sa.Column("question_id", ROW_ID, nullable=False),
        sa.Column("state", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=True),
        sa.Column("stability", DOUBLE, nullable=True),
        sa.Column("difficulty", DOUBLE, nullable=True),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("last_review", MOMENT, nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("wrong", sa.BigInteger(), nullable=False),
        sa.Column("in_book", sa.Boolean(), nullable=False),
        sa.Column("streak", sa.BigInteger(), nullable=False),
        sa.Column("wrong_at", MOMENT, nullable=True),
        sa.Column("shelved", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_study_card_question_id_question", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "question_id", name="pk_study_card"),
    )
    op.create_index("ix_study_card_question_id", "study_card", ["question_id"])
    op.create_index("ix_study_card_member_id_due", "study_card", ["member_id", "due"])
    op.create_table(
        "studying",
        sa.Column("member_id", sa.String(length=96), nullable=False),
        sa.Column("exam", sa.String(length=32), nullable=False),
        sa.Column("exam_on", sa.Date(), nullable=True),
        sa.Column("daily_cap", sa.BigInteger(), nullable=True),
        sa.Column("easy_days", sa.JSON(), nullable=False),
        sa.Column("on_boards", sa.Boolean(), nullable=False),
        sa.Column("on_global", sa.Boolean(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("member_id", name="pk_studying"),
    )


def downgrade() -> None:
    for table in ("studying", "study_card", "attempt", "quiz_answer", "quiz_item", "quiz"):
        op.drop_table(table)
