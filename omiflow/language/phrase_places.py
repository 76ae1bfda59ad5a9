"""Where the phrases of a trigger stand in a rule file, for whoever adds one.

What is added is decided elsewhere.
"""

from __future__ import annotations

from typing import NamedTuple

from omiflow.language.rule_file import read_rule_file


class PhrasesPlace(NamedTuple):
    """The line of `phrases:`, counted from 1, and the indentation of its items; None for a list in brackets."""

    line: int
    indent: int | None


def phrases_place(text: str, *, file: str, rule: str, trigger: int) -> PhrasesPlace:
    """Find the phrases of a rule's trigger, by its number, in the text of a good rule file."""
    source = read_rule_file(text, file=file)
    number = next(at for at, written in enumerate(source.value["rules"]) if written.get("id") == rule)
    loc = ("rules", number, "triggers", trigger, "phrases")
    key = source.place(loc, of_key=True)
    first = source.text.splitlines()[source.line((*loc, 0)) - 1]
    item = first.lstrip(" ")
    below = source.is_block(loc) and source.line((*loc, 0)) > key.line and item.startswith("- ")
    return PhrasesPlace(key.line, len(first) - len(item) if below else None)
