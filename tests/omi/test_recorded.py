from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from omiflow.errors import UsageError
from omiflow.omi.recorded import Recorded, event_of, read_recorded

PAYLOADS = Path(__file__).parents[1] / "payloads"
REQUEST = {"method": "POST", "path": "/hooks/day", "query": {"uid": "u1"}, "headers": {"X-A": "1"}, "body": {"a": "é"}}


def write(path: Path, *values: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join(json.dumps(value) for value in values).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def test_a_request_is_read_with_the_bytes_omi_would_send(tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", {**REQUEST, "at": "2026-11-05T12:00:00", "event": "day_summary"})
    assert list(read_recorded(file)) == [
        Recorded(
            method="POST",
            path="/hooks/day",
            query={"uid": "u1"},
            headers={"x-a": "1"},
            body='{"a":"é"}'.encode(),
            at=1793880000.0,
            event="day_summary",
            source=str(file),
        )
    ]


@pytest.mark.parametrize("name", ["day.jsonl", "day.jsonl.gz"])
def test_a_file_of_lines_is_read_line_by_line(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    text = b'{"a":1}\n\n' + json.dumps(REQUEST).encode() + b"\n[1]\n"
    file.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    found = list(read_recorded(file))
    assert [recorded.source for recorded in found] == [f"{file}:{line}" for line in (1, 3, 4)]
    assert [recorded.body for recorded in found] == [b'{"a":1}', '{"a":"é"}'.encode(), b"[1]"]


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    for name in ("b.json", "a/2.jsonl", "a/1.json", "c.jsonl.gz"):
        write(tmp_path / name, {"name": name})
    (tmp_path / "README.md").write_text("no request")
    found = [json.loads(recorded.body)["name"] for recorded in read_recorded(tmp_path)]
    assert found == ["a/1.json", "a/2.jsonl", "b.json", "c.jsonl.gz"]


def test_lines_before_a_bad_one_are_given_before_it_is_complained_about(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    file.write_bytes(b'{"a":1}\n{"a":\n')
    found = read_recorded(file)
    assert next(found).body == b'{"a":1}'
    with pytest.raises(UsageError, match=r"day\.jsonl:2: not JSON"):
        next(found)


@pytest.mark.parametrize(
    ("value", "body"),
    [
        ({"method": "GET", "path": "/x"}, b""),
        ({"method": "GET", "path": "/x", "body": None}, b""),
        ({"body": {"a": 1}}, b'{"a":1}'),
        ({"event": "webhook", "body": "x"}, b'"x"'),
        ({"headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": "a=1&b=é"}, "a=1&b=é".encode()),
        ({"headers": {"content-type": "text/plain"}, "body": "x"}, b"x"),
        ({"headers": {"content-type": "text/plain"}, "body": {"a": 1}}, b'{"a":1}'),
        ({"headers": {"content-type": "application/problem+JSON; charset=utf-8"}, "body": "x"}, b'"x"'),
        ({"title": "t", "body": "b"}, b'{"title":"t","body":"b"}'),
        ({"method": "card"}, b'{"method":"card"}'),
        ([REQUEST], None),
        ("text", b'"text"'),
        ({"body": {"$binary": {"base64": "AAE="}}}, b"\x00\x01"),
        ({"body": {"$binary": {"hex": "0001", "repeat": 2, "bytes": 4}}}, b"\x00\x01\x00\x01"),
        ({"body": {"$binary": {"hex": "ff"}}}, b"\xff"),
        ({"body": {"a": "cut \ud83d"}}, b'{"a":"cut \\ud83d"}'),
    ],
)
def test_a_body_is_taken_from_its_request_or_stands_alone(tmp_path: Path, value: Any, body: bytes | None) -> None:
    (recorded,) = read_recorded(write(tmp_path / "a.json", value))
    assert recorded.body == (
        body if body is not None else json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    )


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.json", b'{\n"a": }', r"a\.json:2: not JSON: expecting value at column 6"),
        ("a.json", b"", r"a\.json:1: not JSON"),
        ("a.json", b'"\xff"', r"a\.json:1: not UTF-8"),
        ("a.json", b"[" * 100_000, r"a\.json:1: nested too deeply"),
        ("a.jsonl", b'{}\n{"body": 1, "at": "noon"}', r"a\.jsonl:2: 'at' is 'noon'; it must be a time"),
        ("a.json", b'{"body": 1, "query": "uid=u1"}', r"a\.json:1: 'query' must be an object"),
        ("a.json", b'{"body": 1, "headers": {"a": []}}', r"a\.json:1: 'headers' must be an object"),
        ("a.json", b'{"body": 1, "path": 5}', r"a\.json:1: 'path' must be text"),
        ("a.json", b'{"body": {"$binary": {"hex": "0"}}}', r"a\.json:1: '\$binary' can't be read: non-hex"),
        ("a.json", b'{"body": {"$binary": {"base64": "?"}}}', r"a\.json:1: '\$binary' can't be read: only base64"),
        ("a.json", b'{"body": {"$binary": 5}}', r"a\.json:1: '\$binary' must be an object"),
        ("a.json", b'{"body": {"$binary": {"hex": "00", "bytes": 2}}}', r"'\$binary' has 1 bytes; 'bytes' says 2"),
        ("a.jsonl.gz", b"no gzip", r"a\.jsonl\.gz' can't be read"),
        ("a.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 500, mtime=0)[:-20], r"a\.jsonl\.gz' can't be read"),
        ("a.txt", b"{}", r"a\.txt' is no file of recorded requests; those are named \.json"),
    ],
)
def test_a_bad_file_is_named_with_its_line_and_what_is_wrong(
    tmp_path: Path, name: str, content: bytes, text: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=text):
        list(read_recorded(tmp_path / name))


def test_a_missing_file_and_an_empty_folder_are_complained_about(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.json' can't be read"):
        list(read_recorded(tmp_path / "gone.json"))
    with pytest.raises(UsageError, match="holds no recorded requests"):
        list(read_recorded(tmp_path))


EXPECTED = {
    **dict.fromkeys(("01", "02", "03", "04", "05"), ("memory_created", None)),
    **dict.fromkeys(("10", "11", "12", "13", "14", "40"), ("realtime_transcript", None)),
    **dict.fromkeys(("20", "21"), ("day_summary", None)),
    "50": ("button_event", None),
    "31": ("chat_tool", None),
    **dict.fromkeys(("30", "60", "70"), None),
}


def test_the_event_of_every_sample_is_found_by_its_path() -> None:
    found = {Path(recorded.source).name[:2]: event_of(recorded) for recorded in read_recorded(PAYLOADS)}
    assert found == EXPECTED


def test_the_event_of_every_sample_is_found_by_its_body_alone() -> None:
    found = {
        Path(recorded.source).name[:2]: event_of(Recorded(body=recorded.body, source="x"))
        for recorded in read_recorded(PAYLOADS)
    }
    assert found == {**EXPECTED, "31": None}


@pytest.mark.parametrize(
    ("recorded", "event"),
    [
        (Recorded(event="day_summary", path="/hooks/button", source="x"), ("day_summary", None)),
        (Recorded(event="webhook", path="/hooks/t/webhook/crm", source="x"), ("webhook", "crm")),
        (Recorded(event="webhook", source="x"), ("webhook", None)),
        (Recorded(event="webhook/w", source="x"), ("webhook", "w")),
        (Recorded(event="webhook/w", path="/hooks/t/webhook/crm", source="x"), ("webhook", "w")),
        (Recorded(event="webhook/", path="/hooks/t/webhook/crm", source="x"), ("webhook", "crm")),
        (Recorded(event="webhooks/w", source="x"), ("webhooks/w", None)),
        (Recorded(path="/hooks/t/webhook/button", source="x"), ("webhook", "button")),
        (Recorded(path="/hooks/t/webhook/a%20b?uid=u1", source="x"), ("webhook", "a b")),
        (Recorded(path="/hooks/t/realtime_transcript", source="x"), ("realtime_transcript", None)),
        (Recorded(path="/hooks/t/memory-created/", source="x"), ("memory_created", None)),
        (Recorded(path="/realtime?uid=u1", source="x"), ("realtime_transcript", None)),
        (Recorded(path="/x", headers={"x-omi-event": "button_event"}, source="x"), ("button_event", None)),
        (Recorded(path="/x", body=b'{"summary": "s"}', source="x"), ("day_summary", None)),
        (Recorded(path="/x", body=b"[]", source="x"), None),
        (Recorded(path="/x", body=b"\xff", source="x"), None),
        (Recorded(path="", source="x"), None),
    ],
)
def test_an_event_is_taken_as_declared_else_guessed(recorded: Recorded, event: tuple[str, str | None] | None) -> None:
    assert event_of(recorded) == event
