"""How bodies come over the wire: packed, in pieces, slowly, not at all."""

from __future__ import annotations

import gzip
import json
import time
import zlib

import pytest

RULES = """
rules:
  - id: title
    triggers: [{trigger: memory_created}]
    actions: [{action: omi.reply, data: {message: "{{ event.structured.title }}"}}]
"""
CONFIG = {"limits": {"body": "100KB"}}
TOKEN = "token-of-the-tests-0001"
PATH = f"/hooks/{TOKEN}/memory_created"

pytestmark = pytest.mark.usefixtures("no_faults")


def conversation(title: str) -> bytes:
    return json.dumps({"id": title, "structured": {"title": title}}).encode()


def bare_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("gzip", lambda body: gzip.compress(body[:9]) + gzip.compress(body[9:])),
        ("deflate", zlib.compress),
        ("deflate", bare_deflate),
        ("identity", bytes),
        ("", bytes),
    ],
    ids=["gzip", "x-gzip", "capitals", "members", "deflate", "bare-deflate", "identity", "empty"],
)
def test_packed_bodies_are_unpacked(ask, request, encoding, pack):
    title = request.node.name
    answer = ask("POST", f"{PATH}?uid=u", pack(conversation(title)), content_encoding=encoding)
    assert answer.json() == {"message": title}


def test_the_body_is_kept_unpacked(ask, shared):
    ask("POST", f"{PATH}?uid=unpacked", gzip.compress(conversation("kept")), content_encoding="gzip")
    (event,) = shared.api("events", user="unpacked")["events"]
    assert shared.api(f"events/{event['id']}")["body"] == {"id": "kept", "structured": {"title": "kept"}}


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("br", b"{}", 415),
        ("gzip, gzip", gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0), 415),
        ("gzip", b"{}", 422),
        ("gzip", b"", 422),
        ("gzip", gzip.compress(conversation("x"), mtime=0)[:-4], 422),
        ("gzip", gzip.compress(b"{}", mtime=0) + gzip.compress(b"{}", mtime=0), 422),
        ("gzip", gzip.compress(b" " * 100_001, mtime=0), 413),
        ("gzip", gzip.compress(b" " * 50_000_000, mtime=0), 413),
        ("deflate", zlib.compress(b" " * 50_000_000), 413),
        ("deflate", b"\xff\xff", 422),
    ],
    ids=["brotli", "twice", "not-packed", "empty", "cut", "two", "just-too-big", "bomb", "deflate-bomb", "junk"],
)
def test_what_cannot_be_unpacked_is_refused(ask, is_json_object, encoding, body, status):
    answer = ask("POST", f"{PATH}?uid=u", body, content_encoding=encoding)
    assert answer.status_code == status
    assert is_json_object(answer)


def chunked(body: bytes, size: int) -> list[bytes]:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces] + [b"0\r\n\r\n"]


def test_chunked_bodies_are_read(wire, write_head):
    line = wire().send(write_head(f"{PATH}?uid=u", "Transfer-Encoding: chunked"), *chunked(conversation("chunked"), 5))
    assert line.answer()[2] == b'{"message":"chunked"}'


def test_chunked_bodies_have_the_same_limit_and_the_connection_lives_on(wire, write_head):
    line = wire().send(write_head(f"{PATH}?uid=u", "Transfer-Encoding: chunked"))
    line.send(*chunked(b" " * 300_000, 20_000))
    status, headers, body = line.answer()
    assert (status, headers["content-type"], list(json.loads(body))) == (413, "application/json", ["error"])
    good = conversation("after too much")
    line.send(write_head(f"{PATH}?uid=u", f"Content-Length: {len(good)}"), good)
    assert line.answer()[2] == b'{"message":"after too much"}'


def test_a_body_announced_as_too_large_is_refused_before_it_comes(wire, write_head):
    status, _, body = wire().send(write_head(f"{PATH}?uid=u", "Content-Length: 100000000000")).answer()
    assert (status, list(json.loads(body))) == (413, ["error"])


