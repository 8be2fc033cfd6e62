"""First tables: the question bank, members and groups, exchanges and corrections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only under the exact type INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "bank_version",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bank_version"),
    )
    # The one row whose number grows with every change of the bank.
    op.execute("INSERT INTO bank_version (id, version) VALUES (1, 0)")
    op.create_table(
        "chat_group",
        sa.Column("id", sa.String(length=96), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chat_group"),
    )
    op.create_table(
        "import_batch",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_batch"),
    )
    op.create_index("ix_import_batch_sha256", "import_batch", ["sha256"])
    op.create_table(
        "member",
        sa.Column("id", sa.String(length=96), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_member"),
    )
    op.create_table(
        "question",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("stem", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("difficulty", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("stem_hash", sa.BigInteger(), nullable=False),
        sa.Column("import_id", ROW_ID, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import_batch.id"], name="fk_question_import_id_import_batch"),
        sa.PrimaryKeyConstraint("id", name="pk_question"),
        sa.UniqueConstraint("fingerprint", name="uq_question_fingerprint"),
    )
    op.create_index("ix_question_import_id", "question", ["import_id"])
    op.create_index("ix_question_status", "question", ["status"])
    op.create_index("ix_question_stem_hash", "question", ["stem_hash"])
    op.create_table(
        "ask",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.String(length=96), nullable=False),
        sa.Column("group_id", sa.String(length=96), nullable=True),
        sa.Column("member_id", sa.String(length=96), nullable=False),
        sa.Column("message_id", sa.String(length=128), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("passport", sa.JSON(), nullable=True),
        sa.Column("question_id", ROW_ID, nullable=True),
        sa.Column("reply_message_id", sa.String(length=128), nullable=True),
        sa.Column("rating", sa.BigInteger(), nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["chat_group.id"], name="fk_ask_group_id_chat_group"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_ask_member_id_member"),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_ask_question_id_question", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ask"),
    )
    op.create_index("ix_ask_account_reply_message_id", "ask", ["account", "reply_message_id"])
    op.create_index("ix_ask_group_id", "ask", ["group_id"])
    op.create_index("ix_ask_member_id", "ask", ["member_id"])
    op.create_index("ix_ask_question_id", "ask", ["question_id"])
    op.create_index("ix_ask_received_at", "ask", ["received_at"])
    op.create_index("ix_ask_state", "ask", ["state"])
    op.create_table(
        "question_wording",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("question_id", ROW_ID, nullable=False),
        sa.Column("stem", sa.Text(), nullable=False),
        sa.Column("stem_hash", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_question_wording_question_id_question", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_question_wording"),
    )
    op.create_index("ix_question_wording_question_id", "question_wording", ["question_id"])
    op.create_index("ix_question_wording_stem_hash", "question_wording", ["stem_hash"])
    op.create_table(
        "rival_answer",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("question_id", ROW_ID, nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("import_id", ROW_ID, nullable=True),
        sa.Column("row", sa.BigInteger(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import_batch.id"], name="fk_rival_answer_import_id_import_batch"),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_rival_answer_question_id_question", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rival_answer"),
    )
    op.create_index("ix_rival_answer_import_id", "rival_answer", ["import_id"])
    op.create_index("ix_rival_answer_question_id", "rival_answer", ["question_id"])
    op.create_table(
        "correction",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("ask_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.String(length=96), nullable=False),
        sa.Column("proposed", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name="fk_correction_ask_id_ask", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_correction_member_id_member"),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
    )
    op.create_index("ix_correction_ask_id", "correction", ["ask_id"])
    op.create_index("ix_correction_member_id", "correction", ["member_id"])
    op.create_index("ix_correction_status", "correction", ["status"])


def downgrade() -> None:
    for table in (
        "correction",
        "rival_answer",
        "question_wording",
        "ask",
        "question",
        "member",
        "import_batch",
        "chat_group",
        "bank_version",
    ):
        op.drop_table(table)
