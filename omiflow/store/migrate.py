"""Bringing a database to the newest schema, in one transaction; the steps are the files in `migrations/versions`."""

from __future__ import annotations

import sqlite3

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from omiflow.errors import EnvironmentFault
from omiflow.store.database import Database, explain_sqlite


def migrate(database: Database) -> None:
    """Make or change the tables until they are those of `tables`.

    A process that is killed in here leaves the schema as it was. Raises EnvironmentFault.
    """
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
