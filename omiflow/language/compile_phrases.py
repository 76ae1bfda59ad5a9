"""Phrases as written: their mistakes, their slots, and the lists that they name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from omiflow.language.codes import BAD_PHRASE, SIGN_IN_PHRASE, UNKNOWN_LIST, UNSAYABLE
from omiflow.language.nearest import did_you_mean
from omiflow.language.telling import Loc
from omiflow.language.writing import Writing
from omiflow.speech.template import PhraseProblem, read_phrase

_SIGNS = re.compile(r"\.[*+]|(?<!\S)\*(?!\S)|(?<=[^\W\d])\*(?![\w*])|\\[bdswBDSW]|<\w+>|^\^|(?<=\w)\$$")
"""Wildcards, and what only patterns and placeholders of other systems have."""


@dataclass(frozen=True)
class Phrases:
    """Phrases that were looked through: their texts, and the names of their slots."""

    texts: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()


def compile_phrases(writing: Writing, written: Sequence[str], loc: Loc) -> Phrases:
    """Look through a list of phrases that stands at `loc`."""
    slots: dict[str, None] = {}
    lists: dict[str, None] = {}
    for number, phrase in enumerate(written):
        place = (*loc, number)
        hint = writing.source.cut(place)
        if hint is not None:
            writing.wrong(place, "a comment begins inside this phrase", code=BAD_PHRASE, hint=hint)
            continue
        try:
            form = read_phrase(phrase)
        except PhraseProblem as problem:
            writing.wrong_inside(place, problem.offset, str(problem), code=BAD_PHRASE)
            continue
        _doubt_signs(writing, phrase, place)
        for slot in form.slots:
            slots[slot.name] = None
            if slot.list is None:
                continue
            offset = phrase.find(slot.list, slot.offset + len(slot.name))
            if not writing.knows_list(slot.list):
                message = f"unknown list '{slot.list}'{did_you_mean(slot.list, list(writing.lists))}"
                writing.wrong_inside(place, offset, message, code=UNKNOWN_LIST, length=len(slot.list))
            elif slot.list in writing.lists and slot.list not in lists:
                _doubt(writing, slot.list, place, offset)
            lists[slot.list] = None
    writing.lists_used.update(lists)
    return Phrases(tuple(written), tuple(slots))


def _doubt_signs(writing: Writing, phrase: str, place: Loc) -> None:
    """Warn of wildcards and patterns, which count as punctuation."""
    sign = _SIGNS.search(phrase)
    if sign is not None:
        name = sign[0].strip("<>")
        message = (
            f"'{sign[0]}' is the word '{name}' in a phrase; a slot has braces: '{{{name.lower()}}}'"
            if sign[0].startswith("<")
            else f"'{sign[0]}' stands for nothing in a phrase; a slot such as '{{words}}' takes any words"
        )
        writing.wrong_inside(place, sign.start(), message, code=SIGN_IN_PHRASE, length=len(sign[0]), severity="warning")


def _doubt(writing: Writing, name: str, place: Loc, offset: int) -> None:
    """Warn of a list whose entries a slot can't take."""
    doubt = writing.lists.doubt(name)
    if doubt is not None:
        writing.wrong_inside(place, offset, doubt, code=UNSAYABLE, length=len(name), severity="warning")
