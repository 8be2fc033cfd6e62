"""What a card was before its last answer, and when a member's schedule was last fitted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("study_card", sa.Column("before", sa.JSON(), nullable=True))
    op.add_column("studying", sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("studying") as table:
        table.drop_column("fitted_at")
    with op.batch_alter_table("study_card") as table:
        table.drop_column("before")
