"""The reference page of the language, written from the descriptions of everything that can be written.

Guides, and when to use what, are left to the other pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from omiflow.actions.action import Action
from omiflow.engine.filters import FILTERS
from omiflow.engine.names import NAMES
from omiflow.engine.operators import OPERATORS
from omiflow.language.codes import CODES
from omiflow.language.describe import Described, DescribedKey, described_actions, described_forms, keys_of
from omiflow.language.phrase_forms import PHRASE_FORMS
from omiflow.language.schema import config_schema, rules_schema
from omiflow.language.schema_form import Schema
from omiflow.language.settings.spec import CONNECTIONS
from omiflow.language.spec_conditions import CONDITIONS
from omiflow.language.spec_rules import TRIGGERS
from omiflow.language.spec_steps import STEPS

_HEAD = """\
# Reference

Everything that can be written in rule files and in `omiflow.yaml`. This page is made from the descriptions in the code,
the same ones that `omiflow check`, `omiflow schema`, `omiflow actions` and `omiflow triggers` use; how it all plays
together is told in [rules.md](rules.md) and [running.md](running.md).

Required keys are **bold**. Keys inside a mapping follow it with a dot, keys of a list's items with `[]`.
"""


def reference(actions: Mapping[str, Action]) -> str:
    """Write the page in Markdown."""
    rules, config = rules_schema(actions), config_schema()
    parts = [
        _HEAD,
        _section("A rule file", _keys(keys_of("", rules))),
        _section("A rule", _keys(keys_of("rule", rules))),
        *_kind("Triggers", "Each is an item of `triggers`.", described_forms("trigger", TRIGGERS, rules)),
        _section("Phrases", _phrases(), level=3),
        *_kind(
            "Conditions",
            "Each is an item of `conditions`; all must hold.",
            described_forms("condition", CONDITIONS, rules),
        ),
        _section("Operators", _operators(rules), level=3),
        *_kind("Steps", "Each is an item of `actions`, done in order.", described_forms("step", STEPS, rules)),
        *_kind(
            "Actions",
            "What an `action` step can do. Every text below `data` may be a template.",
            described_actions(actions, rules),
        ),
        _section("Templates", _table(("name", "what it is"), ((f"`{name}`", text) for name, text in NAMES.items()))),
        _section("Filters", _filters(), level=3),
        _section("Tests", _keys(keys_of("test", rules))),
        _section("Configuration", _keys(keys_of("", config))),
        *_kind(
            "Connections",
            "Each is an entry of `connections`.",
            described_forms("connection", CONNECTIONS, config),
            level=3,
        ),
        _section("Problems", _codes()),
    ]
    return "\n".join(parts)


def _section(title: str, text: str, *, level: int = 2) -> str:
    return f"{'#' * level} {title}\n\n{text}"


def _kind(title: str, intro: str, described: Iterable[Described], *, level: int = 2) -> Iterator[str]:
    yield _section(title, f"{intro}\n", level=level)
    for one in described:
        yield _section(f"`{one.name}`", _entry(one), level=level + 1)


def _entry(one: Described) -> str:
    parts = [one.text + "\n"]
    if one.notes:
        parts.append("\n".join(f"- {note}" for note in one.notes) + "\n")
    if one.keys:
        parts.append(_keys(one.keys))
    if one.answers:
        rows = ((f"`{key.name}`", key.type, key.text) for key in one.answers)
        parts.append(_table(("answers", "type", "what it is"), rows))
    if one.example:
        parts.append(f"```yml\n{one.example.strip()}\n```\n")
    return "\n".join(parts)


def _keys(keys: Iterable[DescribedKey]) -> str:
    return _table(("key", "type", "what it is"), (_row(key) for key in keys))


def _row(key: DescribedKey) -> tuple[str, str, str]:
    name = f"**`{key.name}`**" if key.required else f"`{key.name}`"
    default = "" if key.default is None else f" Default: `{_shown(key.default)}`."
    return name, key.type, key.text + default


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _phrases() -> str:
    rows = ((f"`{form.phrase}`", form.means, f"“{form.heard}”") for form in PHRASE_FORMS)
    return _table(("phrase", "means", "heard in"), rows)


def _operators(rules: Schema) -> str:
    """Write the operators with the types of what they compare with, and what may stand beside them."""
    types = {key.name: key for key in keys_of("operators", rules)}
    rows = [
        (
            f"`{operator.name}`",
            types[operator.name].type,
            f"The value {operator.says}.",
            f"`{name}: {operator.example}`",
        )
        for name, operator in OPERATORS.items()
    ]
    beside = [key for name, key in types.items() if name.partition(".")[0] not in OPERATORS]
    rows += [(f"`{key.name}`", key.type, key.text, "") for key in beside]
    return _table(("operator", "compares with", "holds if", "example"), rows)


def _filters() -> str:
    rows = (
        (f"`{name}{f'({one.takes})' if one.takes else ''}`", one.summary, f"`{one.example}`")
        for name, one in FILTERS.items()
    )
    return _table(("filter", "what it does", "example"), rows) + "\nAll of Jinja's own filters are there too.\n"


def _codes() -> str:
    intro = "What begins with `E` is an error, with `W` a warning; `omiflow check --ignore CODE` passes over one.\n\n"
    return intro + _table(("code", "what it stands for"), ((f"`{code}`", text) for code, text in sorted(CODES.items())))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
