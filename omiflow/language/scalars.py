"""The scalars of YAML 1.2's core schema: which text is a number, a truth value or null, and what a tag makes of it.

Leaves the reading of documents to `composing`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from omiflow.language.nearest import did_you_mean

Scalar = str | int | float | bool | None

MOST_DIGITS = 300
YAML_TAG = "tag:yaml.org,2002:"
SETTINGS_TAGS = frozenset({"env", "file", "user"})

_TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "float": (float, int),
    "int": (int,),
    "null": (type(None),),
}

_NUMBER_STARTS = frozenset("+-.0123456789")
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{sign + dot: float(sign + "inf") for sign in ("", "+", "-") for dot in (".inf", ".Inf", ".INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


@dataclass(frozen=True, slots=True)
class Tag:
    """A scalar written behind a tag: `!env NAME` is `Tag(kind="env", text="NAME")`."""

    kind: str
    text: str


def resolve(text: str) -> Scalar:
    """Give the value of a plain scalar (YAML 1.2, 10.3.2).

    Everything that is no number, truth value or null is text: `on`, `12:30`, `2026-01-05`, `1_000`; so is a number of
    more than 300 characters.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS or len(text) > MOST_DIGITS:
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text[2:], 8 if text[1] == "o" else 16)
    return float(text) if _FLOAT.fullmatch(text) else text


def tagged(text: str, tag: str, *, kinds: frozenset[str]) -> tuple[Scalar | Tag, str | None]:
    """Give the value of a scalar behind a tag, and what is wrong with the tag, if anything.

    `kinds` are the tags that make a `Tag`, without their `!`.
    """
    if tag in ("!", YAML_TAG + "str"):
        return text, None
    if tag.startswith("!") and tag[1:] in kinds:
        return Tag(kind=tag[1:], text=text), None
    name = tag.removeprefix(YAML_TAG)
    if name == tag or name not in _TYPES:
        return text, tag_mistake(tag, kinds=kinds)
    value = resolve(text)
    return value, None if type(value) in _TYPES[name] else f"'{text}' is no {name}; leave the tag out"


def tag_mistake(tag: str, *, kinds: frozenset[str]) -> str:
    """Say what is wrong with a tag that can't stand where it stands."""
    shown = tag.replace(YAML_TAG, "!!")
    known = [f"!{kind}" for kind in sorted(kinds)]
    if shown in known:
        return f"'{shown}' stands before a single text, not before a list or a mapping"
    if not known and shown[1:] in SETTINGS_TAGS:
        return f"'{shown}' is not read here; it exists in 'omiflow.yaml' only"
    if not known and shown == "!secret":
        return "'!secret' is not read here; a rule holds no secret, it names a connection of 'omiflow.yaml'"
    return f"unknown tag '{shown}'" + (did_you_mean(shown, known) or "; quote text that begins with '!'")
