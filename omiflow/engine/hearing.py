"""What an event says that its user's stream did not say before: fresh segments, and phrases of rules.

Finding phrases is the business of `speech`, what rules make of them, of `match`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, cast

from omiflow.engine.index import Place, RuleSet
from omiflow.engine.surroundings import Surroundings
from omiflow.model import SPEECH, Event, Mark, Segment
from omiflow.speech.fillers import fillers_of
from omiflow.speech.phrases import Hit
from omiflow.speech.senses import Listener
from omiflow.speech.stream import Stream

MOST_HITS = 500
"""The most occurrences of phrases that one event can set off, the first ones; nobody says more in one breath."""
FINISHED = "memory_created"


@dataclass(frozen=True)
class Heard:
    """The segments of an event that are new to its user's stream, and the phrases said in it.

    `marks` are what the phrases leave on the words; `stream` is the user's, decided. `silence` is how
    long nobody had spoken before, in seconds: 0 for what is no speech, infinity when nothing was ever heard.
    """

    fresh: Sequence[Segment]
    hits: tuple[Hit, ...]
    stream: Stream
    marks: tuple[Mark, ...] = ()
    silence: float = 0.0


def hear(rules: RuleSet, event: Event, stream: Stream | None, *, surroundings: Surroundings) -> Heard:
    """Find what is said in this event; `stream` is what the user said before, and takes the event in."""
    said = Stream() if stream is None else stream
    listener = listener_for(event, surroundings, now=event.received)
    serves = _serving(rules, event)
    spoken = rules.spoken.get(event.name)
    if event.name != SPEECH:
        hits = spoken.find(event.segments, listener, serves) if spoken is not None else []
        if finishes_session(event, surroundings):
            said.end(event.at)
        return Heard(event.segments, tuple(hits[:MOST_HITS]), said)
    before = said.heard_at
    fresh = said.take(event.segments, at=event.received, event_id=event.id)
    if fresh is None:
        return Heard((), (), said)
    silence = _silence(before, said.heard_at)
    if spoken is None:
        said.settle()
        return Heard(fresh, (), said, silence=silence)
    hearing = spoken.hear(said, listener, serves)
    return Heard(fresh, tuple(hearing.hits[:MOST_HITS]), said, tuple(hearing.marks), silence=silence)


def hush(rules: RuleSet, event: Event, stream: Stream, *, surroundings: Surroundings, now: float) -> Heard:
    """Find what the clock ends in a stream, when nothing has followed the user's last words, which `event` brought."""
    spoken = rules.spoken.get(SPEECH)
    if spoken is None:
        stream.settle()
        return Heard((), (), stream)
    hearing = spoken.hush(stream, listener_for(event, surroundings, now=now), _serving(rules, event))
    return Heard((), tuple(hearing.hits[:MOST_HITS]), stream, tuple(hearing.marks))


def listener_for(event: Event, surroundings: Surroundings, *, now: float) -> Listener:
    """Give for whom the phrases of an event are heard: in the language that Omi names, else the user's."""
    person = surroundings.person(event.uid)
    named = event.body.get("language") if isinstance(event.body, dict) else None
    language = named if isinstance(named, str) and named else person.language
    fillers = fillers_of(language, surroundings.fillers)
    return Listener(now=now, zone=person.zone, language=language or "en", fillers=fillers)


def finishes_session(event: Event, surroundings: Surroundings) -> bool:
    """Say whether an event tells of a conversation that is over just now: not late, nor imported by the app itself."""
    if event.name != FINISHED or event.late or not isinstance(event.body, dict):
        return False
    own = surroundings.apps[event.app].omi_app_id
    return not (own and event.body.get("app_id") == own)


def _silence(before: float | None, heard_at: float | None) -> float:
    """Give how long nobody had spoken before the words that were added, 0 where there are none."""
    if heard_at is None or heard_at == before:
        return 0.0
    return inf if before is None else heard_at - before


def _serving(rules: RuleSet, event: Event) -> Callable[[Hashable], bool] | None:
    if not rules.choosy:
        return None

    def serves(owner: Hashable) -> bool:
        place: Any = owner
        rule = rules.rules[cast("Place", place)[0]]
        return (rule.apps is None or event.app in rule.apps) and (rule.users is None or event.uid in rule.users)

    return serves
