"""The ways through a template's sentences, with what they have in common taken together.

Which way the words of somebody take is decided in `placing`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from omiflow.speech.slots import Sentence

_Element = str | tuple[str, str | None]


@dataclass(eq=False, slots=True)
class Point:
    """A point in a template's sentences, with what may be said there.

    `runs` are words, by the first of them, `lists` slots of lists and `free` slots of words, by name; each with the
    point behind it. `ends` says that a sentence may be over here.
    """

    ends: bool
    runs: dict[str, tuple[list[str], Point]] = field(default_factory=dict)
    lists: list[tuple[str, str, Point]] = field(default_factory=list)
    free: list[tuple[str, Point]] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class _Branch:
    ends: bool = False
    branches: dict[_Element, _Branch] = field(default_factory=dict)


def paths(sentences: Iterable[Sentence]) -> Point:
    """Give the beginning of all sentences; each is one way from there to an end, and equal ways on are one."""
    root = _Branch()
    for sentence in sentences:
        at = root
        for word in sentence:
            element = word if isinstance(word, str) else (word.name, word.list)
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
            elif element[1] is None:
                point.free.append((element[0], after))
            else:
                point.lists.append((element[0], element[1], after))
    return point


def _run(word: str, after: Point) -> tuple[list[str], Point]:
    """Give a word with the words that must follow it, and the point behind them."""
    if after.ends or after.lists or after.free or len(after.runs) != 1:
        return [word], after
    ((words, end),) = after.runs.values()
    return [word, *words], end
