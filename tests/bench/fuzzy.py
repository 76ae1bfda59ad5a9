"""What `match: fuzzy` hears more than `exact`, and what it hears wrongly, over hours of real speech.

Each phrase is looked for in words damaged as recognisers do, inside of what people really said; where nobody said it,
it is put into what they said. False alarms are what fuzzy finds in the undamaged words and exact does not. Run it by
`make bench`; without the recorded speech there is nothing to measure.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from damage import KINDS, damaged

from omiflow.speech.fillers import FILLERS_OF
from omiflow.speech.fuzzy import FuzzyRuns, Run
from omiflow.speech.near import NearPhrases
from omiflow.speech.words import normalised

CORPUS = Path(os.environ.get("OMIFLOW_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
PHRASES = """
what do you think | any advice | remind me to | let's take a vote | that's a good idea | what time is it
can you write that down | take a note of this | the next meeting | do you agree | I agree with you | any questions
what should I do | let's move on | the question is | I don't know | I'm not sure | how much does it cost
we have to decide | thank you very much | send me an email | add it to the shopping list | the problem is
does that make sense | we are running out of time | I promise | who is responsible for | action item
what's the deadline | turn off the light | turn on the light | make a decision | I think we should | sounds good
could you repeat that | what was the name again | put it on my calendar | note to self | I have an idea
we need to talk about | let me think about it | start the recording | stop the recording | what did you say
is there anything else | call me tomorrow | write a summary | what's the weather like | on the other hand
how do you spell that
""".replace("\n", "|")
MOST_CARRIERS = 40
BREAK = 120.0


class Line(NamedTuple):
    """What one speaker said in one session, without fillers, piece by piece."""

    pieces: list[list[str]]


class Counted(NamedTuple):
    """In how many of the damaged pieces a phrase was heard."""

    pieces: int
    exact: int
    fuzzy: int


def requests() -> Iterator[tuple[str, float, list[dict[str, object]]]]:
    with gzip.open(CORPUS / "meetings.jsonl.gz", "rt") as recorded:
        for row in recorded:
            request = json.loads(row)
            if request["event"] == "realtime_transcript":
                at = datetime.fromisoformat(request["at"]).timestamp()
                yield request["query"]["uid"], at, request["body"]["segments"]


def heard() -> tuple[list[Line], float]:
    """Give all lines, and how many hours were spoken, pauses under two minutes included."""
    lines: list[Line] = []
    speaking: dict[object, Line] = {}
    fillers = FILLERS_OF["en"]
    before: tuple[str, float] | None = None
    seconds = 0.0
    for uid, at, segments in requests():
        if before is None or before[0] != uid or at - before[1] > BREAK:
            speaking = {}
        else:
            seconds += at - before[1]
        before = (uid, at)
        for segment in segments:
            line = speaking.get(segment["speaker"])
            if line is None:
                line = speaking[segment["speaker"]] = Line([])
                lines.append(line)
            words = [word for word in normalised(str(segment["text"])) if word not in fillers]
            if words:
                line.pieces.append(words)
    return lines, seconds / 3600


def carriers(run: Run, lines: Sequence[Line], dice: random.Random) -> list[tuple[list[str], list[str]]]:
    """Give the words before and behind the phrase, in pieces that have it, or else in ones it is put into."""
    pieces = [piece for line in lines for piece in line.pieces]
    found = [
        (piece[:at], piece[at + len(run) :])
        for piece in pieces
        for at in range(len(piece) - len(run) + 1)
        if tuple(piece[at : at + len(run)]) == run
    ]
    while len(found) < MOST_CARRIERS:
        piece = dice.choice(pieces)
        at = dice.randrange(len(piece) + 1)
        found.append((piece[:at], piece[at:]))
    return dice.sample(found, MOST_CARRIERS)


def recall(runs: dict[str, Run], lines: Sequence[Line], dice: random.Random) -> dict[str, dict[str, Counted]]:
    """Count for each kind of damage and each phrase in how many pieces it was heard."""
    counted: dict[str, dict[str, Counted]] = {}
    for phrase, run in runs.items():
        alone = FuzzyRuns([run])
        around = carriers(run, lines, dice)
        for kind, damage in KINDS.items():
            said = [(before, damage(run, dice), behind) for before, behind in around]
            pieces = [[*before, *middle, *behind] for before, middle, behind in said if middle is not None]
            counted.setdefault(kind, {})[phrase] = _counted(pieces, run, alone)
        for rate in (0.1, 0.2):
            pieces = [damaged([*before, *run, *behind], dice, rate=rate) for before, behind in around]
            counted.setdefault(f"one word in {round(1 / rate)}, any", {})[phrase] = _counted(pieces, run, alone)
    return counted


def false_alarms(runs: dict[str, Run], lines: Sequence[Line]) -> tuple[dict[Run, int], dict[Run, int], dict[str, int]]:
    """Count for each run its exact finds and its others, and tell what was said in these."""
    index = FuzzyRuns(runs.values())
    exact: Counter[Run] = Counter()
    wrong: Counter[Run] = Counter()
    texts: Counter[str] = Counter()
    for line in lines:
        words = [word for piece in line.pieces for word in piece]
        found = index.ends(words, 0)
        right = [one for one in found if one.edits == 0]
        exact.update(one.run for one in right)
        for one in found:
            if one.edits and not any(r.run == one.run and r.first < one.end and one.first < r.end for r in right):
                wrong[one.run] += 1
                texts[f"{' '.join(one.run)} <- {' '.join(words[one.first : one.end])}"] += 1
    return exact, wrong, texts


def main() -> None:
    if not (CORPUS / "meetings.jsonl.gz").is_file():
        print(f"no recorded speech in {CORPUS}; name its folder in OMIFLOW_CORPUS")
        return
    runs = {phrase: tuple(normalised(phrase)) for text in PHRASES.split("|") if (phrase := text.strip())}
    lines, hours = heard()
    counted = recall(runs, lines, random.Random(1))
    print(f"{len(runs)} phrases, {MOST_CARRIERS} pieces of speech each\n")
    print("| misheard | pieces | exact | fuzzy |\n|---|---:|---:|---:|")
    for kind, of_phrases in counted.items():
        print(f"| {kind} | {_percent(of_phrases.values())} |")
    exact, wrong, texts = false_alarms(runs, lines)
    print(f"\nfalse alarms: {sum(wrong.values())} in {hours:.1f} hours ({sum(exact.values())} exact finds),")
    print(
        f"{sum(wrong.values()) / hours:.2f} an hour for all phrases, {sum(wrong.values()) / hours / len(runs):.3f} each\n"
    )
    print("| phrase | exact | fuzzy | exact finds | false alarms an hour |\n|---|---:|---:|---:|---:|")
    for phrase, run in runs.items():
        shown = _percent([counted["one word in 5, any"][phrase]]).partition("|")[2].strip()
        print(f"| {phrase} | {shown} | {exact[run]} | {wrong[run] / hours:.2f} |")
    if os.environ.get("BENCH_SHOW"):
        print("\n".join(f"{count} {text}" for text, count in sorted(texts.items())))
    print(f"\n{speed(lines)}")


def speed(lines: Sequence[Line]) -> str:
    """Tell how long one word takes among few and many runs, and how long misses take; most runs begin as people speak.

    Seconds are those of the processor.
    """
    dice = random.Random(2)
    words = [word for line in lines for piece in line.pieces for word in piece]
    told = []
    for count in (10, 100, 1000, 10_000):
        index = FuzzyRuns(_made_up(count, words, dice))
        began = time.process_time()
        for line in lines:
            for piece in line.pieces:
                index.ends(piece, 0)
        told.append(f"{(time.process_time() - began) / len(words) * 1e6:.1f} us among {count:,} runs")
    near = NearPhrases(" ".join(run) for run in _made_up(1000, words, dice))
    began = time.process_time()
    for line in lines:
        near.around([word for piece in line.pieces for word in piece])
    missed = (time.process_time() - began) / len(words) * 1e6
    return f"a word takes {', '.join(told)};\nthe misses of 1,000 phrases in 1,000 words take {missed:.0f} ms"


def _made_up(count: int, words: Sequence[str], dice: random.Random) -> list[Run]:
    """Make runs of two to five words as they were said, but for one of them."""
    runs: dict[Run, None] = {}
    while len(runs) < count:
        at, length = dice.randrange(len(words) - 5), dice.choice((2, 3, 3, 4, 5))
        changed = at + dice.randrange(length)
        runs[*words[at:changed], dice.choice(words), *words[changed + 1 : at + length]] = None
    return list(runs)


def _counted(pieces: Sequence[list[str]], run: Run, alone: FuzzyRuns) -> Counted:
    found = [alone.ends(piece, 0) for piece in pieces]
    return Counted(len(pieces), sum(any(not one.edits for one in each) for each in found), sum(map(bool, found)))


def _percent(counted: Sequence[Counted]) -> str:
    pieces, exact, fuzzy = (sum(column) for column in zip(*counted, strict=True))
    return f"{pieces} | {exact / pieces:.0%} | {fuzzy / pieces:.0%}" if pieces else "0 | - | -"


if __name__ == "__main__":
    main()
