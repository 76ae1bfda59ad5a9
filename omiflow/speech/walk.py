"""What a walk along a line's words needs to know and finds.

Walking is the business of `scan` and `trying`.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from omiflow.speech.line import Line
from omiflow.speech.paths import Point, paths
from omiflow.speech.placing import Filled, Span
from omiflow.speech.senses import Senses
from omiflow.speech.template import PhraseTemplate


class Walk(NamedTuple):
    """How a line is walked: words from position `low` up to before `high`, those from `since` on being new.

    Fillers are `skipped`, but for those that somebody waits for. `final` says that nothing more will come, and `still`
    that nothing came for a while.
    """

    line: Line
    low: int
    since: int
    high: int
    skipped: frozenset[str]
    senses: Senses
    final: bool = False
    still: bool = False


class Effect:
    """The numbers of the phrases that are fulfilled when something is said."""

    __slots__ = ("phrases",)

    def __init__(self) -> None:
        self.phrases: dict[int, None] = {}


class Found(NamedTuple):
    """What was said, from the position `first` of the line to `last`.

    It is known when the line was read up to the first of `known`, and where the second is true, what stands behind it.
    """

    first: int
    last: int
    known: tuple[int, bool]
    effect: Effect
    filled: tuple[Filled, ...] = ()


class Slotted:
    """A template with slots, and what saying it does."""

    def __init__(self, template: PhraseTemplate, span: Span, *, fuzzy: bool) -> None:
        self.template = template
        self.span = span
        self.fuzzy = fuzzy
        self.effect = Effect()

    @cached_property
    def beginning(self) -> Point:
        """Give the ways through the template, which are made once it may have been said."""
        return paths(self.template.sentences)
