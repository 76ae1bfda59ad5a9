"""What makes much text out of little, and how much is too much: filters, methods and operators of templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from omiflow.engine.budget import MOST_TEXT, MOST_WEIGHT, RenderingBudget
from omiflow.engine.values import plain
from omiflow.errors import TemplateFault

MOST_WIDTH = 1_000
MOST_PIECES = 10_000
MOST_BITS = 1_024
LONGEST_FORMAT = 10_000
LONGEST_ATTRIBUTE = 100
CHARACTERS_A_STEP = 8
"""Of what a filter of ours takes out of an iterator."""

_WIDE_PERCENT = re.compile(r"%(\(.*?\))?[-#0 +.\d*]*?(\d{4}|\*)", re.DOTALL)
_WIDE_FIELD = re.compile(r"\{[^{}]*:[^{}]*(\d{4}|\{)")

Given = tuple[Any, ...]
Check = Callable[[RenderingBudget, Given, dict[str, Any]], Given]


def check_product(left: Any, right: Any) -> None:
    """Refuse a product of text, lists or numbers that is too large."""
    for many, times in ((left, right), (right, left)):
        if isinstance(many, str | list | tuple) and isinstance(times, int) and len(many) * times > MOST_TEXT:
            raise TemplateFault(f"a product is longer than {MOST_TEXT}")
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > MOST_BITS:
        raise TemplateFault("a number is too large")


def check_power(left: Any, right: Any) -> None:
    """Refuse a power that is too large."""
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * abs(right) > MOST_BITS:
        raise TemplateFault("a number is too large")


def check_percent(budget: RenderingBudget, text: str, given: Any) -> None:
    """Refuse a `%` format that writes too much."""
    if _WIDE_PERCENT.search(text):
        raise TemplateFault("a format is wider than 999 characters")
    _check_format_length(text)
    _check_size(text.count("%") * budget.weigh(given))


def check_format(budget: RenderingBudget, text: str, given: Iterable[Any]) -> None:
    """Refuse a `{}` format that writes too much."""
    if _WIDE_FIELD.search(text):
        raise TemplateFault("a format is wider than 999 characters, or takes its width from a value")
    _check_format_length(text)
    _check_size(text.count("{") * sum(budget.weigh(value) for value in given))


def _check_format_length(text: str) -> None:
    if len(text) > LONGEST_FORMAT:
        raise TemplateFault(f"a format is longer than {LONGEST_FORMAT} characters")


def _check_size(characters: int) -> None:
    if characters > MOST_WEIGHT:
        raise TemplateFault(f"a text is longer than {MOST_TEXT} characters")


def _settled(budget: RenderingBudget, given: Given, _: dict[str, Any]) -> Given:
    """Take what is given out of its iterators, to see how much it is."""
    value = plain(given[0])
    budget.charge(value, characters=CHARACTERS_A_STEP)
    return (value, *given[1:])


def _listed(budget: RenderingBudget, given: Given, _: dict[str, Any]) -> Given:
    """Take the items out of iterators."""
    settled = tuple(list(value) if isinstance(value, Iterator) else value for value in given)
    for value in settled:
        budget.charge(value, characters=CHARACTERS_A_STEP)
    return settled


def _narrow(most: int) -> Check:
    def check(_: RenderingBudget, given: Given, options: dict[str, Any]) -> Given:
        for value in (*given[1:], *options.values()):
            if isinstance(value, int) and abs(value) > most:
                raise TemplateFault(f"{value} is too wide; {most} is the most")
        return given

    return check


def _format(budget: RenderingBudget, given: Given, options: dict[str, Any]) -> Given:
    if given and isinstance(given[0], str):
        check_percent(budget, given[0], (*given[1:], *options.values()))
    return given


def _indent(budget: RenderingBudget, given: Given, options: dict[str, Any]) -> Given:
    width: Any = options.get("width", given[1] if len(given) > 1 else 4)
    _check_size(str(given[0]).count("\n") * (len(width) if isinstance(width, str) else int(width)))
    return _narrow(MOST_WIDTH)(budget, given, options)


def _join(budget: RenderingBudget, given: Given, options: dict[str, Any]) -> Given:
    """Take what is joined out of its iterator, to see how much it is; `options` may hold the separator."""
    items = list(given[0])
    _check_size(budget.weigh(items) + len(items) * len(str(options.get("d", given[1] if len(given) > 1 else ""))))
    return (items, *given[1:])


def _joined(budget: RenderingBudget, given: Given, options: dict[str, Any]) -> Given:
    separator, *rest = given
    items, *_ = _join(budget, (rest[0] if rest else (), separator), options)
    return (separator, items, *rest[1:])


def _replace(_: RenderingBudget, given: Given, options: dict[str, Any]) -> Given:
    text, *wishes = (str(value) for value in given)
    old, new = (*wishes, *(str(options[name]) for name in ("old", "new") if name in options), "", "")[:2]
    _check_size(len(text) + text.count(old) * len(new))
    return given


def _strip_tags(budget: RenderingBudget, given: Given, _: dict[str, Any]) -> Given:
    text = str(given[0])
    budget.spend(text.count("<") * len(text) // 4_000)
    return given


def _strftime(_: RenderingBudget, given: Given, options: dict[str, Any]) -> Given:
    for pattern in (*given[1:], *options.values()):
        if len(str(pattern)) > MOST_WIDTH:
            raise TemplateFault(f"a format is longer than {MOST_WIDTH} characters")
    return given


def _sum(_: RenderingBudget, given: Given, options: dict[str, Any]) -> Given:
    for start in (*given[2:], *options.values()):
        if isinstance(start, list | tuple):
            raise TemplateFault("'sum' adds numbers; join lists with '+'")
    return given


def _tojson(budget: RenderingBudget, given: Given, options: dict[str, Any]) -> Given:
    width = options.get("indent", given[1] if len(given) > 1 else None)
    if width is not None:
        budget.charge(given[0], characters=1)
    return _narrow(8)(budget, given, options)


def _urlize(_: RenderingBudget, given: Given, options: dict[str, Any]) -> Given:
    for value in (*given[1:], *options.values()):
        if isinstance(value, str) and len(value) > LONGEST_ATTRIBUTE:
            raise TemplateFault(f"what 'urlize' adds to a link is longer than {LONGEST_ATTRIBUTE} characters")
    return given


def _wordwrap(_: RenderingBudget, given: Given, options: dict[str, Any]) -> Given:
    between = options.get("wrapstring", next(iter(given[3:]), None))
    _check_size(len(str(given[0])) * len(str(between or "")))
    return given


FILTERS: dict[str, Check] = {
    "batch": _narrow(MOST_PIECES),
    "bullets": _listed,
    "center": _narrow(MOST_WIDTH),
    "closest": _listed,
    "format": _format,
    "indent": _indent,
    "join": _join,
    "replace": _replace,
    "round": _narrow(MOST_WIDTH),
    "slice": _narrow(MOST_PIECES),
    "striptags": _strip_tags,
    "sum": _sum,
    "to_json": _settled,
    "tojson": _tojson,
    "urlize": _urlize,
    "wordwrap": _wordwrap,
}

METHODS: dict[str, Check] = {
    "center": _narrow(MOST_WIDTH),
    "join": _joined,
    "ljust": _narrow(MOST_WIDTH),
    "replace": _replace,
    "rjust": _narrow(MOST_WIDTH),
    "strftime": _strftime,
    "zfill": _narrow(MOST_WIDTH),
}
