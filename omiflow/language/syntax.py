"""What YAML's parser complains about, in the words of somebody who writes a rule.

Leaves unquoted phrases to `unquoted`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from yaml import MarkedYAMLError

from omiflow.language.places import Lines, Spot
from omiflow.language.unquoted import broken_at

LONGEST_KEY = 1000

_WORD = re.compile(r"[^\s,\[\]{}]+|\S")
_TAB_BEFORE = re.compile(r"^ *(\t)")
_NO_SPACE = re.compile(r"(?:^ *|[:-])([^\S \t])")
_HALF = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_BLOCK = re.compile(r":\s+[|>][+-]?\s*$")
_KEY = re.compile(r"[\w.-]*:(?:\s|$)|-\s")

_BEGINS_ANCHOR = "'{char}' begins the name of an anchor; quote text that begins with it"
_BAD_TAG = "a tag can't be read; quote text that begins with '!'"
_DIRECTIVE = "'%' begins a directive of YAML; quote text that begins with it"
_TOLD = (
    ("", "cannot start any token", "at", "text can't begin with '{char}'; quote it"),
    ("", "could not find expected ':'", "began", "a ':' is missing after '{word}'"),
    (
        "",
        "sequence entries are not allowed",
        "at",
        "a list can't begin behind other text; put '-' on a line of its own, below the key",
    ),
    ("block scalar", "", "at", "the text of a block begins on the line below '|' or '>'"),
    ("alias", "", "began", _BEGINS_ANCHOR),
    ("anchor", "", "began", _BEGINS_ANCHOR),
    ("tag", "", "began", _BAD_TAG),
    ("", "tag", "began", _BAD_TAG),
    ("directive", "", "began", _DIRECTIVE),
    ("", "YAML document", "began", _DIRECTIVE),
)
"""What a parser was doing and what it said, in part; which of its two places counts; our words for it."""


class Fault(NamedTuple):
    """A syntax error: a stretch of the text, what is wrong there, and how to mend it where that is known."""

    start: int
    end: int
    message: str
    hint: str | None = None


def explain(error: MarkedYAMLError, lines: Lines, *, brackets: Sequence[int], quoted: Spot | None) -> Fault:
    """Give the fault behind a parser's error.

    `brackets` are the offsets of the `[` and `{` that were open, the innermost last; `quoted` is the text in quotes
    that was read last. Understands the texts of libyaml and of PyYAML's own parser.
    """
    at = _offset(error.problem_mark, lines.text)
    gap = _wrong_gap(lines, at)
    if gap is not None:
        char = lines.text[gap]
        tab = "a tab is used for indentation; use spaces"
        return Fault(gap, gap + 1, tab if char == "\t" else f"U+{ord(char):04X} only looks like a space; use spaces")
    if quoted is not None and _runs_into(quoted, lines, at):
        line = lines.number(quoted.end)
        mark = quoted.style
        message = f"this quote runs on to line {line}, where another one begins; close it with {mark}"
        return Fault(quoted.start, quoted.start + 1, message)
    began = _offset(error.context_mark, lines.text) if error.context_mark else at
    bracket = brackets[-1] if brackets else None
    start, end, message = _explain(f"{error.context}", f"{error.problem}", lines, at=at, began=began, bracket=bracket)
    return Fault(start, end, message, broken_at(lines, start, brackets=brackets))


def _explain(doing: str, said: str, lines: Lines, *, at: int, began: int, bracket: int | None) -> tuple[int, int, str]:
    text = lines.text
    if "quoted scalar" in doing:
        return _in_quotes(text, said, at, began)
    if "mapping values are not allowed" in said:
        return _stray_colon(lines, at)
    if "could not find expected ':'" in said and _BLOCK.search(lines.line(max(1, lines.number(began) - 1))):
        return began, began + 1, "this line belongs to the text that '|' or '>' begins above; indent it"
    for in_doing, in_said, where, message in _TOLD:
        if in_doing in doing and in_said in said:
            start = at if where == "at" else began
            word = _word(text, start)
            return start, start + max(1, len(word)), message.format(word=word, char=text[start : start + 1])
    if bracket is not None:
        return _in_brackets(lines, at, bracket)
    return _out_of_place(lines, f"{doing}: {said}", at, began)


def _runs_into(quoted: Spot, lines: Lines, at: int) -> bool:
    """Tell whether a text in quotes ran over the end of its line up to the quote that begins the next text."""
    first, last = lines.number(quoted.start), lines.number(quoted.end)
    inside = lines.text[lines.start(last) : quoted.end - 1].rstrip()
    return first < last == lines.number(at) and at >= quoted.end and (not inside or inside[-1] in ":-,[{")


def _in_quotes(text: str, said: str, at: int, began: int) -> tuple[int, int, str]:
    if "end of stream" in said or "document" in said:
        mark = text[began]
        return began, began + 1, f"this quote is never closed; end the text with {mark}"
    slash = text.rfind("\\", began, at if "hex" in said else at + 1)
    half = _HALF.match(text, slash)
    if half:
        return slash, half.end(), f"'{half[0]}' is half a character; write the character itself"
    return slash, slash + 2, f"unknown escape '{text[slash : slash + 2]}' in double quotes; use single quotes"


def _stray_colon(lines: Lines, at: int) -> tuple[int, int, str]:
    """Tell three mistakes apart that all end at a ':' where no key can be."""
    number = lines.number(at)
    before = lines.text[lines.start(number) : at]
    if re.search(r"(?:^|\s)[^\s].*?:\s", before):
        return at, at + 1, "': ' can't stand inside text that is not quoted; quote the text"
    above = number - 1
    while above > 1 and not lines.line(above).strip():
        above -= 1
    other = lines.line(above).strip() if above else ""
    glued_dash = re.match(r" *-(?=\w)", lines.line(above)) if above else None
    if glued_dash:
        dash = lines.start(above) + glued_dash.end() - 1
        return dash, dash + 1, "a space is missing after '-'"
    start = lines.start(number) + len(before) - len(before.lstrip(" -"))
    if not other or len(before) > LONGEST_KEY:
        return at, at + 1, "a ':' can't stand here; quote the text before it"
    if re.search(r":\s", other):
        return start, at, "bad indentation: the key above has its value already; indent this key like the one above"
    first = lines.start(above) + len(lines.line(above)) - len(lines.line(above).lstrip())
    glued = re.match(r"(?:- +)*([\w-]+):\S", other)
    if glued:
        colon = lines.text.index(":", first)
        return colon, colon + 1, f"a space is missing after '{glued[1]}:'"
    return first, first + len(other), f"a ':' is missing after '{other}'"


def _in_brackets(lines: Lines, at: int, bracket: int) -> tuple[int, int, str]:
    text = lines.text
    opening = text[bracket]
    closing = {"[": "]", "{": "}"}[opening]
    ended = at >= len(text.rstrip())
    next_key = lines.number(at) > lines.number(bracket) and _KEY.match(text, at)
    if ended or next_key:
        return bracket, bracket + 1, f"this '{opening}' is never closed; end it with '{closing}'"
    word = _word(text, at)
    if word == ",":
        return at, at + 1, "a value is missing before ','"
    return at, at + len(word), f"unexpected '{word}'; ',' or '{closing}' should come here"


def _out_of_place(lines: Lines, said: str, at: int, began: int) -> tuple[int, int, str]:
    """Name what stands in block style where only a key or a '-' can stand."""
    text = lines.text
    number = lines.number(at)
    word = _word(text, at)
    column = at - lines.start(number)
    level = began - lines.start(lines.number(began))
    if not word:
        message = "the file ends too early; something is not closed"
    elif word in ("]", "}", ","):
        message = f"unexpected '{word}'; quote text that begins with it"
    elif word == ":":
        message = "a key is missing before ':'"
    elif text[lines.start(number) : at].strip() or "document start" in said:
        message = f"unexpected '{word}' behind a value; quote the whole text"
    elif "node content" in said:
        message = f"unexpected '{word}'; a value should come here"
    elif column != level:
        message = "bad indentation: this line belongs to none above; indent it like the line it continues"
    else:
        wanted = "a key with ':'" if "parsing a block mapping" in said else "'- '"
        message = f"unexpected '{word}'; {wanted} should come here as in the lines above"
    return at, at + max(1, len(word)), message


def _offset(mark: Any, text: str) -> int:
    return min(int(mark.index), len(text))


def _wrong_gap(lines: Lines, at: int) -> int | None:
    """Find what stands for a space and is none, on a line or the one above, which YAML may have read as text."""
    number = lines.number(at)
    for one, unwanted in ((number, _TAB_BEFORE), (number, _NO_SPACE), (number - 1, _NO_SPACE)):
        found = unwanted.search(lines.line(one)) if one else None
        if found:
            return lines.start(one) + found.start(1)
    return None


def _word(text: str, at: int) -> str:
    found = _WORD.match(text, at)
    return found[0] if found else ""
