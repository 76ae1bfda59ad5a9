"""Phrases and templates that YAML takes for something else because they are not quoted, and how to quote them.

Leaves it to `syntax` and `source` to know when to ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from omiflow.language.places import Lines, Spot

PHRASE_KEYS = frozenset({"phrases", "except", "say"})

_OF_LISTS = ("phrases: ", "except: ")
"""What stands before phrases that are not in a list yet."""

_ITEM = re.compile(r"(?:-[ ]+)+")
_PAIR = re.compile(r"(?P<key>[\w.$-]+|\"[^\"]*\"|'[^']*'):[ ]+(?=\S)")
_HEADING = re.compile(r"[ ]*(?:-[ ]+)*(?P<key>[\w.-]+):[ ]*(?:\[\s*)?(?:#.*)?$")
_COMMENT = re.compile(r"[ \t]+#(?:\s.*)?$")
_TAG_OF_TALK = re.compile(r"[ \t]+#\w")
_WHOLLY_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_APOSTROPHE = re.compile(r"'\w[^']*$")
_WITH_APOSTROPHE = re.compile(r"'(.*\w'\w.*)'")
_IN_QUOTES = re.compile(r'".*"|“.*”|„.*[“”]|”.*”', re.DOTALL)
_PAIRS = {"[": "]", "{": "}", "(": ")"}


def quote(text: str) -> str:
    """Give a text of one line as a quoted YAML scalar."""
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def broken_at(lines: Lines, offset: int, *, brackets: Sequence[int]) -> str | None:
    """Give the hint for what YAML can't read at an offset, None when quoting is not what helps.

    `brackets` are the offsets of the `[` and `{` that are open there, the innermost last.
    """
    around = [one for one in brackets if not (_of_template(lines.text, one) or _glued(lines.text, one))]
    if around:
        return _in_brackets(lines, offset, around[-1])
    number = lines.number(offset)
    line = lines.line(number)
    start = lines.start(number)
    text = line.lstrip(" ")
    kind = lead = ""
    item = _ITEM.match(text)
    if item:
        kind, lead, text = "phrase", "- ", text[item.end() :]
    pair = _PAIR.match(text)
    if pair and not (item and _heading(lines, number) in PHRASE_KEYS):
        key = pair["key"]
        kind, lead, text = ("phrase" if key in PHRASE_KEYS else "text"), f"{key}: ", text[pair.end() :]
    begin = start + len(line) - len(text)
    text = _COMMENT.sub("", text).rstrip()
    if not lead or offset < begin or (kind == "text" and _APOSTROPHE.match(text)):
        return None
    if text[:1] == "{" and _PAIR.match(text[1:].lstrip()):
        return _in_brackets(lines, offset, begin)
    return _hint(kind, lead, text) if _breaks(text) else None


def swallowed_at(lines: Lines, spot: Spot, parent: Spot | None, *, kind: str = "phrase") -> str | None:
    """Give the hint for a phrase that YAML could read, but as something else than text, or only up to a `#`."""
    text = lines.text
    in_brackets = parent is not None and parent.style in ("[", "{")
    lead = "- " if kind == "phrase" and not in_brackets else ""
    if spot.items or spot.fields or spot.style in ("[", "{"):
        written = text[spot.start : spot.end].strip()
        if spot.style == "*" or "\n" in written or "\r" in written:
            return None
        return _hint(kind, lead, written)
    if spot.style or not _TAG_OF_TALK.match(text, spot.end):
        return None
    line = lines.number(spot.start)
    rest = text[spot.start : lines.start(line) + len(lines.line(line))]
    written = re.split(r"[],}]", rest)[0] if in_brackets else _COMMENT.sub("", rest)
    return _hint(kind, lead, written.strip())


def _in_brackets(lines: Lines, offset: int, bracket: int) -> str | None:
    """Look at the element of a bracketed collection that an error stands in, or that a `#` cuts off."""
    text = lines.text
    opened = lines.number(bracket)
    for begin, end in _elements(lines, bracket, opened):
        if _TAG_OF_TALK.search(text, begin, end):
            return _hint(*_element(text[begin:end], text[bracket]))
    number = lines.number(offset)
    for begin, end in _elements(lines, bracket, number):
        kind, lead, element = _element(text[begin:end], text[bracket])
        if begin <= offset <= end and element[:1] == "{" and _PAIR.match(element[1:].lstrip()):
            return _in_brackets(lines, offset, text.index("{", begin))
        if begin <= offset <= end and _breaks(element):
            return _hint(kind, lead, element)
    return None


def _element(text: str, bracket: str) -> tuple[str, str, str]:
    """Give the kind of an element of a bracketed collection, its key as written, and its text."""
    element = text.strip()
    pair = _PAIR.match(element) if bracket == "{" else None
    return ("text", f"{pair['key']}: ", element[pair.end() :]) if pair else ("phrase", "", element)


def _of_template(text: str, bracket: int) -> bool:
    return text.startswith(("{{", "{%"), bracket) or text[max(0, bracket - 1) : bracket + 1] == "{{"


def _glued(text: str, bracket: int) -> bool:
    """Tell whether a bracket stands inside a word, such as that of `$.items[*]`, where nobody means a list."""
    return bracket > 0 and (text[bracket - 1].isalnum() or text[bracket - 1] in "_.)]}")


def _elements(lines: Lines, bracket: int, number: int) -> Iterator[tuple[int, int]]:
    """Give the stretches between the commas of a bracketed collection that stand on one line."""
    text = lines.text
    last = lines.start(number) + len(lines.line(number))
    begin = at = max(bracket + 1, lines.start(number))
    closing: list[str] = []
    while at < last:
        char = text[at]
        if char in "\"'" and not text[begin:at].strip():
            quoted = _WHOLLY_QUOTED.match(text, at, last)
            at = quoted.end() if quoted else at + 1
            continue
        if closing and char == closing[-1]:
            closing.pop()
        elif char in _PAIRS:
            closing.append(_PAIRS[char])
        elif not closing and char in ",]}":
            yield begin, at
            begin = at + 1
            if char != ",":
                return
        at += 1
    yield begin, last


def _heading(lines: Lines, number: int) -> str | None:
    """Give the key whose list holds the item on a line."""
    line = lines.line(number)
    indent = len(line) - len(line.lstrip(" "))
    for above in range(number - 1, 0, -1):
        other = lines.line(above)
        text = other.lstrip(" ")
        if not text or text.startswith("#"):
            continue
        its_indent = len(other) - len(text)
        if its_indent < indent or (its_indent == indent and not text.startswith("-")):
            found = _HEADING.match(other)
            return found["key"] if found else None
    return None


def _breaks(text: str) -> bool:
    """Tell whether a text is one that YAML can't read as text, and that quotes would mend."""
    if not text or _WHOLLY_QUOTED.fullmatch(text) or not _balanced(text):
        return False
    if text[0] in "*&!%@`[{":
        return True
    if text[0] in "\"'":
        return bool(_WHOLLY_QUOTED.match(text) or _APOSTROPHE.match(text))
    return any(mark in text for mark in "[]{}") or ": " in text or text.endswith(":") or bool(_TAG_OF_TALK.search(text))


def _balanced(text: str) -> bool:
    closing: list[str] = []
    for char in text:
        if char in _PAIRS:
            closing.append(_PAIRS[char])
        elif char in ")]}" and (not closing or closing.pop() != char):
            return False
    return not closing


def _hint(kind: str, lead: str, text: str) -> str:
    if "{{" in text or "{%" in text:
        kind = "template"
    apostrophe = _WITH_APOSTROPHE.fullmatch(text)
    if apostrophe:
        text = apostrophe[1]
    elif kind == "template" and _IN_QUOTES.fullmatch(text):
        text = text[1:-1]
    quoted = quote(text)
    return f"quote this {kind}: {lead}{f'[{quoted}]' if lead in _OF_LISTS else quoted}"
