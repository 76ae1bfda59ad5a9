"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "events",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("webhook", sa.Text()),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("received", sa.Double(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("request", sa.Text()),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("trace", sa.Text()),
    )
    op.create_index("events_received", "events", ["received"])
    op.create_index("events_uid_received", "events", ["uid", "received"])
    op.create_table(
        "deliveries",
        sa.Column("app", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("event_id", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("deliveries_event_id", "deliveries", ["event_id"])
    op.create_table(
        "runs",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text()),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("due", sa.Double()),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Double()),
    )
    waiting = sa.text("due IS NOT NULL")
    op.create_index("runs_due", "runs", ["due"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index("runs_event_id", "runs", ["event_id"])
    op.create_index("runs_at", "runs", ["at"])
    op.create_index("runs_rule_at", "runs", ["rule", "at"])
    op.create_index("runs_uid_at", "runs", ["uid", "at"])
    op.create_index("runs_state_at", "runs", ["state", "at"])
    op.create_table(
        "journal",
        sa.Column("run_id", sa.Text(), primary_key=True),
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("value", sa.Text()),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tallies",
        sa.Column("tally", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
    )
    op.create_index("tallies_tally_key", "tallies", ["tally", "key"])
    op.create_index("tallies_expires", "tallies", ["expires"])
    op.create_table(
        "marks",
        sa.Column("app", sa.Text(), primary_key=True),
        sa.Column("uid", sa.Text(), primary_key=True),
        sa.Column("rule", sa.Text(), primary_key=True),
        sa.Column("segment", sa.Text(), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("marks_at", "marks", ["at"])
    op.create_table(
        "sources",
        sa.Column("digest", sa.Text(), primary_key=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
    )
    op.create_table(
        "rule_files",
        sa.Column("path", sa.Text(), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
    )
