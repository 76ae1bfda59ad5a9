"""Read a sentence template and say which sentences it stands for.

Optional parts and alternatives follow hassil's form, `hey omi [what do you] (think|say)`; brackets may touch letters,
as in `light[s]`. Slots take whole words, as in `remind me to {task}`, an entry of a list, `{room:list rooms}`, or what
is said of a type, `{amount:number}` and `{when:time}`.
Looking for the sentences in speech is the phrase index's part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal

from omiflow.speech.slots import OneOf, Sentence, Sequence, Slot, Writing, compared, touches
from omiflow.speech.words import normalised

MOST_WORDS = 200
MOST_SLOTS = 20
MOST_NESTING = 16
MOST_VARIANTS = 5000
MOST_REMEMBERED = 50_000

_CLOSES = {"[": "]", "(": ")"}
_TYPES: Mapping[str, Literal["number", "time"]] = {"number": "number", "time": "time"}
_KINDS = ("list", *_TYPES)
_OTHER_WORDS = {"date": "time", "datetime": "time", "int": "number", "integer": "number", "float": "number"}
_IN_THE_LIST = "put the plural or another ending into the list, such as 'say: [gift card, gift cards]'"
_SLOT = re.compile(r"\{([^{}]*)\}")
_SLOT_NAME = re.compile(r"[a-z_][a-z0-9_]*")


class PhraseProblem(ValueError):
    """A phrase can't be understood; `offset` is the place in it, in characters."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class PhraseTemplate:
    """A phrase that was understood.

    `text` is how it was written, `sentences` are those it stands for, each once, and `slots` its slots in order; one
    name may be there several times, in different sentences.
    """

    text: str
    sentences: tuple[Sentence, ...]
    slots: tuple[Slot, ...]


@lru_cache(maxsize=MOST_REMEMBERED)
def read_phrase(text: str) -> PhraseTemplate:
    """Read a template; remembered, as a reload asks for all again.

    Raise PhraseProblem where it can't be understood, and when it stands for more than 5,000 sentences, counted before
    equal ones are taken together.
    """
    reader = _Reader(text)
    sequence = reader.sequence(depth=0)
    if reader.words + len(reader.slots) > MOST_WORDS:
        raise PhraseProblem(f"this phrase has {reader.words + len(reader.slots)} words; {MOST_WORDS} are the most", 0)
    if len(reader.slots) > MOST_SLOTS:
        raise PhraseProblem(f"this phrase has {len(reader.slots)} slots; {MOST_SLOTS} are the most", 0)
    if sequence.may_be_empty():
        if reader.words or reader.slots:
            raise PhraseProblem("all words of this phrase may be missing; at least one must be said", 0)
        raise PhraseProblem("this phrase has no words", 0)
    count = sequence.count()
    if count > MOST_VARIANTS:
        raise PhraseProblem(f"this phrase stands for {count} sentences; {MOST_VARIANTS} are the most", 0)
    writings = sequence.writings()
    if reader.slots:
        for writing in writings:
            _check_slots(writing)
    return PhraseTemplate(text, tuple(dict.fromkeys(compared(writing) for writing in writings)), tuple(reader.slots))


def _check_slots(writing: Writing) -> None:
    """Raise PhraseProblem where a sentence has slots that could not be told."""
    names: set[str] = set()
    for number, piece in enumerate(writing):
        if not isinstance(piece, Slot):
            continue
        if piece.name in names:
            raise PhraseProblem(f"slot '{piece.name}' is in this phrase already; give one another name", piece.offset)
        names.add(piece.name)
        beside = (writing[number - 1] if number else "", writing[number + 1] if number + 1 < len(writing) else "")
        before, after = (text if isinstance(text, str) else "" for text in beside)
        if touches(before, after):
            rest = "the ending out" if piece.list is None else _IN_THE_LIST
            message = f"'{piece}' touches a word; a slot takes whole words, so leave a space, or {rest}"
            raise PhraseProblem(message, piece.offset)
    sentence = compared(writing)
    free = [isinstance(word, Slot) and word.free for word in sentence]
    for number in range(1, len(sentence)):
        if free[number - 1] and free[number]:
            slot = sentence[number]
            message = f"nothing says where '{sentence[number - 1]}' ends and '{slot}' begins; put a word between them"
            raise PhraseProblem(message, slot.offset if isinstance(slot, Slot) else 0)
    if all(isinstance(word, Slot) and word.list is None for word in sentence):
        slot = sentence[0]
        message = f"this phrase may be nothing but '{slot}'; a word beside it must be said"
        raise PhraseProblem(message, slot.offset if isinstance(slot, Slot) else 0)


