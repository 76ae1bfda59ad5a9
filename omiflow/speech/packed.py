"""A stream as bytes, for the many users who say nothing right now: far smaller, and equal in all that follows.

When a stream rests, and who keeps it, is left to others.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, groupby, pairwise
from operator import attrgetter
from typing import Any

from omiflow.model import Mark, Segment
from omiflow.speech.line import Line
from omiflow.speech.marks import Marks
from omiflow.speech.often_said import OFTEN_SAID
from omiflow.speech.piece import Piece
from omiflow.speech.segments import segment_key, speaker_key
from omiflow.speech.stream import Stream

LEVEL = 5
"""How hard to compress: a higher level takes longer and saves less than one byte in a hundred."""
RAW = -15
"""Deflate without header and checksum (RFC 1951): what is packed never leaves the process."""
MILLISECOND = 1000
CLOCK_STEP = 1 << 22
"""Parts of a second, too: two floats near today's time differ by one."""
LARGEST = 1e12

_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SOMETHING: Mapping[Any, int] = {None: 0}
_APART = ("id", "text", "start", "end", "translations")
_MANNER = tuple(name for name in Segment.__struct_fields__ if name not in _APART)
_manner = attrgetter(*_MANNER)


def packed(stream: Stream) -> bytes:
    """Give a stream whose words are all decided in little room.

    Of sessions that are over nothing but the segments is kept, of words nothing whose segment is forgotten.
    """
    known = list(stream.known.values())
    segments = [one.segment for one in known]
    lines = list(stream.lines.values())
    numbers = {key: number for number, key in enumerate(stream.known)}
    names = [*(segment.id for segment in segments), *(line.event_id for line in lines)]
    uuids = [_uuid(name) for name in names]
    calls = [(at, len(list(some))) for at, some in groupby(one.at for one in known)]
    still = {piece.key for line in lines for piece in line.pieces if piece.still}
    speakers = [speaker_key(segment) for segment in segments]
    manners: dict[Any, int] = {}
    figures = (
        (stream.began is not None, stream.heard_at is not None, stream.over),
        _written((stream.began or 0.0, stream.heard_at or 0.0, *(line.arrived for line in lines))),
        _written([at for at, _ in calls]),
        [many for _, many in calls],
        _written([stream.furthest, *(time for one in segments for time in (one.start, one.end))]),
        "".join([chr(ord("0") + manners.setdefault(_manner(segment), len(manners))) for segment in segments]),
        "".join(["1" if key in still else "0" for key in numbers]),
        [
            (line.speaker, line.is_user, line.hushed, bool(line.open), _places(line, numbers, speakers))
            for line in lines
        ],
        [
            (numbers[key], [(mark.rule, mark.first, mark.last) for mark in marks.ranges], marks.lost)
            for key, marks in stream.marks.items()
            if key in numbers
        ],
        [(number, name) for number, name in enumerate(names) if uuids[number] is None],
        [(number, segment.translations) for number, segment in enumerate(segments) if segment.translations],
        list(manners),
    )
    squeeze = zlib.compressobj(LEVEL, wbits=RAW, memLevel=9, zdict=OFTEN_SAID)
    parts = [
        squeeze.compress(_encoded(figures)),
        squeeze.flush(zlib.Z_BLOCK),  # figures and texts are better written in codes of their own
        squeeze.compress(_encoded([segment.text for segment in segments])),
        squeeze.flush(),
    ]
    return b"".join([*parts, *(uuid for uuid in uuids if uuid is not None)])


