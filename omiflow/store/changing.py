"""Changes that read before they write: functions that run inside the writer's transaction, each undone on its own.

When the transaction begins and ends is the writer's to say.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

Change = Callable[[Connection], Any]


class Changing:
    """Runs changes on the writer's own connection, which they see as one of SQLAlchemy's."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw
        self._engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
        self._connection = self._engine.connect()

    def run(self, change: Change) -> Any:
        """Give what `change` gives; whatever it raises is raised again, and nothing of what it wrote is left.

        A fault may also have ended the transaction: `in_transaction` of the raw connection tells.
        """
        self._raw.execute("SAVEPOINT change")
        try:
            answer = change(self._connection)
            self._raw.execute("RELEASE change")
        except BaseException:
            with suppress(sqlite3.Error):
                self._raw.execute("ROLLBACK TO change")
                self._raw.execute("RELEASE change")
            raise
        return answer

    def close(self) -> None:
        """Close the raw connection too."""
        self._connection.close()
        self._engine.dispose()
        self._raw.close()
