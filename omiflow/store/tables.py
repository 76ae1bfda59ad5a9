"""The tables, once for every database; how they came to be is in `migrations`.

Times are seconds since the epoch. Columns called JSON in a comment hold text encoded by msgspec.
Ids are strings in the order of time.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, Index, Integer, LargeBinary, MetaData, Table, Text

SCHEMA = "0003"

metadata = MetaData()

events = Table(
    "events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("app", Text, nullable=False),
    Column("uid", Text),
    Column("name", Text, nullable=False),
    Column("webhook", Text),
    Column("at", Double, nullable=False),
    Column("received", Double, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("request", Text),  # JSON: method, query, headers; null for a plain request
    Column("body", LargeBinary, nullable=False),
    Column("answer", Text),  # JSON; null for {}
    Column("trace", Text),  # JSON list of Verdict; null when no rule's trigger matched
)
Index("events_received", events.c.received)
Index("events_uid_received", events.c.uid, events.c.received)

deliveries = Table(
    "deliveries",
    metadata,
    Column("app", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("event_id", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("deliveries_event_id", deliveries.c.event_id)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("app", Text, nullable=False),
    Column("uid", Text),
    Column("at", Double, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("due", Double),
    Column("inputs", Text, nullable=False),  # JSON
    Column("ended_at", Double),
)
Index("runs_due", runs.c.due, sqlite_where=runs.c.due.is_not(None), postgresql_where=runs.c.due.is_not(None))
Index("runs_event_id", runs.c.event_id)
Index("runs_at", runs.c.at)
Index("runs_rule_at", runs.c.rule, runs.c.at)
Index("runs_uid_at", runs.c.uid, runs.c.at)
Index("runs_state_at", runs.c.state, runs.c.at)

journal = Table(
    "journal",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("path", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("value", Text),  # JSON; null for None
    sqlite_with_rowid=False,
)

tallies = Table(
    "tallies",
    metadata,
    Column("tally", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("expires", Double, nullable=False),
)
Index("tallies_tally_key", tallies.c.tally, tallies.c.key)
Index("tallies_expires", tallies.c.expires)

marks = Table(
    "marks",
    metadata,
    Column("app", Text, primary_key=True),
    Column("uid", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("segment", Text, primary_key=True),
    Column("first", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
    Column("at", Double, nullable=False),
    sqlite_with_rowid=False,
)
Index("marks_at", marks.c.at)

sessions = Table(
    "sessions",
    metadata,
    Column("app", Text, primary_key=True),
    Column("uid", Text, primary_key=True),
    Column("began", Double, nullable=False),
    sqlite_with_rowid=False,
)
Index("sessions_began", sessions.c.began)

open_slots = Table(
    "open_slots",
    metadata,
    Column("app", Text, primary_key=True),
    Column("uid", Text, primary_key=True),
    Column("due", Double, nullable=False),
    sqlite_with_rowid=False,
)

owed = Table(
    "owed",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("app", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("field", Text, nullable=False),  # notification or message
    Column("body", Text, nullable=False),  # JSON
    Column("until", Double, nullable=False),
    Column("paid_by", Text),  # the event whose answer carried it; null while none did
    sqlite_with_rowid=False,
)
Index("owed_until", owed.c.until)

near_misses = Table(
    "near_misses",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("phrase", Text, primary_key=True),
    Column("said", Text, primary_key=True),
    Column("edits", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("at", Double, nullable=False),  # as app, uid and event_id: of the last time it was said
    Column("app", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("near_misses_at", near_misses.c.at)
Index("near_misses_uid", near_misses.c.uid)

looked_through = Table(
    "looked_through",
    metadata,
    Column("what", Text, primary_key=True),
    Column("event_id", Text, nullable=False),  # the last event
    Column("at", Double, nullable=False),
    sqlite_with_rowid=False,
)

sources = Table(
    "sources",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("source", Text, nullable=False),  # JSON
    Column("at", Double, nullable=False),
)

rule_files = Table(
    "rule_files",
    metadata,
    Column("path", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("at", Double, nullable=False),
)

kept_items = Table(
    "kept_items",
    metadata,
    Column("scope", Text, primary_key=True),  # user, app or group
    Column("owner", Text, primary_key=True),  # the uid, the app's name or the group's
    Column("name", Text, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("item", Text, nullable=False),  # JSON
    Column("expires", Double),
    sqlite_with_rowid=False,
)
Index("kept_items_expires", kept_items.c.expires)

kept_values = Table(
    "kept_values",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),  # JSON
    Column("expires", Double),
    sqlite_with_rowid=False,
)
Index("kept_values_expires", kept_values.c.expires)

changes = Table(
    "changes",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("answer", Text, nullable=False),  # JSON
    Column("at", Double, nullable=False),
    sqlite_with_rowid=False,
)
Index("changes_at", changes.c.at)
