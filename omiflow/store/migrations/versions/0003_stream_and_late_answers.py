"""What a stream of speech leaves: marks on words, sessions, open slots, owed answers, and what was nearly said.

Marks that counted how often a rule fired on a segment say nothing of its words, and go.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the marks anew, and create the tables beside those that are there."""
    op.drop_table("marks")
    op.create_table(
        "marks",
        sa.Column("app", sa.Text(), primary_key=True),
        sa.Column("uid", sa.Text(), primary_key=True),
        sa.Column("event_id", sa.Text(), primary_key=True),
        sa.Column("rule", sa.Text(), primary_key=True),
        sa.Column("segment", sa.Text(), primary_key=True),
        sa.Column("first", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("marks_at", "marks", ["at"])
    op.create_table(
        "sessions",
        sa.Column("app", sa.Text(), primary_key=True),
        sa.Column("uid", sa.Text(), primary_key=True),
        sa.Column("began", sa.Double(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("sessions_began", "sessions", ["began"])
    op.create_table(
        "open_slots",
        sa.Column("app", sa.Text(), primary_key=True),
        sa.Column("uid", sa.Text(), primary_key=True),
        sa.Column("due", sa.Double(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "owed",
        sa.Column("run_id", sa.Text(), primary_key=True),
        sa.Column("path", sa.Text(), primary_key=True),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("paid_by", sa.Text()),
        sqlite_with_rowid=False,
    )
    op.create_index("owed_until", "owed", ["until"])
    op.create_table(
        "near_misses",
        sa.Column("rule", sa.Text(), primary_key=True),
        sa.Column("phrase", sa.Text(), primary_key=True),
        sa.Column("said", sa.Text(), primary_key=True),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("near_misses_at", "near_misses", ["at"])
    op.create_index("near_misses_uid", "near_misses", ["uid"])
    op.create_table(
        "looked_through",
        sa.Column("what", sa.Text(), primary_key=True),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sqlite_with_rowid=False,
    )
