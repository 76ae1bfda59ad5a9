"""What rules keep: lists, values, and the answers of the steps that changed them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables beside those that are there."""
    op.create_table(
        "kept_items",
        sa.Column("scope", sa.Text(), primary_key=True),
        sa.Column("owner", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("expires", sa.Double()),
        sqlite_with_rowid=False,
    )
    op.create_index("kept_items_expires", "kept_items", ["expires"])
    op.create_table(
        "kept_values",
        sa.Column("scope", sa.Text(), primary_key=True),
        sa.Column("owner", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("expires", sa.Double()),
        sqlite_with_rowid=False,
    )
    op.create_index("kept_values_expires", "kept_values", ["expires"])
    op.create_table(
        "changes",
        sa.Column("run_id", sa.Text(), primary_key=True),
        sa.Column("step", sa.Text(), primary_key=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("changes_at", "changes", ["at"])
