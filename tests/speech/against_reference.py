"""What must hold between the product's matcher and the slow one, however speech is cut, repeated and corrected.

Making up the speech is the business of `generated`, running the checks that of the tests and the soak.
"""

from __future__ import annotations

import runpy
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from omiflow.model import Mark, Segment
from omiflow.speech.phrases import Phrase, PhraseIndex
from omiflow.speech.senses import Listener
from omiflow.speech.stream import Stream
from omiflow.speech.words import normalised

GENERATED = runpy.run_path(str(Path(__file__).with_name("generated.py")))
REFERENCE = GENERATED["REFERENCE"]
LISTS = GENERATED["LISTS"]
cut, called, Said = GENERATED["cut"], GENERATED["called"], REFERENCE["Said"]
BEGAN = 1_772_442_000.0
STEP = 0.125
STILL = 3.0
GAPS = (STEP, STEP, 2.0, 3.5)


class Call(NamedTuple):
    """Segments that arrive together."""

    at: float
    event_id: str
    segments: list[Segment]


class Heard(NamedTuple):
    """What one call, or the clock behind it, gave."""

    at: float
    hits: list[Any]
    marks: list[Mark]


class Hearer:
    """A stream that is told calls and the time, and keeps what came of each."""

    def __init__(self, sought: Iterable[Any], stream: Stream | None = None) -> None:
        self.index = PhraseIndex(
            [
                Phrase(
                    template=one.template,
                    owner=one.owner,
                    rule=one.owner,
                    speaker=one.speaker,
                    excepts=one.excepts,
                    within=one.within,
                    pause=one.pause,
                )
                for one in sought
            ],
            LISTS,
        )
        self.stream = stream or Stream()
        self.heard: list[Heard] = []

    def hear(self, call: Call) -> Heard:
        self.stream.take(call.segments, at=call.at, event_id=call.event_id)
        return self._took(self.index.hear(self.stream, Listener(now=call.at)), call.at)

    def hush(self, now: float) -> Heard:
        return self._took(self.index.hush(self.stream, Listener(now=now)), now)

    def _took(self, hearing: Any, at: float) -> Heard:
        self.heard.append(Heard(at, list(hearing.hits), list(hearing.marks)))
        return self.heard[-1]

    def hear_all(self, calls: Iterable[Call], *, hushing: bool = True) -> Hearer:
        """Hear calls and then nothing; with `hushing` the clock comes round between calls too."""
        at = BEGAN
        for call in calls:
            if hushing and call.at - at >= STILL:
                self.hush(at + STILL)
            self.hear(call)
            at = call.at
        self.hush(at + STILL)
        return self

    @property
    def hits(self) -> list[Any]:
        return [hit for heard in self.heard for hit in heard.hits]

    @property
    def marks(self) -> Counter[tuple[str, str, int, int]]:
        return Counter((one.rule, one.segment, one.first, one.last) for heard in self.heard for one in heard.marks)


def calls_of(pieces: list[Any], calls: int, *, gaps: int = 0, again: int = 0) -> list[Call]:
    """Give calls with the segments of pieces, two bits of `gaps` for the time before each; some come again, `again` says."""
    made: list[Call] = []
    at = BEGAN
    before: list[Segment] = []
    for number, group in enumerate(called(pieces, calls)):
        at += GAPS[gaps >> 2 * (number % 10) & 3]
        segments = [piece.segment for piece in group]
        repeated = [one for place, one in enumerate(before) if again >> (place + number) % 20 & 1]
        made.append(Call(at, f"e{number}", [*repeated, *segments] if again & 1 else [*segments, *repeated]))
        before += segments
    return made


def hit_form(hit: Any) -> tuple[Any, ...]:
    """Give what is compared of a hit; punctuation between the words of its text may go where a segment ends."""
    return hit.owner, hit.phrase, hit.speaker, normalised(hit.text), sorted(hit.slots.items())


def found_form(found: Any) -> tuple[Any, ...]:
    voice = "user" if found.speaker == "SPEAKER_00" else f"voice:{found.speaker}"
    return found.owner, found.template, voice, normalised(found.text), sorted(found.slots.items())


