"""Bringing a database to the newest schema, in one transaction; the steps are the files in `migrations/versions`.

Alembic is imported only when a step is due: it takes a tenth of a start's time.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from omiflow.errors import EnvironmentFault
from omiflow.store.database import Database, explain_sqlite
from omiflow.store.tables import SCHEMA


def migrate(database: Database) -> None:
    """Make or change the tables until they are those of `tables`.

    A process that is killed in here leaves the schema as it was. Raises EnvironmentFault.
    """
    if _is_newest(database):
        return
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "omiflow.store:migrations")
    try:
        with database.engine.connect().execution_options(begin="IMMEDIATE") as connection, connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as error:
        cause = error.orig if isinstance(error.orig, sqlite3.Error) else error
        raise EnvironmentFault(explain_sqlite(database.path, cause)) from error
    except CommandError as error:
        raise EnvironmentFault(
            f"the database '{database.path}' has a schema this omiflow doesn't know ({error})"
        ) from error


def _is_newest(database: Database) -> bool:
    try:
        with database.engine.connect() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == SCHEMA
    except DBAPIError:
        return False
