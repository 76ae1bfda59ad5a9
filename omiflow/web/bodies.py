"""Bodies of requests: read whole, unpacked, and bounded on the way."""

from __future__ import annotations

import zlib

from litestar.types import Receive

from omiflow.errors import BadRequest

BODY_HEADERS = ("content-length", "content-encoding")
EITHER = zlib.MAX_WBITS | 32
BARE = -zlib.MAX_WBITS


async def read_body(receive: Receive, headers: dict[str, str], *, most: int) -> bytes:
    """Read a body of at most `most` bytes, before and after unpacking.

    Raises BadRequest: 413 when it is larger, 400 when the sender went away, 415 and 422 when it can't be unpacked.
    """
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise _too_large(most)
    event = await receive()
    if event["type"] != "http.request":
        raise BadRequest(400, "the sender went away before its request was complete")
    body = event["body"]
    if event["more_body"]:
        body = await _rest(receive, body, most)
    if len(body) > most:
        raise _too_large(most)
    encoding = headers.get("content-encoding", "").strip().lower()
    return _unpacked(body, encoding, most) if encoding and encoding != "identity" else body


async def _rest(receive: Receive, first: bytes, most: int) -> bytes:
    parts = [first]
    size = len(first)
    while True:
        event = await receive()
        if event["type"] != "http.request":
            raise BadRequest(400, "the sender went away before its request was complete")
        parts.append(event["body"])
        size += len(event["body"])
        if size > most:
            raise _too_large(most)
        if not event["more_body"]:
            return b"".join(parts)


def _unpacked(body: bytes, encoding: str, most: int) -> bytes:
    """Unpack; `deflate` may come with zlib's header or without (RFC 9110, 8.4.1.2), gzip in several members."""
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BadRequest(415, f"content encoding '{encoding[:40]}' isn't known; use gzip, or none")
    bare = encoding == "deflate" and not _has_header(body)
    plain = b""
    while body:
        unpacker = zlib.decompressobj(wbits=BARE if bare else EITHER)
        try:
            plain += unpacker.decompress(body, most + 1 - len(plain))
        except zlib.error as error:
            raise BadRequest(422, "the body is not packed as its content encoding says") from error
        if len(plain) > most:
            raise _too_large(most)
        if not unpacker.eof:
            raise BadRequest(422, "the packed body ends too early")
        body = unpacker.unused_data
        if body and encoding == "deflate":
            raise BadRequest(422, "something follows the packed body")
    return plain


def _has_header(body: bytes) -> bool:
    """Tell zlib's two bytes of header, a multiple of 31 (RFC 1950, 2.2)."""
    return len(body) > 1 and body[0] & 0x0F == zlib.DEFLATED and int.from_bytes(body[:2]) % 31 == 0


def _too_large(most: int) -> BadRequest:
    return BadRequest(413, f"the body is larger than {most} bytes")
