"""Corrections that are reviewed, everybody's ratings, and versioned training sets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only under the exact type INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("status = 'open'")


def upgrade() -> None:
    _ratings()
    _review_item()
    _review_tables()
    _corrections()
    _bank()
    _datasets()


def downgrade() -> None:
    for table in ("paraphrase", "split_place", "dataset_correction", "dataset_version"):
        op.drop_table(table)
    op.drop_index("ix_rival_answer_settled_by", "rival_answer")
    with op.batch_alter_table("rival_answer") as batch:
        batch.drop_constraint("fk_rival_answer_settled_by_review_item", type_="foreignkey")
        batch.drop_column("settled_by")
    op.execute("DELETE FROM question_change WHERE import_id IS NULL")
    op.drop_index("ix_question_change_item_id", "question_change")
    with op.batch_alter_table("question_change") as batch:
        batch.drop_constraint("fk_question_change_item_id_review_item", type_="foreignkey")
        batch.drop_column("item_id")
        batch.alter_column("import_id", existing_type=ROW_ID, nullable=False)
    op.drop_table("notice")
    op.execute("DELETE FROM correction WHERE ask_id IS NULL")
    op.drop_index("uq_correction_item_id_member_id_claim_open", "correction")
    op.drop_index("ix_correction_item_id", "correction")
    op.drop_index("ix_correction_created_at", "correction")
    with op.batch_alter_table("correction") as batch:
        batch.drop_constraint("fk_correction_item_id_review_item", type_="foreignkey")
        batch.drop_constraint("fk_correction_ask_id_ask", type_="foreignkey")
        batch.create_foreign_key("fk_correction_ask_id_ask", "ask", ["ask_id"], ["id"], ondelete="CASCADE")
        batch.alter_column("ask_id", existing_type=sa.BigInteger(), nullable=False)
        for column in ("item_id", "account", "group_id", "claim", "flags", "outcome", "settled_at"):
            batch.drop_column(column)
    for table in ("reading_mark", "gate_case", "review_vote", "review_item"):
        op.drop_table(table)
    with op.batch_alter_table("ask") as batch:
        batch.add_column(sa.Column("rating", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE ask SET rating = (SELECT value FROM rating"
        " WHERE rating.ask_id = ask.id AND rating.member_id = ask.member_id)"
    )
    op.drop_table("rating")


def _ratings() -> None:
    """Ratings move out of the exchange: others than the asker have an opinion too."""
    op.create_table(
        "rating",
        sa.Column("ask_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.String(length=96), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("rated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name="fk_rating_ask_id_ask", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_rating_member_id_member"),
        sa.PrimaryKeyConstraint("ask_id", "member_id", name="pk_rating"),
    )
    op.create_index("ix_rating_member_id", "rating", ["member_id"])
    op.create_index("ix_rating_rated_at", "rating", ["rated_at"])
    op.execute(
        "INSERT INTO rating (ask_id, member_id, value, rated_at)"
        " SELECT id, member_id, rating, coalesce(answered_at, received_at) FROM ask WHERE rating IS NOT NULL"
    )
    with op.batch_alter_table("ask") as batch:
        batch.drop_column("rating")


def _review_item() -> None:
    op.create_table(
        "review_item",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.Column("question_id", ROW_ID, nullable=True),
        sa.Column("ask_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("stem", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("material", sa.Text(), nullable=False),
        sa.Column("answered", sa.Text(), nullable=False),
        sa.Column("times_asked", sa.BigInteger(), nullable=False),
        sa.Column("gain", sa.Float(), nullable=False),
        sa.Column("opinion", sa.JSON(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("held_by", sa.String(length=96), nullable=True),
        sa.Column("held_until", MOMENT, nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=96), nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_review_item_question_id_question", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name="fk_review_item_ask_id_ask", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_review_item"),
    )
    op.create_index(
        "uq_review_item_subject_open",
        "review_item",
        ["subject"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index("ix_review_item_status_gain", "review_item", ["status", "gain"])
    held = sa.text("held_by IS NOT NULL")
    op.create_index("ix_review_item_held_by", "review_item", ["held_by"], sqlite_where=held, postgresql_where=held)
    op.create_index("ix_review_item_question_id", "review_item", ["question_id"])
    op.create_index("ix_review_item_ask_id", "review_item", ["ask_id"])


def _review_tables() -> None:
    op.create_table(
        "review_vote",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("item_id", ROW_ID, nullable=False),
        sa.Column("reviewer", sa.String(length=96), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["review_item.id"], name="fk_review_vote_item_id_review_item", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_review_vote"),
        sa.UniqueConstraint("item_id", "reviewer", name="uq_review_vote_item_id_reviewer"),
    )
    op.create_index("ix_review_vote_item_id", "review_vote", ["item_id"])
    op.create_index("ix_review_vote_reviewer", "review_vote", ["reviewer"])
    op.create_table(
        "gate_case",
        sa.Column("item_id", ROW_ID, nullable=False),
        sa.Column("question_id", ROW_ID, nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("stem", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("material", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["review_item.id"], name="fk_gate_case_item_id_review_item", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_gate_case_question_id_question", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("item_id", name="pk_gate_case"),
    )
    op.create_index("ix_gate_case_question_id", "gate_case", ["question_id"])
    op.create_index("ix_gate_case_fingerprint", "gate_case", ["fingerprint"])
    op.create_table(
        "reading_mark",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_reading_mark"),
    )


def _corrections() -> None:
    """Earlier corrections get an item each, under a subject that no fingerprint can be."""
    op.execute(
        "INSERT INTO review_item (subject, causes, ask_id, question_id, kind, stem, options, material, answered,"
        " times_asked, gain, status, verdict, answer, reason, opened_at)"
        " SELECT 'ask-' || ask.id, '{\"correction\": 0.33}', ask.id, ask.question_id, 'short', ask.text, '[]', '',"
        " ask.reply, 1, 1.0, 'open', '', '', '', min(correction.created_at)"
        " FROM correction JOIN ask ON ask.id = correction.ask_id"
        " GROUP BY ask.id, ask.question_id, ask.text, ask.reply"
    )
    with op.batch_alter_table("correction") as batch:
        batch.add_column(sa.Column("item_id", ROW_ID, nullable=True))
        batch.add_column(sa.Column("account", sa.String(length=96), nullable=False, server_default=""))
        batch.add_column(sa.Column("group_id", sa.String(length=96), nullable=True))
        batch.add_column(sa.Column("claim", sa.String(length=64), nullable=False, server_default=""))
        batch.add_column(sa.Column("flags", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("outcome", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("settled_at", MOMENT, nullable=True))
    op.execute(
        "UPDATE correction SET claim = CAST(id AS VARCHAR(32)),"
        " item_id = (SELECT id FROM review_item WHERE review_item.ask_id = correction.ask_id),"
        " account = (SELECT account FROM ask WHERE ask.id = correction.ask_id),"
        " group_id = (SELECT group_id FROM ask WHERE ask.id = correction.ask_id)"
    )
    with op.batch_alter_table("correction") as batch:
        batch.alter_column("item_id", existing_type=ROW_ID, nullable=False)
        batch.alter_column("ask_id", existing_type=sa.BigInteger(), nullable=True)
        for column in ("account", "claim", "outcome"):
            batch.alter_column(column, existing_type=sa.String(), server_default=None)
        batch.alter_column("flags", existing_type=sa.JSON(), server_default=None)
        batch.drop_constraint("fk_correction_ask_id_ask", type_="foreignkey")
        batch.create_foreign_key("fk_correction_ask_id_ask", "ask", ["ask_id"], ["id"], ondelete="SET NULL")
        batch.create_foreign_key(
            "fk_correction_item_id_review_item", "review_item", ["item_id"], ["id"], ondelete="CASCADE"
        )
    op.create_index("ix_correction_item_id", "correction", ["item_id"])
    op.create_index("ix_correction_created_at", "correction", ["created_at"])
    op.create_index(
        "uq_correction_item_id_member_id_claim_open",
        "correction",
        ["item_id", "member_id", "claim"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "notice",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("correction_id", ROW_ID, nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=96), nullable=False),
        sa.Column("member_id", sa.String(length=96), nullable=False),
        sa.Column("group_id", sa.String(length=96), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("problem", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["correction.id"], name="fk_notice_correction_id_correction", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("correction_id", "cause", name="uq_notice_correction_id_cause"),
    )
    op.create_index("ix_notice_correction_id", "notice", ["correction_id"])
    op.create_index("ix_notice_account_sent_at", "notice", ["account", "sent_at"])


def _bank() -> None:
    with op.batch_alter_table("question_change") as batch:
        batch.alter_column("import_id", existing_type=ROW_ID, nullable=True)
        batch.add_column(sa.Column("item_id", ROW_ID, nullable=True))
        batch.create_foreign_key(
            "fk_question_change_item_id_review_item", "review_item", ["item_id"], ["id"], ondelete="CASCADE"
        )
    op.create_index("ix_question_change_item_id", "question_change", ["item_id"])
    with op.batch_alter_table("rival_answer") as batch:
        batch.add_column(sa.Column("settled_by", ROW_ID, nullable=True))
        batch.create_foreign_key(
            "fk_rival_answer_settled_by_review_item", "review_item", ["settled_by"], ["id"], ondelete="SET NULL"
        )
    op.create_index("ix_rival_answer_settled_by", "rival_answer", ["settled_by"])


def _datasets() -> None:
    op.create_table(
        "dataset_version",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("built_at", MOMENT, nullable=False),
        sa.Column("round", sa.String(length=64), nullable=True),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("announced_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_dataset_version"),
        sa.UniqueConstraint("name", name="uq_dataset_version_name"),
        sa.UniqueConstraint("sha256", name="uq_dataset_version_sha256"),
        sa.UniqueConstraint("round", name="uq_dataset_version_round"),
    )
    op.create_table(
        "dataset_correction",
        sa.Column("dataset_id", ROW_ID, nullable=False),
        sa.Column("correction_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["dataset_version.id"],
            name="fk_dataset_correction_dataset_id_dataset_version",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["correction_id"],
            ["correction.id"],
            name="fk_dataset_correction_correction_id_correction",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dataset_id", "correction_id", name="pk_dataset_correction"),
    )
    op.create_index("ix_dataset_correction_correction_id", "dataset_correction", ["correction_id"])
    op.create_table(
        "split_place",
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("cluster", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_split_place"),
    )
    op.create_table(
        "paraphrase",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("question_id", ROW_ID, nullable=False),
        sa.Column("stem", sa.Text(), nullable=False),
        sa.Column("stem_hash", sa.BigInteger(), nullable=False),
        sa.Column("of_stem_hash", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.String(length=128), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_paraphrase_question_id_question", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_paraphrase"),
        sa.UniqueConstraint("question_id", "stem_hash", name="uq_paraphrase_question_id_stem_hash"),
    )
    op.create_index("ix_paraphrase_question_id", "paraphrase", ["question_id"])