def by_line(forms: Iterable[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    lines: dict[str, list[tuple[Any, ...]]] = {}
    for form in forms:
        lines.setdefault(form[2], []).append(form)
    return lines


def spans(found: Any, said: list[Any], pieces: list[Any]) -> list[tuple[str, int, int]]:
    """Give where an occurrence stands: segment by segment the first and the last word there."""
    numbers = [number for number, word in enumerate(said) if word.speaker == found.speaker]
    places = set(numbers[found.first : found.last + 1])
    spread = []
    for piece in pieces:
        here = [place for place, number in enumerate(piece.words) if number in places]
        if here:
            spread.append((piece.segment.id, min(here), max(here)))
    return spread


def marks_of(expected: Iterable[Any], said: list[Any], pieces: list[Any]) -> Counter[tuple[str, str, int, int]]:
    return Counter((found.owner, *span) for found in expected for span in spans(found, said, pieces))


def agree(hearer: Hearer, expected: list[Any], said: list[Any], pieces: list[Any]) -> None:
    """Check that exactly what was expected was heard, on each line in its order and at its place."""
    heard, wanted = by_line(map(hit_form, hearer.hits)), by_line(map(found_form, expected))
    assert heard == wanted, f"heard {heard}, not {wanted}"
    marks = marks_of(expected, said, pieces)
    assert hearer.marks == marks, f"marked {hearer.marks}, not {marks}"


def check_uncut(case: Any) -> None:
    """In one call, in as few segments as carry the times, all is found."""
    pieces = cut(case.said, 0)
    hearer = Hearer(case.sought).hear_all(calls_of(pieces, 0))
    agree(hearer, REFERENCE["occurrences"](case.said, case.sought, LISTS), case.said, pieces)


def check_cut(case: Any) -> None:
    """However it is cut, the same is found, each once."""
    pieces = cut(case.said, case.cuts)
    hearer = Hearer(case.sought).hear_all(calls_of(pieces, case.calls))
    agree(hearer, REFERENCE["occurrences"](case.said, case.sought, LISTS), case.said, pieces)


def check_word_by_word(case: Any) -> None:
    """When each word is a call, each find comes with the word behind which it is decided, or with what breaks off there."""
    pieces = cut(case.said, -1)
    hearer = Hearer(case.sought).hear_all(calls_of(pieces, -1))
    expected = REFERENCE["occurrences"](case.said, case.sought, LISTS)
    agree(hearer, expected, case.said, pieces)
    due: dict[int, list[Any]] = {}
    for found in expected:
        numbers = [number for number, word in enumerate(case.said) if word.speaker == found.speaker]
        place = found.behind + found.late
        due.setdefault(numbers[place] if place < len(numbers) else len(case.said), []).append(found_form(found))
    assert {at: list(map(hit_form, one.hits)) for at, one in enumerate(hearer.heard) if one.hits} == due


def check_repeated(case: Any) -> None:
    """Segments that come again add nothing."""
    pieces = cut(case.said, case.cuts)
    hearer = Hearer(case.sought).hear_all(calls_of(pieces, case.calls, again=case.again))
    agree(hearer, REFERENCE["occurrences"](case.said, case.sought, LISTS), case.said, pieces)


def check_stillness(case: Any) -> None:
    """Where nothing more of a speaker arrives for 3 s is a break, whether or not the clock came round there."""
    pieces = cut(case.said, case.cuts)
    calls = calls_of(pieces, case.calls, gaps=case.again)
    arrived = {segment.id: call.at for call in calls for segment in call.segments}
    said = list(case.said)
    last: dict[str, Any] = {}
    for piece in pieces:
        before = last.get(piece.segment.speaker)
        if before is not None and arrived[piece.segment.id] - arrived[before.segment.id] >= STILL:
            said[before.words[-1]] = said[before.words[-1]]._replace(still=True)
        last[piece.segment.speaker] = piece
    expected = REFERENCE["occurrences"](said, case.sought, LISTS)
    for hushing in (True, False):
        agree(Hearer(case.sought).hear_all(calls, hushing=hushing), expected, said, pieces)


def check_rebuilt(case: Any) -> None:
    """A stream made again from events and marks hears on as the one in memory."""
    pieces = cut(case.said, case.cuts)
    calls = calls_of(pieces, case.calls, gaps=case.again >> 4)
    split = case.again % 16 % len(calls) + 1
    hearer = Hearer(case.sought)
    again = Stream()
    for number, call in enumerate(calls[:split]):
        heard = hearer.hear(call)
        again.take(call.segments, at=call.at, event_id=call.event_id)
        again.mark(heard.marks)
        if number + 1 < split and calls[number + 1].at - call.at >= STILL:
            again.mark(hearer.hush(call.at + STILL).marks)
    again.settle()
    rebuilt = Hearer(case.sought, again)
    behind = len(hearer.heard)
    hushed = calls[split - 1].at + STILL
    for one in (hearer, rebuilt):
        if split == len(calls) or calls[split].at >= hushed:
            one.hush(hushed)
        if split < len(calls):
            one.hear_all(calls[split:])
    assert [list(map(hit_form, one.hits)) for one in rebuilt.heard] == [
        list(map(hit_form, one.hits)) for one in hearer.heard[behind:]
    ]
    assert [one.marks for one in rebuilt.heard] == [one.marks for one in hearer.heard[behind:]]


def check_corrected(case: Any) -> None:
    """While segments are corrected, what is heard was said as it stood then, and never twice; in the end nothing is missing.

    Nothing is missing: each occurrence in the last form of the words shares a word with one that was answered, or ends
    in a segment of which an answered word was taken away.
    """
    pieces = cut(case.said, case.cuts)
    hearer = Hearer(case.sought)
    current: dict[str | None, Segment] = {}
    swallowing: set[tuple[str, str | None]] = set()
    answered_words: set[tuple[str, str, int]] = set()
    for call in corrected(pieces, case):
        for segment in call.segments:
            before = current.get(segment.id)
            current[segment.id] = segment
            if before is not None and normalised(segment.text)[: len(normalised(before.text))] != normalised(
                before.text
            ):
                swallowing |= {(rule, segment.id) for rule, key, *_ in hearer.marks if key == segment.id}
        genuine(hearer.hear(call), current, case)
        answer_once(hearer.heard[-1], current, answered_words, pieces)
    genuine(hearer.hush(call.at + STILL), current, case)
    answer_once(hearer.heard[-1], current, answered_words, pieces)
    for found in REFERENCE["occurrences"](case.said, case.sought, LISTS):
        places = spans(found, case.said, pieces)
        answered = any(
            hearer.stream.marks[key].on(found.owner, first, last)
            for key, first, last in places
            if key in hearer.stream.marks
        )
        assert answered or any((found.owner, key) in swallowing for key, *_ in places), found


def genuine(heard: Heard, current: dict[str | None, Segment], case: Any) -> None:
    """Check that hits are finds in the words as they stand."""
    said = [word for segment in sorted(current.values(), key=lambda one: one.start) for word in said_of(segment)]
    known = [found_form(found) for found in REFERENCE["finds"](said, case.sought, LISTS)]
    for hit in heard.hits:
        assert hit_form(hit) in known, hit


def answer_once(
    heard: Heard, current: dict[str | None, Segment], answered: set[tuple[str, str, int]], pieces: list[Any]
) -> None:
    """Check that no rule answers a word again, whatever has become of the words around it.

    Which word is which is certain only in segments in which none is there twice.
    """
    last = {piece.segment.id: normalised(piece.segment.text) for piece in pieces}
    new = []
    for mark in heard.marks:
        words, final = normalised(current[mark.segment].text), last[mark.segment]
        if len(set(words)) == len(words) and len(set(final)) == len(final):
            new += [(mark.rule, mark.segment, final.index(words[at])) for at in spread(mark) if words[at] in final]
    twice = [word for word in new if word in answered or new.count(word) > 1]
    assert not twice, twice
    answered.update(new)


def spread(mark: Mark) -> range:
    return range(mark.first, mark.last + 1)


def said_of(segment: Segment) -> list[Any]:
    words = segment.text.split()
    lasts = segment.end - segment.start
    return [
        Said(
            raw,
            segment.start + lasts * number / len(words),
            segment.start + lasts * (number + 1) / len(words),
            segment.speaker,
            segment.is_user,
        )
        for number, raw in enumerate(words)
    ]


def corrected(pieces: list[Any], case: Any) -> list[Call]:
    """Give calls in which some segments come wrong at first, and right one to three calls later."""
    calls: list[list[Segment]] = []
    late: dict[int, list[Segment]] = {}
    for number, group in enumerate(called(pieces, case.calls)):
        calls.append([])
        for piece in group:
            chance = (case.again >> piece.words[0] % 15) % 32
            wrong = wrongly(piece.segment, chance)
            calls[-1].append(wrong)
            if wrong != piece.segment:
                late.setdefault(number + 1 + chance % 3, []).append(piece.segment)
        calls[-1] += late.pop(number, [])
    calls += [late[number] for number in sorted(late)]
    return [Call(BEGAN + STEP * number, f"e{number}", segments) for number, segments in enumerate(calls)]


def wrongly(segment: Segment, chance: int) -> Segment:
    """Give a segment as it might be transcribed at first."""
    words = segment.text.split()
    place = chance % len(words)
    form = {name: getattr(segment, name) for name in segment.__struct_fields__}
    if chance < 6 and len(words) > 1:
        kept = len(words) - 1 - place % (len(words) - 1)
        end = segment.start + (segment.end - segment.start) * kept / len(words)
        return Segment(**form | {"text": " ".join(words[:kept]), "end": end})
    if chance < 12:
        other = (*GENERATED["WORDS"], "well", "so")[(chance + place) % 8]
        return Segment(**form | {"text": " ".join([*words[:place], other, *words[place + 1 :]])})
    if chance < 15:
        return Segment(**form | {"text": " ".join([*words[:place], "me" if chance == 12 else "well", *words[place:]])})
    if chance < 18:
        return Segment(
            **form | {"text": segment.text.rstrip(".?,") if chance % 2 else segment.text.rstrip(".?,") + "."}
        )
    if chance < 22:
        speaker, user = GENERATED["VOICES"][chance % 3]
        return Segment(**form | {"speaker": speaker, "is_user": user})
    return segment
