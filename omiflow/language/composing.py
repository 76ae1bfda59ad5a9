"""YAML's events become plain values with their spots, in one pass that never recurses.

Leaves the text of syntax errors to `syntax` and looking places up to `source`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from yaml import events

from omiflow.language.codes import SYNTAX
from omiflow.language.nearest import did_you_mean
from omiflow.language.places import Lines, Spot
from omiflow.language.scalars import YAML_TAG, Tag, resolve, tag_mistake, tagged
from omiflow.language.syntax import Fault
from omiflow.language.unquoted import quote
from omiflow.model import Problem

MOST_NODES = 100_000
DEEPEST = 64


@dataclass(slots=True, eq=False)
class _Open:
    """A collection whose end has not come yet; in a mapping, `key` waits for its value once `keyed` is set."""

    value: list[Any] | dict[str, Any]
    spot: Spot
    anchor: str | None
    nodes_before: int
    height: int = 1
    key: str | None = None
    key_spot: tuple[int, int] = (0, 0)
    keyed: bool = False
    merges: list[tuple[dict[str, Any], Spot]] = field(default_factory=list)
    doubly_braced: bool = False


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A value that has a name; `nodes` are all below it, it too, and `height` is how deep they go."""

    value: Any
    spot: Spot
    nodes: int
    height: int


