"""The store as the service holds it: one database, its writer, and a few threads that read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from omiflow.store.database import Database, open_database
from omiflow.store.lasting import Lasting
from omiflow.store.migrate import migrate
from omiflow.store.statements import Commit
from omiflow.store.writer import Writer

READERS = 3

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class Store:
    """An open store; `commit`, `change` and `read` are for the event loop it was opened on."""

    def __init__(self, database: Database) -> None:
        """Start the threads on a locked and migrated database."""
        self.database = database
        self.writer = Writer(database)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="omiflow-reader")

    def commit(self, rows: Commit) -> Lasting[None]:
        """Keep `rows` for good, as `Writer.commit` does."""
        return self.writer.commit(rows)

    def change(
        self,
        change: Callable[Concatenate[Connection, Arguments], Answer],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Lasting[Answer]:
        """Read and write in one step that no other change comes between, as `Writer.change` does."""
        return self.writer.change(lambda connection: change(connection, *args, **kwargs))

    async def read(
        self,
        query: Callable[Concatenate[Connection, Arguments], Answer],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Answer:
        """Ask one of the `queries` in a thread, on one state of the database."""

        def ask() -> Answer:
            with self.database.engine.begin() as connection:
                return query(connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._readers, ask)

    async def close(self) -> None:
        """Write what waits and close everything."""
        await self.writer.close()
        self._readers.shutdown()
        self.database.close()


async def open_store(url: str) -> Store:
    """Open the database for serving: under its lock, with the newest schema. Raises EnvironmentFault."""
    database = open_database(url)
    try:
        database.lock()
        await asyncio.to_thread(migrate, database)
        return Store(database)
    except BaseException:
        database.close()
        raise
