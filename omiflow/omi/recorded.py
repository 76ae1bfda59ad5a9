"""Requests written down in files, for trying rules and for tests; deciding on them is left to `proof`."""

from __future__ import annotations

import base64
import gzip
import json
import sys
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec

from omiflow.errors import BadRequest, UsageError
from omiflow.omi import times
from omiflow.omi.body import decode
from omiflow.omi.fields import text
from omiflow.omi.receive import EVENTS

_ENVELOPE = frozenset({"method", "path", "query", "headers", "event", "at"})
_SUFFIXES = (".json", ".jsonl", ".jsonl.gz")

STDIN = Path("-")


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it was written down; header names are lower-case, `source` says where it stands."""

    method: str = "POST"
    path: str = ""
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    body: bytes = b""
    at: float | None = None
    event: str | None = None
    app: str | None = None
    source: str


def read_recorded(path: Path, *, zone: tzinfo = UTC) -> Iterator[Recorded]:
    """Read one after another the requests of a file, or of every such file of a folder in the order of their names.

    An `at` without an offset is a time in `zone`. Raise `UsageError` with the file and the line where something can't
    be read.
    """
    for file in recorded_files(path):
        yield from _read_file(file, zone)


def recorded_files(path: Path) -> list[Path]:
    """List the files of recorded requests in a folder, in the order of their names; a file is taken as it is.

    The path `-` is standard input, one request a line. Raise `UsageError` when a folder holds none.
    """
    if not path.is_dir():
        return [path]
    files = [file for file in sorted(path.rglob("*")) if file.name.endswith(_SUFFIXES) and file.is_file()]
    if not files:
        raise UsageError(f"'{path}' holds no recorded requests; they are files named {', '.join(_SUFFIXES)}")
    return files


def event_of(recorded: Recorded) -> tuple[str, str | None] | None:
    """Give the event's name and, for a webhook, the webhook's: as declared, else by path, else by the body's shape.

    A webhook is declared as `webhook/NAME`, or as `webhook` where the path tells its name.
    """
    *before, last = ["", *(unquote(part) for part in recorded.path.partition("?")[0].split("/") if part)]
    webhook = last if before and before[-1] == "webhook" else None
    declared = recorded.event or recorded.headers.get("x-omi-event")
    if declared:
        name, _, own = declared.partition("/")
        return (name, own or webhook) if name == "webhook" else (declared, None)
    if webhook is not None:
        return "webhook", webhook
    name = last.replace("-", "_")
    for event, shape in EVENTS.items():
        if name == event or name in shape.paths:
            return event, None
    return _event_by_shape(recorded.body)


def _event_by_shape(body: bytes) -> tuple[str, str | None] | None:
    try:
        value = decode(body)
    except BadRequest:
        return None
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return None
    for event, shape in EVENTS.items():
        if not shape.known_by.isdisjoint(value):
            return event, None
    return None


def _read_file(path: Path, zone: tzinfo) -> Iterator[Recorded]:
    try:
        if path == STDIN:
            yield from _read_lines(sys.stdin.buffer, path, zone)
        elif path.name.endswith((".jsonl", ".jsonl.gz")):
            with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
                yield from _read_lines(lines, path, zone)
        elif path.suffix == ".json":
            yield _read_text(path.read_bytes(), file=path, source=str(path), line=1, zone=zone)
        else:
            raise UsageError(f"'{path}' is no file of recorded requests; those are named {', '.join(_SUFFIXES)}")
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"'{path}' can't be read: {error}") from error


def _read_lines(lines: Iterable[bytes], path: Path, zone: tzinfo) -> Iterator[Recorded]:
    for number, line in enumerate(lines, 1):
        if written := line.strip():
            yield _read_text(written, file=path, source=f"{path}:{number}", line=number, zone=zone)


def _read_text(raw: bytes, *, file: Path, source: str, line: int, zone: tzinfo) -> Recorded:
    try:
        value = json.loads(raw.decode("utf-8-sig"))
        if not _is_request(value):
            return Recorded(body=_to_bytes(value), source=source)
        return _read_request(value, source, zone)
    except json.JSONDecodeError as error:
        where = line + error.lineno - 1
        raise UsageError(f"{file}:{where}: not JSON: {error.msg.lower()} at column {error.colno}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}:{line}: not UTF-8: byte {error.start} is {raw[error.start]:#x}") from error
    except RecursionError as error:
        raise UsageError(f"{file}:{line}: nested too deeply") from error
    except ValueError as error:
        raise UsageError(f"{file}:{line}: {error}") from error


def _is_request(value: Any) -> bool:
    """Say whether a value is a request and not only a body; a body may well have a field `body` of its own."""
    if not isinstance(value, dict):
        return False
    if "body" in value:
        return value.keys() == {"body"} or not _ENVELOPE.isdisjoint(value)
    return {"method", "path"} <= value.keys()


def _read_request(value: dict[str, Any], source: str, zone: tzinfo) -> Recorded:
    at = value.get("at")
    seconds = times.parse(at, zone=zone)
    if at is not None and seconds is None:
        raise ValueError(f"'at' is {at!r}; it must be a time such as '2026-11-05T12:00:00+00:00'")
    headers = {name.lower(): header for name, header in _texts(value, "headers").items()}
    return Recorded(
        method=_text(value, "method") or "POST",
        path=_text(value, "path") or "",
        query=_texts(value, "query"),
        headers=headers,
        body=_to_bytes(value.get("body"), content_type=headers.get("content-type", "json")),
        at=seconds,
        event=_text(value, "event"),
        app=_text(value, "app"),
        source=source,
    )


def _text(value: dict[str, Any], name: str) -> str | None:
    found = value.get(name)
    if found is not None and not isinstance(found, str):
        raise ValueError(f"'{name}' must be text")
    return found


def _texts(value: dict[str, Any], name: str) -> dict[str, str]:
    found = value.get(name)
    if found is None:
        return {}
    texts = {key: text(item) for key, item in found.items()} if isinstance(found, dict) else {"": None}
    if None in texts.values():
        raise ValueError(f"'{name}' must be an object that holds only text")
    return {key: item for key, item in texts.items() if item is not None}


def _to_bytes(body: Any, *, content_type: str = "json") -> bytes:
    """Give the bytes that were sent: JSON compact, in the order of the file, UTF-8 unescaped; other text as it is."""
    if body is None:
        return b""
    if isinstance(body, str) and "json" not in content_type.lower():
        return body.encode("utf-8", "backslashreplace")
    if isinstance(body, dict) and body.keys() == {"$binary"}:
        return _binary(body["$binary"])
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def _binary(written: Any) -> bytes:
    content = None
    try:
        match written:
            case {"base64": str(digits)}:
                content = base64.b64decode(digits, validate=True)
            case {"hex": str(digits)}:
                repeat = written.get("repeat")
                content = bytes.fromhex(digits) * (repeat if isinstance(repeat, int) else 1)
    except ValueError as error:
        raise ValueError(f"'$binary' can't be read: {str(error).lower()}") from None
    if content is None:
        raise ValueError("'$binary' must be an object that holds 'base64' or 'hex' as text")
    length = written.get("bytes", len(content))
    if length != len(content):
        raise ValueError(f"'$binary' has {len(content)} bytes; 'bytes' says {length}")
    return content
