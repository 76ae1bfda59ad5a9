"""Read a sentence template and say which sentences it stands for.

Optional parts and alternatives follow hassil's form, `hey omi [what do you] (think|say)`; brackets may touch letters,
as in `light[s]`. Looking for the sentences in speech is the phrase index's part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from omiflow.speech.words import normalised

MOST_WORDS = 200
MOST_NESTING = 16
MOST_VARIANTS = 5000
MOST_REMEMBERED = 50_000

_CLOSES = {"[": "]", "(": ")"}
_SLOTS = "slots are planned, but this version of omiflow does not have them yet"


class PhraseProblem(ValueError):
    """A phrase can't be understood; `offset` is the place in it, in characters."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple[str | _Choice, ...]

    def count(self) -> int:
        return math.prod(part.count() for part in self.parts if isinstance(part, _Choice))

    def texts(self) -> list[str]:
        found = [""]
        for part in self.parts:
            endings = [part] if isinstance(part, str) else part.texts()
            found = [beginning + ending for beginning in found for ending in endings]
        return found

    def may_be_empty(self) -> bool:
        return all(not normalised(p) if isinstance(p, str) else p.may_be_empty() for p in self.parts)


@dataclass(frozen=True, slots=True)
class _Choice:
    alternatives: tuple[_Sequence, ...]
    optional: bool

    def count(self) -> int:
        return sum(alternative.count() for alternative in self.alternatives) + self.optional

    def texts(self) -> list[str]:
        found = [text for alternative in self.alternatives for text in alternative.texts()]
        return [*found, ""] if self.optional else found

    def may_be_empty(self) -> bool:
        return self.optional or any(alternative.may_be_empty() for alternative in self.alternatives)


@dataclass(frozen=True, slots=True)
class Template:
    """A phrase that was understood; `text` is how it was written."""

    text: str
    _sequence: _Sequence

    def variants(self) -> list[tuple[str, ...]]:
        """Give each sentence the template stands for once, as words in the form in which they are compared.

        Raise PhraseProblem when there are more than 5,000, counted before equal ones are taken together.
        """
        count = self._sequence.count()
        if count > MOST_VARIANTS:
            raise PhraseProblem(f"this phrase stands for {count} sentences; {MOST_VARIANTS} are the most", 0)
        return list(dict.fromkeys(tuple(normalised(text)) for text in self._sequence.texts()))


def parse(text: str) -> Template:
    """Read a template; raise PhraseProblem where it can't be understood."""
    reader = _Reader(text)
    sequence = reader.sequence(depth=0)
    if reader.words > MOST_WORDS:
        raise PhraseProblem(f"this phrase has {reader.words} words; {MOST_WORDS} are the most", 0)
    if sequence.may_be_empty():
        if reader.words:
            raise PhraseProblem("all words of this phrase may be missing; at least one must be said", 0)
        raise PhraseProblem("this phrase has no words", 0)
    return Template(text, sequence)


@lru_cache(maxsize=MOST_REMEMBERED)
def sentences(text: str) -> tuple[tuple[str, ...], ...]:
    """Give each sentence a template stands for once, as compared words; remembered, as a reload asks for all again.

    Raise PhraseProblem where it can't be understood.
    """
    return tuple(parse(text).variants())


class _Reader:
    """Walk once over a template's characters."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.words = 0

    def sequence(self, *, depth: int) -> _Sequence:
        parts: list[str | _Choice] = []
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
                raise PhraseProblem(_SLOTS, self._at)
            elif sign == "}":
                raise PhraseProblem("'}' closes nothing", self._at)
            else:
                parts.append(self._literal())
        return _Sequence(tuple(parts))

    def _literal(self) -> str:
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in "[](){}|":
            self._at += 1
        literal = self._text[start : self._at]
        self.words += len(normalised(literal))
        return literal

    def _choice(self, *, depth: int) -> _Choice:
        opened, opening = self._at, self._text[self._at]
        if depth > MOST_NESTING:
            raise PhraseProblem(f"brackets are nested deeper than {MOST_NESTING}", opened)
        alternatives: list[_Sequence] = []
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
        return _Choice(tuple(alternatives), optional=opening == "[")
