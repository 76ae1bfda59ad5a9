"""Removing what no longer counts: what has expired, and what is too old to matter; events and runs are retention's."""

from __future__ import annotations

from sqlalchemy import Column, Connection, select

from omiflow.store.statements import Commit
from omiflow.store.store import Store
from omiflow.store.tables import changes, kept_items, kept_values, marks, near_misses, owed, sessions, tallies

BATCH = 500
SPEECH_KEPT = 7 * 86400.0
CHANGES_KEPT = 90 * 86400.0
NEAR_MISSES_KEPT = 90 * 86400.0


async def sweep(store: Store, now: float) -> None:
    """Remove what expired by `now`; what was left of speech after a week; after 90 days the rest.

    The rest is the answers of changes and what was nearly said. It goes in batches that let other commits through.
    """
    for statement, column, until in (
        ("sweep_tallies", tallies.c.expires, now),
        ("sweep_marks", marks.c.at, now - SPEECH_KEPT),
        ("sweep_sessions", sessions.c.began, now - SPEECH_KEPT),
        ("sweep_owed", owed.c.until, now - SPEECH_KEPT),
        ("sweep_near_misses", near_misses.c.at, now - NEAR_MISSES_KEPT),
        ("sweep_items", kept_items.c.expires, now),
        ("sweep_values", kept_values.c.expires, now),
        ("sweep_changes", changes.c.at, now - CHANGES_KEPT),
    ):
        while (last := await store.read(_end_of_batch, column, until)) is not None:
            await store.commit(Commit([(statement, (last,))]))


def _end_of_batch(connection: Connection, column: Column[float], until: float) -> float | None:
    """Give the time up to which a batch reaches; rows of one and the same time are never parted."""
    times = connection.scalars(select(column).where(column <= until).order_by(column).limit(BATCH)).all()
    return times[-1] if times else None
