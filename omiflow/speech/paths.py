"""The ways through a template's sentences, with what they have in common taken together.

Which way the words of somebody take is decided in `placing`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from omiflow.speech.slots import Sentence, Slot

_Element = str | tuple[str, str]


@dataclass(eq=False, slots=True)
class Point:
    """A point in a template's sentences, with what may be said there.

    `runs` are words, by the first of them, `closed` slots that say themselves where they end, with their source, and
    `free` slots of words, by name; each with the point behind it. `ends` says that a sentence may be over here,
    `ahead` that something with a slot may follow, `wordless` that one may be over without another word of it, and
    `opens` that nothing can follow but an open slot.
    """

    ends: bool
    runs: dict[str, tuple[list[str], Point]] = field(default_factory=dict)
    closed: list[tuple[str, str, Point]] = field(default_factory=list)
    free: list[tuple[str, Point]] = field(default_factory=list)
    ahead: bool = False
    wordless: bool = False
    opens: bool = False


@dataclass(eq=False, slots=True)
class _Branch:
    ends: bool = False
    branches: dict[_Element, _Branch] = field(default_factory=dict)


def source(slot: Slot) -> str:
    """Name what a slot takes: empty for words, `list rooms`, `number`, `time`."""
    return f"list {slot.list}" if slot.list is not None else slot.typed or ""


def paths(sentences: Iterable[Sentence]) -> Point:
    """Give the beginning of all sentences; each is one way from there to an end, and equal ways on are one."""
    root = _Branch()
    for sentence in sentences:
        at = root
        for word in sentence:
            element = word if isinstance(word, str) else (word.name, source(word))
            at = at.branches.setdefault(element, _Branch())
        at.ends = True
    return _point(root, {})


def _point(branch: _Branch, known: dict[tuple[object, ...], Point]) -> Point:
    """Give the point for a branch: one of those known where the same can follow."""
    following = []
    for element, below in branch.branches.items():
        following.append((element, _point(below, known)))
    form = (branch.ends, *((element, id(point)) for element, point in following))
    point = known.get(form)
    if point is None:
        point = known[form] = Point(branch.ends)
        for element, after in following:
            if isinstance(element, str):
                point.runs[element] = _run(element, after)
            elif element[1]:
                point.closed.append((*element, after))
            else:
                point.free.append((element[0], after))
        slots = [after for _, _, after in point.closed] + [after for _, after in point.free]
        point.wordless = point.ends or any(after.wordless for after in slots)
        point.opens = not (point.ends or point.runs or point.closed) and all(
            after.ends and not (after.ahead or after.runs) for _, after in point.free
        )
        point.ahead = bool(point.closed or point.free) or any(after.ahead for _, after in point.runs.values())
    return point


def _run(word: str, after: Point) -> tuple[list[str], Point]:
    """Give a word with the words that must follow it, and the point behind them."""
    if after.ends or after.closed or after.free or len(after.runs) != 1:
        return [word], after
    ((words, end),) = after.runs.values()
    return [word, *words], end