def test_whoever_waits_for_a_100_gets_it(wire, write_head):
    body = conversation("expected")
    line = wire().send(write_head(f"{PATH}?uid=u", f"Content-Length: {len(body)}", "Expect: 100-continue"))
    assert line.answer()[0] == 100
    assert line.send(body).answer()[2] == b'{"message":"expected"}'


def test_whoever_waits_for_a_100_is_refused_at_once_where_it_is_clear(wire, write_head):
    head = write_head("/hooks/wrong/memory_created?uid=u", "Content-Length: 5000", "Expect: 100-continue")
    assert wire().send(head).answer()[0] == 404


def test_slow_bodies_keep_nobody_else_waiting(wire, write_head, ask):
    body = conversation("slow")
    line = wire().send(write_head(f"{PATH}?uid=slow", f"Content-Length: {len(body)}"))
    line.send(body[:10])
    assert ask("POST", f"{PATH}?uid=slow", conversation("fast")).json() == {"message": "fast"}
    for at in range(10, len(body)):
        line.send(body[at : at + 1])
    assert line.answer()[2] == b'{"message":"slow"}'


def test_a_sender_that_goes_away_leaves_nothing(wire, write_head, ask, shared):
    line = wire().send(write_head(f"{PATH}?uid=gone", "Content-Length: 500"), conversation("gone"))
    line.close()
    other = wire().send(write_head(f"{PATH}?uid=gone", "Transfer-Encoding: chunked"), b"5\r\n{    \r\n")
    other.close()
    assert ask("POST", f"{PATH}?uid=stays", conversation("stays")).json() == {"message": "stays"}
    assert shared.api("events", user="gone")["events"] == []


def test_a_sender_that_does_not_wait_for_the_answer_is_served(wire, write_head, shared, ask):
    body = conversation("impatient")
    wire().send(write_head(f"{PATH}?uid=impatient", f"Content-Length: {len(body)}"), body).close()
    deadline = time.monotonic() + 60
    while not shared.api("events", user="impatient")["events"]:
        assert time.monotonic() < deadline
    assert ask("POST", f"{PATH}?uid=impatient", body).json() == {"message": "impatient"}
    assert len(shared.api("events", user="impatient")["events"]) == 1


def test_pipelined_requests_are_answered_in_order(wire, write_head):
    parts = []
    for number in range(20):
        body = conversation(f"pipe {number}")
        parts += [write_head(f"{PATH}?uid=u{number % 3}", f"Content-Length: {len(body)}"), body]
    line = wire().send(b"".join(parts))
    answers = [json.loads(line.answer()[2]) for _ in range(20)]
    assert answers == [{"message": f"pipe {number}"} for number in range(20)]


def test_the_old_protocol_is_answered(wire):
    body = conversation("old")
    line = wire().send(f"POST {PATH}?uid=u HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    status, headers, answer = line.answer()
    assert (status, headers["content-type"], answer) == (200, "application/json", b'{"message":"old"}')


@pytest.mark.parametrize(
    "url",
    [
        b"/hooks/\xff\xfe/x",
        b"*",
        b"http://other/hooks/x/y",
        b"/hooks/" + TOKEN.encode() + b"/memory_created?uid=\xff\x80",
    ],
)
def test_an_odd_request_line_breaks_nothing(wire, url, ask):
    line = wire().send(b"POST " + url + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    assert line.answer()[0] in {200, 400, 404, 422}
    assert ask("POST", f"{PATH}?uid=odd", conversation(f"odd {url!r}")).status_code == 200


def test_odd_headers_break_nothing(wire, write_head):
    body = conversation("headers")
    odd = ["Idempotency-Key: \xff\xfe\x80", "Content-Type: \xe9", "X-Omiflow-At: never", "Content-Encoding:  "]
    line = wire().send(write_head(f"{PATH}?uid=u", *odd, f"Content-Length: {len(body)}"), body)
    assert line.answer()[2] == b'{"message":"headers"}'