def unpacked(data: bytes) -> Stream:
    """Give the stream that was packed.

    A line in which something may still go on says so, but not what: that is found out again when more is heard.
    """
    expand = zlib.decompressobj(RAW, zdict=OFTEN_SAID)
    content = expand.decompress(data).decode("utf-8", "surrogatepass")
    figures, end = json.JSONDecoder().raw_decode(content)
    texts = json.loads(content[end:])
    flags, moments, arrivals, many, times, spoken, still, lines, marks, odd, translated, manners = figures
    names = _names(expand.unused_data, len(texts) + len(lines), odd)
    began, heard_at, *arrived = _read(*moments)
    furthest, *spans = _read(*times)
    known_at = [at for at, count in zip(_read(*arrivals), many, strict=True) for _ in range(count)]
    spoken_so = [dict(zip(_MANNER, manner, strict=True)) for manner in manners]
    translations = dict(translated)
    segments = [
        Segment(
            id=names[number],
            text=text,
            start=spans[2 * number],
            end=spans[2 * number + 1],
            translations=translations.get(number, []),
            **spoken_so[ord(spoken[number]) - ord("0")],
        )
        for number, text in enumerate(texts)
    ]
    keys = [segment_key(segment) for segment in segments]
    speakers = [speaker_key(segment) for segment in segments]
    pieces = [
        Piece(segment, key, at, still=flag == "1")
        for segment, key, at, flag in zip(segments, keys, known_at, still, strict=True)
    ]
    settled = {}
    for (speaker, is_user, hushed, is_open, places), at, event_id in zip(
        lines, arrived, names[len(texts) :], strict=True
    ):
        own = [pieces[number] for number in _placed(places, speaker, speakers)]
        line = settled[speaker] = Line(speaker, is_user=is_user, pieces=own)
        line.arrived, line.event_id, line.hushed = at, event_id or "", hushed
        line.settle()
        line.open = _SOMETHING if is_open else {}
    return Stream(
        known=dict(zip(keys, pieces, strict=True)),
        lines=settled,
        marks={keys[number]: _marks(keys[number], ranges, lost) for number, ranges, lost in marks},
        began=began if flags[0] else None,
        heard_at=heard_at if flags[1] else None,
        furthest=furthest,
        over=flags[2],
    )


def _encoded(content: object) -> bytes:
    """Give JSON, which takes whatever a request had: numbers of any length, and halves of characters."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _marks(key: str, ranges: Iterable[tuple[str, int, int]], lost: Mapping[str, int]) -> Marks:
    return Marks(tuple(Mark(rule=rule, segment=key, first=first, last=last) for rule, first, last in ranges), lost)


def _places(line: Line, numbers: Mapping[str, int], speakers: Sequence[str]) -> int | list[int]:
    """Give the numbers of a line's segments that are known; only the first where all of the speaker's follow it."""
    places = [numbers[piece.key] for piece in line.pieces if piece.key in numbers]
    return places[0] if places and places == _placed(places[0], line.speaker, speakers) else _steps(places)


def _placed(places: int | list[int], speaker: str, speakers: Sequence[str]) -> Sequence[int]:
    if isinstance(places, int):
        return [number for number in range(places, len(speakers)) if speakers[number] == speaker]
    return list(accumulate(places))


def _written(times: Sequence[float]) -> tuple[int, list[int], list[int]]:
    """Give times as steps in parts of a second, and by how many of the next floats each is off, if any is."""
    for parts in (MILLISECOND, CLOCK_STEP, MILLISECOND):
        counts = [round(time * parts) if abs(time) < LARGEST else 0 for time in times]
        near = _bits([count / parts for count in counts])
        off = [exact - found for exact, found in zip(_bits(times), near, strict=True)]
        if not any(off):
            return parts, _steps(counts), []
    return parts, _steps(counts), off


def _read(parts: int, steps: Sequence[int], off: Sequence[int]) -> list[float]:
    near = [count / parts for count in accumulate(steps)]
    if not off:
        return near
    exact = [bits + more for bits, more in zip(_bits(near), off, strict=True)]
    return list(struct.unpack(f"={len(exact)}d", struct.pack(f"={len(exact)}q", *exact)))


def _bits(floats: Sequence[float]) -> tuple[int, ...]:
    return struct.unpack(f"={len(floats)}q", struct.pack(f"={len(floats)}d", *floats))


def _steps(numbers: Sequence[int]) -> list[int]:
    return [after - before for before, after in pairwise([0, *numbers])]


def _uuid(name: str | None) -> bytes | None:
    """Give the 16 bytes of a name that is a UUID as Omi writes it, else None."""
    if name is None or not _UUID.fullmatch(name):
        return None
    return bytes.fromhex(name.replace("-", ""))


def _name(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _names(uuids: bytes, count: int, odd: Iterable[tuple[int, str | None]]) -> list[str | None]:
    """Give names in order: those in `odd` by their numbers, the others as UUIDs."""
    others = dict(odd)
    digits = (uuids[at : at + 16].hex() for at in range(0, len(uuids), 16))
    return [others[number] if number in others else _name(next(digits)) for number in range(count)]