class _Reader:
    """Walk once over a template's characters."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.words = 0
        self.slots: list[Slot] = []

    def sequence(self, *, depth: int) -> Sequence:
        parts: list[str | Slot | OneOf] = []
        while self._at < len(self._text):
            sign = self._text[self._at]
            if sign in "[(":
                parts.append(self._choice(depth=depth + 1))
            elif sign in "])|":
                if depth:
                    break
                if sign == "|":
                    raise PhraseProblem("'|' stands outside parentheses; write '(one|other)'", self._at)
                raise PhraseProblem(f"'{sign}' closes nothing", self._at)
            elif sign == "{":
                parts.append(self._slot())
            elif sign == "}":
                raise PhraseProblem("'}' closes nothing", self._at)
            else:
                parts.append(self._literal())
        return Sequence(tuple(parts))

    def _literal(self) -> str:
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in "[](){}|":
            self._at += 1
        literal = self._text[start : self._at]
        self.words += len(normalised(literal))
        return literal

    def _slot(self) -> Slot:
        opened = self._at
        found = _SLOT.match(self._text, opened)
        if found is None:
            if self._text.startswith("{{", opened):
                raise PhraseProblem("a slot has single braces; write '{name}'", opened)
            raise PhraseProblem("'{' is never closed; '}' is missing", opened)
        self._at = found.end()
        name, colon, kind = (part.strip() for part in found[1].partition(":"))
        if not _SLOT_NAME.fullmatch(name):
            message = f"'{name}' is no name of a slot; use small letters, digits and '_', not beginning with a digit"
            raise PhraseProblem(message, opened)
        typed = _TYPES.get(kind)
        listed = _list_of(found[0], name, kind, opened) if colon and typed is None else None
        slot = Slot(name, listed, opened, typed)
        self.slots.append(slot)
        return slot

    def _choice(self, *, depth: int) -> OneOf:
        opened, opening = self._at, self._text[self._at]
        if depth > MOST_NESTING:
            raise PhraseProblem(f"brackets are nested deeper than {MOST_NESTING}", opened)
        alternatives: list[Sequence] = []
        sign = "|"
        while sign == "|":
            self._at += 1
            start = self._at
            alternative = self.sequence(depth=depth)
            if self._at == len(self._text):
                raise PhraseProblem(f"'{opening}' is never closed; '{_CLOSES[opening]}' is missing", opened)
            if not self._text[start : self._at].strip():
                raise PhraseProblem("an alternative is empty; write '[word]' for a word that may be missing", start)
            alternatives.append(alternative)
            sign = self._text[self._at]
        if sign != _CLOSES[opening]:
            raise PhraseProblem(f"'{opening}' is closed by '{sign}'; '{_CLOSES[opening]}' would be right", self._at)
        self._at += 1
        return OneOf(tuple(alternatives), optional=opening == "[")


def _list_of(written: str, name: str, kind: str, offset: int) -> str:
    """Give the name of the list in the kind of a slot."""
    word, _, which = kind.partition(" ")
    which = which.strip()
    if word in _TYPES:
        raise PhraseProblem(f"a slot of the type '{word}' takes no name; write '{{{name}:{word}}}'", offset)
    if word == "list" and which.isidentifier():
        return which
    if word == "list":
        raise PhraseProblem(f"'{written}' names no list; write '{{{name}:list rooms}}' for a list 'rooms'", offset)
    close = get_close_matches(word.casefold(), _KINDS, n=1)
    guess = _OTHER_WORDS.get(word.casefold()) or next(iter(close), None)
    offer = f"did you mean '{guess}'?" if guess else f"write '{{{name}:list {word or 'rooms'}}}' for a list"
    raise PhraseProblem(f"unknown kind of slot '{kind}'; {offer}", offset)
