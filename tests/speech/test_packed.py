"""A stream that was packed is the stream it was, and hears what it would have heard."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.model import Mark, Segment
from omiflow.speech.line import Line
from omiflow.speech.lists import entries
from omiflow.speech.packed import packed, unpacked
from omiflow.speech.phrases import Phrase, PhraseIndex
from omiflow.speech.senses import Listener
from omiflow.speech.stream import LONGEST_KEPT, Stream

WORDS = ("call", "me", "at", "Tom", "Becker", "um", "two", "hundred")
SAID_AT_ONCE = PhraseIndex([Phrase("call me", "one", rule="one"), Phrase("me [Tom] at", "two", rule="two")])
SAID_OPENLY = PhraseIndex(
    [
        Phrase("call me", "words", rule="one"),
        Phrase("me Tom (call|at)", "more words", rule="one", excepts=("Becker",)),
        Phrase("at {x} call", "a gap", rule="two"),
        Phrase("Tom {x}", "to the end", rule="three"),
        Phrase("call {p:list people} [at {x}]", "a list", rule="four", speaker="user"),
        Phrase("me {n:number} [call]", "a number", rule="five"),
    ],
    {"people": entries([{"say": ["Tom", "Tom Becker"], "value": "tom"}, "me"])},
)
EVERYTHING = Segment(
    id="C963CFE0-AFAE-5A3B-B909-6A04E7D80068",
    text='a "quoted"\n\u0000 \\ word, 了',
    speaker="SPEAKER_03",
    speaker_id=3,
    speaker_name="Tom",
    person_id="p-1",
    start=12.340000000000003,
    end=0.1 + 0.2,
    speaker_label_source="guess",
    translations=[{"lang": "de", "text": "äh", "sure": 0.5, "more": [None, True]}],
    speech_profile_processed=False,
    stt_provider="soniox",
)


class Call(NamedTuple):
    """What comes `wait` seconds after the call before: segments, or the end of a conversation as well."""

    wait: float
    segments: list[Segment]
    ends: bool
    hushed: bool


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    """Give a segment that may change the words or the speaker of one that came before."""
    key = draw(st.sampled_from((None, "s1", "s2", "s3", str(UUID(int=7 << 90)), str(UUID(int=(1 << 128) - 9)))))
    words = draw(st.lists(st.sampled_from(WORDS), max_size=5))
    marks = st.sampled_from(("", "", "", ".", ","))
    start = draw(st.sampled_from((0.0, 0.3, 1.5, 3.01, 3.1 + 0.2, 7.0, 90.0)))
    is_user = draw(st.booleans())
    return Segment(
        id=key,
        text=" ".join(word + draw(marks) for word in words) + draw(st.sampled_from(("", "", " ."))),
        speaker="SPEAKER_00" if is_user else "SPEAKER_01",
        is_user=is_user,
        person_id=draw(st.sampled_from((None, None, "p"))),
        start=start,
        end=start + 0.3 * len(words),
    )


def calls() -> st.SearchStrategy[list[Call]]:
    """Give calls; so few ids make for repeats and corrections."""
    call = st.builds(
        Call,
        wait=st.sampled_from((0.5, 1.0, 1.1, 3.5, 3.7, 130.0)),
        segments=st.lists(segments(), max_size=3),
        ends=st.sampled_from((False, False, False, True)),
        hushed=st.booleans(),
    )
    return st.lists(call, min_size=2, max_size=8).filter(lambda made: sum(one.wait for one in made) < LONGEST_KEPT)


def test_a_new_stream_stays_one() -> None:
    assert unpacked(packed(Stream())) == Stream()


@given(calls())
def test_a_packed_stream_keeps_what_was_said_and_answered_in_its_session(made: list[Call]) -> None:
    stream, now = Stream(), 1_763_657_414.123456
    for call in made:
        now += call.wait
        _take(stream, call, now, SAID_AT_ONCE)
        SAID_AT_ONCE.hear(stream, Listener(now=now))
        rested = unpacked(packed(stream))
        assert (_told(rested), rested.closes()) == (_told(stream), stream.closes())


@given(calls())
def test_a_packed_stream_hears_what_it_would_have_heard(made: list[Call]) -> None:
    stream, now = Stream(), 1_763_657_414.123456
    for call in made:
        rested = unpacked(packed(stream))
        now += call.wait
        assert _heard(rested, call, now) == _heard(stream, call, now)


def test_what_is_open_closes_when_it_would_have_closed() -> None:
    stream = said(Segment(id="1", text="Tom is"), at=5.0)
    SAID_OPENLY.hear(stream, Listener(now=5.0))
    rested = unpacked(packed(stream))
    assert rested.closes() == stream.closes() == 8.0
    assert [hit.text for hit in SAID_OPENLY.hush(rested, Listener(now=8.0)).hits] == ["Tom is"]
    assert unpacked(packed(rested)).closes() is None


@pytest.mark.parametrize(
    "segment",
    [
        EVERYTHING,
        Segment(text="no id", start=-0.0, end=-3.25),
        Segment(id="", text="an id of nothing"),
        Segment(id="c963cfe0-afae-5a3b-b909-6a04e7d8006", text="one digit less than a UUID"),
        Segment(id="c963cfe0afae5a3bb9096a04e7d80068", text="a UUID without hyphens"),
        Segment(id="{~}", text="half a character \ud83d", speaker="\udc00"),
        Segment(id="large", text="numbers", speaker_id=10**30, translations=[-(10**30)], start=1e300, end=5e-324),
        Segment(id="nobody", text="whoever", speaker=None),
    ],
)
def test_a_packed_segment_keeps_every_field(segment: Segment) -> None:
    others = [Segment(id=str(UUID(int=number)), text=str(number), start=number / 3) for number in (1, 2)]
    stream = said(others[0], segment, others[1])
    kept = unpacked(packed(stream))
    assert {key: msgspec.structs.asdict(one.segment) for key, one in kept.known.items()} == {
        key: msgspec.structs.asdict(one.segment) for key, one in stream.known.items()
    }
    assert kept.take([others[0], segment, others[1]], at=2.0) is None


def test_lost_marks_are_kept() -> None:
    stream = said(Segment(id="1", text="call me now"))
    stream.mark([Mark(rule="one", segment="1", first=0, last=1)])
    stream.take([Segment(id="1", text="now")], at=2.0)
    assert stream.marks["1"].lost
    assert unpacked(packed(stream)).marks == stream.marks


def test_five_minutes_of_speech_take_less_than_five_kilobytes() -> None:
    stream = Stream()
    for number in range(100):
        text = " ".join(WORDS[(number * 7 + at * at) % len(WORDS)] + str(number * at % 40) for at in range(7))
        key = str(UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128)))
        heard = Segment(id=key, text=text, speaker_id=0, start=number * 3.0, end=number * 3.0 + 2.71)
        stream.take([heard], at=1_763_657_414.123456 + number * 3.1, event_id=f"e{number:022x}")
    assert len(packed(stream)) < 5_000


def said(*segments: Segment, at: float = 1.0) -> Stream:
    stream = Stream()
    stream.take(segments, at=at)
    return stream


def copied(stream: Stream) -> Stream:
    lines = {speaker: line.copy() for speaker, line in stream.lines.items()}
    return msgspec.structs.replace(stream, known=dict(stream.known), lines=lines, marks=dict(stream.marks))


def _take(stream: Stream, call: Call, now: float, index: PhraseIndex) -> None:
    """Let a stream hear all that a call is."""
    if call.hushed:
        index.hush(stream, Listener(now=now))
    if call.ends:
        stream.end(now)
    stream.take(call.segments, at=now, event_id=f"e{now}")


def _heard(stream: Stream, call: Call, now: float) -> Any:
    """Give what can be seen of a call that a stream hears: a time only if something closes then."""
    _take(stream, call, now, SAID_OPENLY)
    heard = SAID_OPENLY.hear(stream, Listener(now=now))
    hushed = SAID_OPENLY.hush(copied(stream), Listener(now=now + 3.0))
    texts = stream.session()
    closes = stream.closes() if hushed.hits else None
    return (*heard, *hushed, closes, texts, _told(stream))


def _told(stream: Stream) -> Any:
    """Give all that a stream is but for what may still go on."""
    fields = (stream.began, stream.heard_at, stream.furthest, stream.over, stream.past, dict(stream.marks))
    known = [(key, piece.segment, piece.at) for key, piece in stream.known.items()]
    return (known, [_line(line) for line in stream.lines.values()], *fields)


def _line(line: Line) -> Any:
    pieces = [(piece.key, piece.segment, piece.words, piece.still) for piece in line.pieces]
    state = (line.speaker, line.is_user, line.arrived, line.event_id, line.hushed, line.decided)
    return (pieces, line.words, state)
