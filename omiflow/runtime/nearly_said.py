"""What users said that nearly was a phrase of a rule, found event by event; each place of their words counts once.

When that is done, and where it is kept, is the business of `near_misses`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from omiflow.engine.hearing import listener_for
from omiflow.engine.index import RuleSet
from omiflow.engine.rules import Rule, Trigger
from omiflow.engine.surroundings import Surroundings
from omiflow.model import SPEECH, Event, Mark
from omiflow.speech.fillers import FILLERS
from omiflow.speech.fuzzy import written
from omiflow.speech.line import Line
from omiflow.speech.marks import NONE
from omiflow.speech.near import Around, NearPhrases, Place, Sought, apart
from omiflow.speech.packed import packed, unpacked
from omiflow.speech.piece import Piece
from omiflow.speech.stream import DELAY, LONGEST_KEPT, SILENCE, Stream
from omiflow.speech.template import read_phrase
from omiflow.store.near_misses import NearMiss

MOST_USERS = 200
RESTS_AFTER = 30.0
"""How long a user says nothing before their stream is packed, in seconds: it takes 50 kB while they talk, then 4."""
STRETCH = 20
"""How many words are looked at between two moments in which others may go on."""

Owner = tuple[Rule, Trigger]


class Wanted:
    """The phrases of all rules that listen to speech."""

    def __init__(self, rules: RuleSet, fillers: frozenset[str]) -> None:
        """Take in the phrases of rules that are not disabled; `fillers` are all that any listener skips."""
        self.owners: dict[Sought, list[Owner]] = {}
        self.of_rule: dict[str, list[Sought]] = {}
        self._own: dict[Sought, frozenset[str]] = {}
        alike: dict[frozenset[str], list[Sought]] = {}
        for rule in rules.rules:
            for trigger in rule.triggers if rule.enabled else ():
                for phrase in trigger.phrases if trigger.event == SPEECH else ():
                    sought = Sought(phrase, trigger.fuzzy)
                    if sought not in self.owners:
                        words = {
                            word for sentence in read_phrase(phrase).sentences for word in sentence if word in fillers
                        }
                        own = self._own[sought] = frozenset(map(str, words))
                        alike.setdefault(own, []).append(sought)
                    self.owners.setdefault(sought, []).append((rule, trigger))
                    self.of_rule.setdefault(rule.id, []).append(sought)
        self._looking = {
            own: NearPhrases(
                (one.template for one in those if not one.fuzzy), (one.template for one in those if one.fuzzy)
            )
            for own, those in alike.items()
        }
        self.longest = max((one.longest for one in self._looking.values()), default=0)
        goes_on = max((trigger.within for those in self.owners.values() for _, trigger in those), default=0.0)
        self.ripens = min(goes_on + DELAY, SILENCE)
        """How long after a user's last words, in seconds, more words may still make them a phrase."""

    def around(self, line: Line, low: int, high: int, fillers: frozenset[str]) -> Around:
        """Find phrases, and what is nearly one, in a part of a line; places are those of the line."""
        found = Around({}, {})
        for own, phrases in self._looking.items():
            kept = [at for at in range(low, high) if line.words[at] not in fillers or line.words[at] in own]
            heard, near = phrases.around([line.words[at] for at in kept])
            found.heard.update((sought, _placed(places, kept)) for sought, places in heard.items())
            found.near.update((sought, _placed(places, kept)) for sought, places in near.items())
        return found

    def said(self, sought: Sought, words: Sequence[str], fillers: frozenset[str]) -> str:
        """Write words that are nearly a phrase, without the fillers that it does not have itself."""
        own = self._own[sought]
        return written([word for word in words if word not in fillers or word in own])


@dataclass
class _Speaker:
    """A user of an app: what they said, which events brought its segments, and what fillers they have."""

    app: str
    uid: str
    stream: Stream = field(default_factory=Stream)
    brought: dict[str, str] = field(default_factory=dict)
    fillers: frozenset[str] = FILLERS

    @property
    def heard_at(self) -> float:
        """Give when words of theirs last came."""
        return self.stream.heard_at or 0.0


class _Resting(NamedTuple):
    """A user whose words are all looked at, in little room; `brought` has the event of each segment."""

    heard_at: float
    stream: bytes
    brought: tuple[str, ...]

    @classmethod
    def of(cls, speaker: _Speaker) -> _Resting:
        return cls(speaker.heard_at, packed(speaker.stream), tuple(speaker.brought.values()))

    def roused(self, app: str, uid: str) -> _Speaker:
        stream = unpacked(self.stream)
        return _Speaker(app, uid, stream, dict(zip(stream.known, self.brought, strict=True)))


