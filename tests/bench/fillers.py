"""How many finds of forty common phrases come back when filler words are skipped; prints a Markdown table.

It wants a corpus of recorded requests: a file or a folder named by OMIFLOW_CORPUS, or `shared/corpus` beside the
repository.
"""

from __future__ import annotations

import runpy
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from omiflow.model import Segment
from omiflow.omi.recorded import read_recorded
from omiflow.speech.fillers import FILLERS
from omiflow.speech.phrases import Phrase, PhraseIndex
from omiflow.speech.senses import Listener
from omiflow.speech.stream import Stream

COMMON = runpy.run_path(str(Path(__file__).parents[1] / "corpus" / "common_phrases.py"))


def main() -> None:
    if not COMMON["CORPUS"].exists():
        sys.exit("there is no corpus of recorded requests; name one by OMIFLOW_CORPUS")
    meetings = COMMON["meetings"](read_recorded(COMMON["CORPUS"]))
    with_fillers, without = counted(meetings, frozenset()), counted(meetings, FILLERS)
    words = [word for meeting in meetings for segment in meeting for word in segment.text.lower().split()]
    fillers = sum(word.strip(".,?!") in FILLERS for word in words)
    print(
        f"{len(meetings)} meetings, {len(words):,} words, {fillers:,} of them fillers ({fillers / len(words):.1%}).\n"
    )
    print("| phrase | fillers not skipped | fillers skipped | more |")
    print("|---|---:|---:|---:|")
    for phrase in sorted(COMMON["PHRASES"], key=lambda phrase: with_fillers[phrase] - without[phrase]):
        print(row(f"`{phrase}`".replace("|", "\\|"), with_fillers[phrase], without[phrase]))
    print(row("**all**", with_fillers.total(), without.total()))


def counted(meetings: Iterable[list[Segment]], fillers: frozenset[str]) -> Counter[str]:
    """Count what is found of each phrase when these fillers are skipped; each meeting is one call."""
    index = PhraseIndex([Phrase(template=text, owner=text, rule=text) for text in COMMON["PHRASES"]], COMMON["LISTS"])
    found: Counter[str] = Counter()
    for segments in meetings:
        stream = Stream()
        stream.take(segments, at=0.0)
        heard = index.hear(stream, Listener(fillers=fillers))
        hushed = index.hush(stream, Listener(now=3.0, fillers=fillers))
        found.update(hit.phrase for hit in (*heard.hits, *hushed.hits))
    return found


def row(name: str, before: int, after: int) -> str:
    more = f"{after / before - 1:+.0%}" if before else "–"
    return f"| {name} | {before} | {after} | {more} |"


if __name__ == "__main__":
    main()
