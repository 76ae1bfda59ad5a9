"""The files that rules write and send, opened step by step so that no link leads out of their folder.

Which paths there may be is left to `file_paths`. Everything here blocks: actions call it in a thread.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from omiflow.actions.file_paths import names_of
from omiflow.model import Rejected, Retry

MOST_BYTES = 50_000_000
SENDABLE = ("files", "audio")

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_CAREFUL = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe without a reader would hold up its thread for ever
_FOR_GOOD = {
    errno.ELOOP: "it is a link, or behind one",
    errno.ENOTDIR: "it is behind a link or a file",
    errno.EISDIR: "it is a folder",
    errno.ENXIO: "it is no plain file",
    errno.ENOENT: "it is not there",
    errno.EFBIG: f"it has more than {MOST_BYTES // 1_000_000} MB",
    errno.ENAMETOOLONG: "the path is too long",
    errno.EACCES: "omiflow has no right to it",
    errno.EPERM: "omiflow has no right to it",
    errno.EROFS: "the disk can only be read",
}


@dataclass(frozen=True)
class Folder:
    """A folder below which rules have files, `below` its `root`.

    A `private` one is made when it is missing, and what is made in it is closed to other people; any other folder
    must be there, since it may be a disk that is not mounted.
    """

    root: Path
    below: tuple[str, ...] = ()
    private: bool = False

    def append(self, path: str, data: bytes) -> Rejected | Retry | None:
        """Put bytes behind a file's end, all of them at once; makes what is missing on the way."""
        try:
            with self._opened(path, make=True) as (folder, name):
                self._append(folder, name, data)
        except (OSError, ValueError) as error:
            return _meaning(error, path)
        return None

    def write(self, path: str, data: bytes, *, step: str) -> Rejected | Retry | None:
        """Put a file in the place of what was there, so that nobody sees half of it; makes what is missing.

        `step` tells apart who writes: done again after a crash, it clears away what it left half done.
        """
        try:
            with self._opened(path, make=True) as (folder, name):
                self._write(folder, name, data, step)
        except (OSError, ValueError) as error:
            return _meaning(error, path)
        return None

    def read(self, path: str) -> bytes | Rejected | Retry:
        """Give what is in a file."""
        try:
            with self._opened(path, make=False) as (folder, name), _file(name, os.O_RDONLY, folder=folder) as file:
                data = _whole(file)
        except (OSError, ValueError) as error:
            return _meaning(error, path)
        return data

    @contextmanager
    def _opened(self, path: str, *, make: bool) -> Iterator[tuple[int, str]]:
        """Open the folder in which a file stands, through folders only, and give it with the file's name."""
        *above, name = (*self.below, *names_of(path))
        if make and self.private:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            folder = os.open(self.root, _FOLDER)
        except FileNotFoundError as error:
            raise FileNotFoundError(errno.ESTALE, f"folder '{self.root}' is not there") from error
        try:
            for one in above:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(one, 0o700 if self.private else 0o777, dir_fd=folder)
                inner = os.open(one, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
                os.close(folder)
                folder = inner
            yield folder, name
        finally:
            os.close(folder)

    def _append(self, folder: int, name: str, data: bytes) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        with _file(name, flags, folder=folder, mode=0o600 if self.private else 0o666) as file:
            before = os.fstat(file).st_size
            if before + len(data) > MOST_BYTES:
                raise OSError(errno.EFBIG, "too large")
            written = os.write(file, data)
            if written < len(data):
                if os.fstat(file).st_size == before + written:
                    os.ftruncate(file, before)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file)
        os.fsync(folder)

    def _write(self, folder: int, name: str, data: bytes, step: str) -> None:
        if len(data) > MOST_BYTES:
            raise OSError(errno.EFBIG, "too large")
        mode = _mode_of(name, folder=folder)
        beside = f".omiflow-{sha256(step.encode()).hexdigest()[:16]}"
        with suppress(FileNotFoundError):
            os.unlink(beside, dir_fd=folder)
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with _file(beside, flags, folder=folder, mode=0o600 if self.private else 0o666) as file:
                if mode is not None:
                    os.fchmod(file, mode)
                left = memoryview(data)
                while left:
                    left = left[os.write(file, left) :]
                os.fsync(file)
            os.replace(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            with suppress(FileNotFoundError):
                os.unlink(beside, dir_fd=folder)
            raise
        os.fsync(folder)


@dataclass(frozen=True)
class Files:
    """All files of an omiflow: below `files` and `audio` of its data folder, and in folders that are connections."""

    data_folder: Path

    def folder(self, connection: Mapping[str, Any] | None) -> Folder:
        """Give the folder that a step writes to: its connection's, else `files`."""
        if connection is None:
            return self._own(SENDABLE[0])
        return Folder(Path(connection["path"]))

    def to_send(self, path: str) -> bytes | Rejected | Retry:
        """Read a file of `files` or `audio`; a path that begins with neither is one of `files`."""
        first, slash, rest = path.partition("/")
        if slash and first in SENDABLE:
            return self._own(first).read(rest)
        return self._own(SENDABLE[0]).read(path)

    def _own(self, name: str) -> Folder:
        return Folder(self.data_folder, below=(name,), private=True)


@contextmanager
def _file(name: str, flags: int, *, folder: int, mode: int = 0o600) -> Iterator[int]:
    """Open a plain file of a folder, and nothing else that may stand there."""
    file = os.open(name, flags | _CAREFUL, mode, dir_fd=folder)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(errno.ENXIO, "no plain file")
        yield file
    finally:
        os.close(file)


def _whole(file: int) -> bytes:
    if os.fstat(file).st_size > MOST_BYTES:
        raise OSError(errno.EFBIG, "too large")
    with os.fdopen(file, "rb", closefd=False) as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise OSError(errno.EFBIG, "too large")
    return data


def _mode_of(name: str, *, folder: int) -> int | None:
    """Give the rights of the file that will be replaced, None when there is none."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found):
        raise OSError(errno.EISDIR if stat.S_ISDIR(found) else errno.ENXIO, "no plain file")
    return stat.S_IMODE(found)


def _meaning(error: OSError | ValueError, path: str) -> Rejected | Retry:
    """Say what a failure means: what is wrong with the path stays wrong, a full disk need not stay full."""
    if isinstance(error, ValueError):
        return Rejected(str(error))
    if error.errno == errno.ESTALE:
        return Retry(f"{error.strerror}; make it, or mount what belongs there")
    reason = _FOR_GOOD.get(error.errno or 0)
    if reason is not None:
        return Rejected(f"file '{path}' can't be used: {reason}")
    return Retry(f"file '{path}' can't be used now: {error.strerror}")