class NearlySaid:
    """Finds near misses; words that may still become a phrase are looked at when more were said, or nothing was."""

    def __init__(self, rules: RuleSet, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self._speakers: OrderedDict[tuple[str, str], _Speaker] = OrderedDict()
        self._resting: OrderedDict[tuple[str, str], _Resting] = OrderedDict()
        self._waiting: dict[tuple[str, str], None] = {}
        self.serve(rules)

    @property
    def waits(self) -> bool:
        """Tell whether words were said that may still become a phrase."""
        return bool(self._waiting)

    def serve(self, rules: RuleSet) -> None:
        """Look for the phrases of other rules from now on."""
        self._wanted = Wanted(rules, FILLERS.union(*self.surroundings.fillers.values()))

    def take(self, event: Event, heard: Iterable[Mark] = ()) -> None:
        """Take in an event of speech, with the words in which rules have heard a phrase when it came."""
        if event.uid is None or event.app not in self.surroundings.apps:
            return
        key = (event.app, event.uid)
        resting = self._resting.pop(key, None)
        speaker = self._speakers.pop(key, None) or (resting.roused(*key) if resting else _Speaker(*key))
        self._speakers[key] = speaker
        self._waiting[key] = None
        speaker.fillers = listener_for(event, self.surroundings, now=event.received).fillers
        speaker.stream.take(event.segments, at=event.received, event_id=event.id)
        speaker.stream.mark(heard)
        known = speaker.stream.known
        speaker.brought = {key: speaker.brought.get(key, event.id) for key in known}

    def look(self, *, until: float) -> Iterator[list[NearMiss]]:
        """Yield what is found in words that are new, a few of them at a time; `until` is up to when all was taken in.

        Of the users, those who were heard last are remembered; those who say nothing now rest in little room.
        """
        for key in list(self._waiting):
            speaker = self._speakers[key]
            yield from self._looked(speaker, until)
            if not any(line.decided < len(line.words) for line in speaker.stream.lines.values()):
                del self._waiting[key]
        for key, resting in list(self._resting.items()):
            if len(self._speakers) + len(self._resting) <= MOST_USERS and resting.heard_at > until - LONGEST_KEPT:
                break
            del self._resting[key]
        for key, speaker in list(self._speakers.items()):
            if len(self._speakers) > MOST_USERS:
                yield from self._looked(speaker, float("inf"))
                self._waiting.pop(key, None)
            elif key in self._waiting or speaker.heard_at > until - RESTS_AFTER:
                break
            else:
                self._resting[key] = _Resting.of(speaker)
                yield []
            del self._speakers[key]

    def _looked(self, speaker: _Speaker, until: float) -> Iterator[list[NearMiss]]:
        for line in speaker.stream.past:
            yield from self._line(speaker, line, still=True)
        speaker.stream.forget_past()
        for line in speaker.stream.lines.values():
            yield from self._line(speaker, line, still=until - line.arrived >= self._wanted.ripens)
            line.shorten(speaker.stream.known)

    def _line(self, speaker: _Speaker, line: Line, *, still: bool) -> Iterator[list[NearMiss]]:
        """Look at the words of a line that may no longer become a phrase, and take them for decided."""
        longest, high = self._wanted.longest, len(line.words)
        ripe = high if still else high - longest
        while line.decided < ripe:
            end = min(line.decided + STRETCH, ripe)
            low = max(0, line.decided - 2 * longest)
            around = self._wanted.around(line, low, min(high, end + longest), speaker.fillers)
            yield self._counted(speaker, line, around, range(line.decided, end))
            line.decided = end

    def _counted(self, speaker: _Speaker, line: Line, around: Around, lasts: range) -> list[NearMiss]:
        """Give what counts: whose last word is one of `lasts`, and which no rule's own phrase overlaps."""
        misses: list[NearMiss] = []
        for sought, places in around.near.items():
            for rule, trigger in self._wanted.owners[sought]:
                if not _serves(rule, trigger, speaker, line):
                    continue
                name = f"{rule.id}\n{sought.template}"
                heard = [place for own in self._wanted.of_rule[rule.id] for place in around.heard.get(own, ())]
                for place in apart(places, heard):
                    first, last = place.first, place.end - 1
                    in_time = line.ends(last) - line.begins(first) <= trigger.within
                    if last in lasts and in_time and _is_new(speaker, line.spans(first, last), rule, name):
                        misses.append(self._miss(speaker, line, (rule, sought), place))
        return misses

    def _miss(self, speaker: _Speaker, line: Line, missed: tuple[Rule, Sought], place: Place) -> NearMiss:
        rule, sought = missed
        piece, _ = line.at(place.end - 1)
        known = speaker.stream.known.get(piece.key)
        return NearMiss(
            rule=rule.id,
            phrase=sought.template,
            said=self._wanted.said(sought, line.words[place.first : place.end], speaker.fillers),
            edits=place.edits,
            at=line.arrived if known is None else known.at,
            app=speaker.app,
            uid=speaker.uid,
            event_id=speaker.brought.get(piece.key, line.event_id),
        )


def _is_new(speaker: _Speaker, spans: Sequence[tuple[Piece, int, int]], rule: Rule, name: str) -> bool:
    """Say whether words were neither counted nor heard by the rule yet, not even before they were corrected or moved.

    From now on they are counted.
    """
    marks = speaker.stream.marks
    if any(marks.get(piece.key, NONE).on(by, begun, end) for piece, begun, end in spans for by in (rule.id, name)):
        return False
    made = [Mark(rule=name, segment=piece.key, first=begun, last=end) for piece, begun, end in spans]
    speaker.stream.mark(made)
    return True


def _serves(rule: Rule, trigger: Trigger, speaker: _Speaker, line: Line) -> bool:
    return (
        trigger.speaker != ("other" if line.is_user else "user")
        and (rule.apps is None or speaker.app in rule.apps)
        and (rule.users is None or speaker.uid in rule.users)
    )


def _placed(places: list[Place], kept: list[int]) -> list[Place]:
    return [Place(one.edits, kept[one.first], kept[one.end - 1] + 1) for one in places]
