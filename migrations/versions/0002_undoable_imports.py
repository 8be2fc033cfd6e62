"""Imports that can be undone, questions with a shared passage or without a key, index catch-up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only under the exact type INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("import_batch") as batch:
        batch.add_column(sa.Column("source", sa.String(length=255), nullable=False, server_default=""))
        batch.add_column(sa.Column("report", sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column("undone_at", MOMENT, nullable=True))
    with op.batch_alter_table("question") as batch:
        batch.add_column(sa.Column("material", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("changed_in", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_question_changed_in", "question", ["changed_in"])
    with op.batch_alter_table("question_wording") as batch:
        batch.add_column(sa.Column("import_id", ROW_ID, nullable=True))
        batch.create_foreign_key("fk_question_wording_import_id_import_batch", "import_batch", ["import_id"], ["id"])
    op.create_index("ix_question_wording_import_id", "question_wording", ["import_id"])
    op.create_table(
        "question_sighting",
        sa.Column("import_id", ROW_ID, nullable=False),
        sa.Column("question_id", ROW_ID, nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("says", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["import_batch.id"],
            name="fk_question_sighting_import_id_import_batch",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_question_sighting_question_id_question", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "question_id", name="pk_question_sighting"),
    )
    op.create_index("ix_question_sighting_question_id", "question_sighting", ["question_id"])
    # What earlier imports added, they have named; rows they merged were not kept.
    op.execute(
        "INSERT INTO question_sighting (import_id, question_id, row, says) "
        "SELECT import_id, id, 0, 'key' FROM question WHERE import_id IS NOT NULL"
    )
    op.create_table(
        "question_change",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("import_id", ROW_ID, nullable=False),
        sa.Column("question_id", ROW_ID, nullable=False),
        sa.Column("field", sa.String(length=32), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_batch.id"], name="fk_question_change_import_id_import_batch", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_question_change_question_id_question", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_question_change"),
    )
    op.create_index("ix_question_change_import_id", "question_change", ["import_id"])
    op.create_index("ix_question_change_question_id", "question_change", ["question_id"])


def downgrade() -> None:
    op.drop_table("question_change")
    op.drop_table("question_sighting")
    op.drop_index("ix_question_wording_import_id", "question_wording")
    with op.batch_alter_table("question_wording") as batch:
        batch.drop_constraint("fk_question_wording_import_id_import_batch", type_="foreignkey")
        batch.drop_column("import_id")
    op.drop_index("ix_question_changed_in", "question")
    with op.batch_alter_table("question") as batch:
        batch.drop_column("changed_in")
        batch.drop_column("material")
    with op.batch_alter_table("import_batch") as batch:
        batch.drop_column("undone_at")
        batch.drop_column("report")
        batch.drop_column("source")
