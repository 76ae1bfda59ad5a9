"""Connections to folders that are not there: what waits for them is tried again, and nothing is written meanwhile.

They are never made, as a disk may not be mounted whose files would then go elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import msgspec

from omiflow.language.codes import FOLDER_NOT_THERE
from omiflow.language.source import Source
from omiflow.language.telling import at
from omiflow.model import Problem


def missing_folders(connections: Mapping[str, Mapping[str, Any]], source: Source) -> list[Problem]:
    """Warn of connections whose folder is not there; `source` is the configuration that they stand in."""
    problems = []
    for name, settings in connections.items():
        if settings["type"] == "folder" and not os.path.isdir(settings["path"]):  # noqa: PTH112 - one out of reach too
            message = f"the folder of connection '{name}' is not there; make it, or mount what belongs there"
            told = at(source, ("connections", name, "path"), message, code=FOLDER_NOT_THERE)
            problems.append(msgspec.structs.replace(told, severity="warning"))
    return problems
