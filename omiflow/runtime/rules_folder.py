"""The rules folder on disk: what tells one state of it from another, and its texts.

What the texts mean is decided by `language`; when to look, by `reloader`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from omiflow.errors import UsageError
from omiflow.language.load import read_folder, rule_paths
from omiflow.model import Problem

CLOCK_TICK = 2_000_000_000
"""The coarsest tick, in ns, of a file system's clock; two edits within one tick may look like one."""


class FileState(NamedTuple):
    """What a file system knows of a file; no edit leaves all of it as it was, but one in the same tick."""

    size: int
    modified: int
    changed: int
    inode: int
    device: int


State = Mapping[str, FileState | None]
"""The facts of the folder and its rule files by path; None where there are none, as for a link to nowhere."""


@dataclass(frozen=True)
class Snapshot:
    """The folder's texts by path, and what can't be read; `fault` says why the folder can't, be it `missing` or not.

    It is `certain` when no file changed so lately that it may change again without looking any different.
    """

    state: State
    texts: Mapping[str, str] = field(default_factory=dict)
    unreadable: tuple[Problem, ...] = ()
    fault: str | None = None
    missing: bool = False
    certain: bool = True

    def says_the_same(self, other: Snapshot) -> bool:
        """Tell whether two snapshots would make the same rules."""
        return (self.texts, self.unreadable, self.fault) == (other.texts, other.unreadable, other.fault)


def state_of(folder: Path) -> State:
    """Look at the folder without reading it; empty when there is no folder to be read."""
    try:
        found = {str(path): _facts(path) for path in rule_paths(folder)}
    except (UsageError, OSError):
        return {}
    here = _facts(folder)
    if here is not None and folder.is_dir():
        found[str(folder)] = here._replace(size=0, modified=0, changed=0)
    return found


def snapshot(folder: Path) -> Snapshot:
    """Read the folder."""
    now = time.time_ns()
    state = state_of(folder)
    try:
        texts, unreadable = read_folder(folder)
    except UsageError as fault:
        return Snapshot({}, fault=str(fault), missing=not folder.exists())
    certain = all(facts is None or facts.changed < now - CLOCK_TICK for facts in state.values())
    return Snapshot(state, texts, tuple(unreadable), certain=certain)


def may_be_half_done(before: State, after: State) -> bool:
    """Tell whether a file is gone or shorter than it was: it may be about to be written again."""
    for path, facts in before.items():
        now = after.get(path)
        if now is None or (facts is not None and now.size < facts.size):
            return True
    return False


def _facts(path: Path) -> FileState | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return FileState(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)
