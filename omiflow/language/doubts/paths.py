"""Conditions that look where the payload of their triggers has nothing."""

from __future__ import annotations

from omiflow.engine.conditions import ActionItems, PathCondition
from omiflow.engine.jsonpath import Below, Items, Path
from omiflow.engine.said import PhrasesCondition
from omiflow.language.codes import NEVER_THERE, UNKNOWN_FIELD
from omiflow.language.doubts.doubting import Doubting, joined
from omiflow.language.doubts.missing_fields import ALIKE, Missing, missing
from omiflow.language.doubts.payload_fields import SPOKEN, SUMMARISED, PayloadShape, Seen, has_summary
from omiflow.language.nearest import nearest
from omiflow.language.telling import Loc

_WHERE = {
    "transcript": ("a transcript", "one", sorted(SPOKEN)),
    "title": ("a title", "one", SUMMARISED),
    "overview": ("an overview", "one", SUMMARISED),
    "all": ("words", "some", sorted({*SPOKEN, *SUMMARISED})),
}
"""What the places of a `phrases` condition are called, and the events that have them."""


def doubt_paths(doubting: Doubting) -> None:
    """Warn of conditions on what none of the rule's triggers has."""
    for condition in doubting.conditions():
        if isinstance(condition, PathCondition):
            _path(doubting, condition.jsonpath, (*doubting.loc_of(condition.path), "path"))
        elif isinstance(condition, ActionItems):
            _action_items(doubting, condition)
        elif isinstance(condition, PhrasesCondition):
            _phrases(doubting, condition)


def found_at(doubting: Doubting, path: Path) -> Seen | None:
    """Give what a path finds in the payloads of the rule's triggers, None where nothing is known of it."""
    found = _followed(doubting, path)
    return found if isinstance(found, Seen) else None


def _path(doubting: Doubting, path: Path, loc: Loc) -> None:
    found = _followed(doubting, path)
    if isinstance(found, Missing):
        doubting.warn_inside(loc, found.name, found.message, code=found.code)


def _followed(doubting: Doubting, path: Path) -> Seen | Missing | None:
    """Follow a path through the payloads as far as they are known."""
    seen: Seen | None = doubting.payload("$")
    for link in path.route:
        if seen is None or seen.free or link is None:
            return None
        if isinstance(link, Below):
            return _anywhere(seen, link.name)
        if isinstance(link, Items):
            seen = seen.item
            for read in link.reads if seen is not None else ():
                wrong = _read_of_item(doubting, seen, read)
                if wrong is not None:
                    return wrong
            continue
        wrong = missing(seen, link, doubting.senders)
        if wrong is not None:
            return wrong
        seen = seen.below(link, f"{seen.says}.{link}")
    return seen


def _read_of_item(doubting: Doubting, seen: Seen | None, read: tuple[str, ...]) -> Missing | None:
    for name in read:
        if seen is None:
            return None
        wrong = missing(seen, name, doubting.senders)
        if wrong is not None:
            return wrong
        seen = seen.below(name, f"{seen.says}.{name}")
    return None


def _anywhere(seen: Seen, name: str) -> Missing | None:
    """Look for a name anywhere below; what is free can have it."""
    names: dict[str, None] = {}
    waiting: list[PayloadShape] = list(seen.shapes)
    while waiting:
        shape = waiting.pop()
        if name in shape.fields:
            return None
        names.update(dict.fromkeys(shape.fields))
        waiting += shape.fields.values()
        waiting += [shape.item] if shape.item is not None else []
    guess = nearest(name, list(names), alike=ALIKE)
    if guess is None:
        return None
    return Missing(name, f"nothing below '{seen.says}' is called '{name}'; did you mean '{guess}'?", UNKNOWN_FIELD)


def _action_items(doubting: Doubting, condition: ActionItems) -> None:
    if not any(has_summary(event) for event in doubting.events):
        message = f"{doubting.said_events} never has action items; {joined(SUMMARISED)} have them"
        loc = (*doubting.loc_of(condition.path), "action_items")
        doubting.warn(loc, message, code=NEVER_THERE, of_key=True)


def _phrases(doubting: Doubting, condition: PhrasesCondition) -> None:
    loc = doubting.loc_of(condition.path)
    if isinstance(condition.where, Path):
        _path(doubting, condition.where, (*loc, "in"))
        return
    spoken = condition.where in ("transcript", "all") and not SPOKEN.isdisjoint(doubting.events)
    summed_up = condition.where != "transcript" and any(has_summary(event) for event in doubting.events)
    if spoken or summed_up:
        return
    written = doubting.written(loc)
    of_key = not isinstance(written, dict) or "in" not in written
    what, of_it, having = _WHERE[condition.where]
    message = f"{doubting.said_events} never has {what}; {joined(having)} have {of_it}"
    doubting.warn((*loc, "phrases" if of_key else "in"), message, code=NEVER_THERE, of_key=of_key)