class Composer:
    """One document on its way from events to a value; `problems` are the mistakes met so far.

    `quoted` is the text in quotes that was read last.
    """

    def __init__(self, lines: Lines, *, file: str, tags: frozenset[str]) -> None:
        self.value: Any = None
        self.spot = Spot(0, 0, "")
        self.quoted: Spot | None = None
        self.problems: list[Problem] = []
        self._lines = lines
        self._file = file
        self._tags = tags
        self._open: list[_Open] = []
        self._anchors: dict[str, _Anchored | _Open] = {}
        self._nodes = 0
        self._deepest = 0
        self._documents = 0

    @property
    def brackets(self) -> list[int]:
        """Give the offsets of each `[` and `{` that is still open, the innermost last."""
        text = self._lines.text
        found: list[int] = []
        for opened in self._open:
            start, style = opened.spot.start, opened.spot.style
            if style in ("[", "{"):
                start = text.find(style, start) if text[start] in "&!" else start
                found += [start] if text[start] == style else []
        return found

    def compose(self, stream: Iterable[Any]) -> None:
        """Read a stream of events up to its end, or up to a problem after which reading on makes no sense.

        Raises what the stream raises.
        """
        for event in stream:
            kind = type(event)
            if kind is events.ScalarEvent:
                self._scalar(event)
            elif kind is events.SequenceStartEvent or kind is events.MappingStartEvent:
                self._begin(event)
            elif kind is events.SequenceEndEvent or kind is events.MappingEndEvent:
                self._end(event)
            elif kind is events.AliasEvent:
                self._alias(event)
            elif kind is events.DocumentStartEvent:
                self._documents += 1
            refusal = self._refusal()
            if refusal is not None:
                start = event.start_mark.index
                self.problem(start, start + 1, refusal)
                return

    def _refusal(self) -> str | None:
        """Tell why the rest of the document is not read, if so."""
        if self._documents > 1:
            return "a second document begins here; one file holds one document"
        if self._deepest > DEEPEST:
            self.value = None
            return f"nested deeper than {DEEPEST} levels"
        if self._nodes > MOST_NODES:
            self.value = None
            return (
                f"the document has more than {MOST_NODES:,} values, those behind '*' counted each time; split the file"
            )
        return None

    def problem(self, start: int, end: int, message: str, *, hint: str | None = None) -> None:
        """Add a problem with a stretch of the text."""
        line, column, length = self._lines.place(start, end)
        self.problems.append(
            Problem(file=self._file, line=line, column=column, length=length, message=message, code=SYNTAX, hint=hint)
        )

    def stop(self, fault: Fault) -> None:
        """Forget what was read because of a syntax error, and the problems of its line, which came from it."""
        self.value = None
        line = self._lines.place(fault.start, fault.end).line
        self.problems = [problem for problem in self.problems if problem.line != line]
        self.problem(fault.start, fault.end, fault.message, hint=fault.hint)

    def _begin(self, event: Any) -> None:
        sequence = type(event) is events.SequenceStartEvent
        start = event.start_mark.index
        style = ("[" if sequence else "{") if event.flow_style else ("-" if sequence else ":")
        opened = _Open([] if sequence else {}, Spot(start, start + 1, style), event.anchor, self._nodes)
        self._nodes += 1
        self._open.append(opened)
        self._deepest = max(self._deepest, len(self._open))
        if event.anchor is not None:
            self._anchors[event.anchor] = opened
        if event.tag not in (None, "!", YAML_TAG + ("seq" if sequence else "map")):
            self.problem(start, start + 1, tag_mistake(event.tag, kinds=self._tags))

    def _end(self, event: Any) -> None:
        done = self._open.pop()
        spot = done.spot
        value: Any = done.value
        if spot.style in ("[", "{"):
            spot.end = event.end_mark.index
        if done.merges and isinstance(value, dict):
            _merge(value, spot, done.merges)
        if done.doubly_braced:
            value = self._template(spot)
        if done.anchor is not None and self._anchors.get(done.anchor) is done:
            self._anchors[done.anchor] = _Anchored(value, spot, self._nodes - done.nodes_before, done.height)
        self._add(value, spot, done.height)

    def _template(self, spot: Spot) -> str:
        """Take `{{ … }}`, which YAML reads as a mapping in a mapping, for the text that was meant."""
        text = self._lines.text[spot.start : spot.end]
        self.problem(spot.start, spot.end, "a template was not quoted", hint=f"quote this template: {quote(text)}")
        spot.style = "*"
        spot.fields = {}
        return text

    def _scalar(self, event: Any) -> None:
        style = event.style or ""
        start = event.start_mark.index
        spot = Spot(start, event.end_mark.index, style)
        self._nodes += 1
        if style in ("'", '"'):
            self.quoted = spot
        value: Any
        if event.tag is None:
            value = event.value if style else resolve(event.value)
        else:
            value, mistake = tagged(event.value, event.tag, kinds=self._tags)
            if mistake is not None:
                self.problem(start, spot.end, mistake)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(value, spot, 1, 0)
        self._add(value, spot, 0)

    def _alias(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        name = event.anchor
        known = self._anchors.get(name)
        spot = Spot(start, end, "*")
        if isinstance(known, _Anchored):
            self._nodes += known.nodes
            spot.items, spot.fields = known.spot.items, known.spot.fields
            self._deepest = max(self._deepest, len(self._open) + known.height)
            self._add(known.value, spot, known.height)
            return
        self._nodes += 1
        value = None
        if isinstance(known, _Open):
            self.problem(start, end, f"'*{name}' refers to the value that it stands in; a document can't hold itself")
        else:
            wanted = did_you_mean(name, self._anchors) or "; quote text that begins with '*'"
            self.problem(start, end, f"no anchor '&{name}' above{wanted}")
            value = f"*{name}"
        self._add(value, spot, 0)

    def _add(self, value: Any, spot: Spot, height: int) -> None:
        """Put a finished value where it belongs."""
        if not self._open:
            self.value, self.spot = value, spot
            return
        parent = self._open[-1]
        parent.spot.end = spot.end
        parent.height = max(parent.height, height + 1)
        if isinstance(parent.value, list):
            parent.value.append(value)
            parent.spot.items.append(spot)
        elif not parent.keyed:
            parent.key = self._key(value, spot, parent)
            parent.key_spot = spot.start, spot.end
            parent.keyed = True
        else:
            parent.keyed = False
            if parent.key == "<<" and self._lines.text[parent.key_spot[0]] == "<":
                self._merging(value, spot, parent)
            elif parent.key is not None:
                spot.key = parent.key_spot
                parent.value[parent.key] = value
                parent.spot.fields[parent.key] = spot

    def _key(self, value: Any, spot: Spot, parent: _Open) -> str | None:
        """Give a key as text, None when its value can't be kept."""
        if isinstance(value, str):
            key = value
        elif isinstance(value, dict | list | Tag):
            if spot.style == "{" and spot.start == parent.spot.start + 1 and parent.spot.style == "{":
                parent.doubly_braced = True
            elif spot.style != "*":
                self.problem(spot.start, spot.end, "keys are text, not lists or mappings; quote it if it is text")
            return None
        else:
            key = self._lines.text[spot.start : spot.end]
            if not key:
                self.problem(spot.start, spot.end, "a key is missing before ':'")
                return None
            self.problem(spot.start, spot.end, f"keys are text; quote it: {quote(key)}")
        first = parent.spot.fields.get(key)
        if first is not None and first.key is not None:
            line = self._lines.number(first.key[0])
            self.problem(spot.start, spot.end, f"key '{key}' is given twice; it is first on line {line}")
            return None
        return key

    def _merging(self, value: Any, spot: Spot, parent: _Open) -> None:
        """Remember what `<<` brings into a mapping."""
        if parent.merges:
            self.problem(*parent.key_spot, "'<<' is given twice; give it one list: '<<: [*a, *b]'")
        pairs = zip(value, spot.items, strict=True) if isinstance(value, list) else [(value, spot)]
        for one, its_spot in pairs:
            if isinstance(one, dict):
                parent.merges.append((one, its_spot))
            elif its_spot.style != "*" or one not in (None, self._lines.text[its_spot.start : its_spot.end]):
                self.problem(
                    its_spot.start, its_spot.end, "'<<' takes a mapping or a list of mappings; such as '<<: *name'"
                )


def _merge(value: dict[str, Any], spot: Spot, merges: list[tuple[dict[str, Any], Spot]]) -> None:
    """Put merged keys before a mapping's own, which win; among the merged, earlier ones win."""
    merged: dict[str, Any] = {}
    spots: dict[str, Spot] = {}
    for other, its_spot in merges:
        for key, one in other.items():
            if key not in merged:
                merged[key], spots[key] = one, its_spot.fields[key]
    merged.update(value)
    spots.update(spot.fields)
    value.clear()
    value.update(merged)
    spot.fields.clear()
    spot.fields.update(spots)
