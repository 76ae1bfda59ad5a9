"""`omiflow actions` and `omiflow triggers`: what can be written, from the descriptions that `check` uses too."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from textwrap import indent

import click

from omiflow.actions.table import ACTIONS, PLANNED
from omiflow.cli.page import HANG, Page
from omiflow.cli.settings import json_option, print_json
from omiflow.errors import UsageError
from omiflow.language.describe import Described, DescribedKey, described_actions, described_forms
from omiflow.language.nearest import did_you_mean
from omiflow.language.schema import rules_schema
from omiflow.language.spec_rules import PLANNED_TRIGGERS, TRIGGERS
from omiflow.language.telling import not_yet


@click.command()
@click.argument("name", required=False)
@json_option
def actions(*, name: str | None, as_json: bool) -> None:
    """Show what an action step can do, or one action with its data, its answer and an example."""
    found = list(described_actions(ACTIONS, rules_schema(ACTIONS)))
    _show("action", found, name, planned=PLANNED, as_json=as_json)


@click.command()
@click.argument("name", required=False)
@json_option
def triggers(*, name: str | None, as_json: bool) -> None:
    """Show what can start a rule, or one trigger with its options and an example."""
    found = list(described_forms("trigger", TRIGGERS, rules_schema({})))
    _show("trigger", found, name, planned=PLANNED_TRIGGERS, as_json=as_json)


def _show(kind: str, found: Sequence[Described], name: str | None, *, planned: Collection[str], as_json: bool) -> None:
    names = [one.name for one in found]
    if name is not None and name not in names:
        wrong = not_yet(name) if name in planned else f"unknown {kind} '{name}'{did_you_mean(name, names)}"
        raise UsageError(wrong)
    shown = [one for one in found if name in (None, one.name)]
    page = Page()
    if as_json:
        print_json({f"{kind}s": [asdict(one) for one in shown]})
    elif name is None:
        page.rows((kind, "what", "data" if kind == "action" else "options"), [_row(one) for one in shown])
        page.line()
        page.line(f"[…] may be left out; `omiflow {kind}s NAME` tells more")
    else:
        _one(page, shown[0])


def _row(one: Described) -> tuple[str, str, str]:
    outer = [key for key in one.keys if "." not in key.name]
    needed = [key.name for key in outer if key.required]
    return one.name, _plain(one.text), ", ".join([*needed, *(f"[{key.name}]" for key in outer if not key.required)])


def _one(page: Page, one: Described) -> None:
    page.line((one.name, "bold"))
    page.line(_plain(one.text), indent=HANG)
    for note in one.notes:
        page.line(_plain(note), indent=HANG)
    for title, keys in (("keys", one.keys), ("answers", one.answers)):
        if keys:
            page.line()
            page.rows((title, "type", "what it is"), [_key(key) for key in keys])
    page.line()
    page.line(("example", "dim"))
    click.echo(indent(one.example.strip(), " " * HANG))


def _key(key: DescribedKey) -> tuple[str, str, str]:
    name = key.name if key.required else f"[{key.name}]"
    default = "" if key.default is None else f" ({str(key.default).lower()} when left out)"
    return name, key.type.replace("`", ""), _plain(key.text) + default


def _plain(text: str) -> str:
    """Give a description without the marks of Markdown."""
    return text.replace("`", "'")
