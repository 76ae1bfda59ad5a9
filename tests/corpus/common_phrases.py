"""Forty phrases of everyday meetings, and the segments of a corpus of recorded requests to look for them in.

The corpus is a file or a folder named by OMIFLOW_CORPUS, or `shared/corpus` beside the repository.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from omiflow.model import Segment
from omiflow.omi.recorded import Recorded
from omiflow.speech.lists import entries

CORPUS = Path(os.environ.get("OMIFLOW_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
PHRASES = (
    "I think",
    "I think (it's|we|that)",
    "I don't (know|think)",
    "do you know",
    "you know what I mean",
    "what do you think [about {topic}]",
    "any (questions|ideas|comments)",
    "let's [just] (go|move|have a look)",
    "we have to {task}",
    "we need [to] {need}",
    "we should {task}",
    "you have to {task}",
    "it has to be {quality}",
    "it should be {quality}",
    "if you {condition} then",
    "a lot of",
    "some kind of {thing}",
    "kind of",
    "or something [like that]",
    "of course",
    "at the moment",
    "the next (meeting|step|thing)",
    "the [most] important thing",
    "on the other hand",
    "for example {example}",
    "make sure [that] {what}",
    "how (much|many)",
    "is that (okay|right|possible)",
    "that's a good (idea|point|question)",
    "I (agree|disagree)",
    "so the {subject} is",
    "the {thing:list things} is",
    "{number:list numbers} (minutes|buttons|colours|people)",
    "with {thing:list things} [on {place}]",
    "a {size:list sizes} {thing}",
    "yeah I {verb}",
    "and then [you] {next}",
    "in the (end|middle|beginning)",
    "going to be {what}",
    "want to {wish} it",
)
LISTS = {
    "things": entries(
        ["the remote", "remote", {"say": ["remote control", "a remote control"], "value": "remote"}, "screen"]
    ),
    "numbers": entries(["two", "three", "four", "five", "ten", "twenty", "twenty five", "forty"]),
    "sizes": entries(["little", "little bit", "big", "small", "very small"]),
}


def meetings(requests: Iterable[Recorded]) -> list[list[Segment]]:
    """Give the segments of each meeting: a user's speech up to the finished conversation."""
    done: list[list[Segment]] = []
    going: dict[str, list[Segment]] = {}
    for request in requests:
        uid, body = request.query.get("uid", ""), json.loads(request.body or b"null")
        if request.event == "realtime_transcript":
            segments = body["segments"] if isinstance(body, dict) else body
            going.setdefault(uid, []).extend(msgspec.convert(segments, list[Segment]))
        elif request.event == "memory_created" and going.get(uid):
            done.append(going.pop(uid))
    return done
