"""Templates that read a variable which none of the rule's apps has; what apps there are is told by the facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jinja2 import nodes

from omiflow.engine.sandbox import Sandbox
from omiflow.engine.templates import Template
from omiflow.language.doubts.doubting import Doubting, joined
from omiflow.language.facts import AppFacts
from omiflow.language.nearest import did_you_mean
from omiflow.language.template_mistakes import OF_MAPPINGS

_DEFAULTS = frozenset({"default", "d"})
_DEFINED = frozenset({"defined", "undefined"})


def apps_of(doubting: Doubting) -> list[AppFacts]:
    """List the apps of a rule; none where they or their variables are not known."""
    facts, named = doubting.writing.facts, doubting.rule.apps
    apps = [app for name, app in facts.apps.items() if named is None or name in named]
    known = facts.complete and "apps" not in doubting.writing.unread and all(app.variables is not None for app in apps)
    return apps if known else []


def unknown_variables(template: Template, apps: Sequence[AppFacts], sandbox: Sandbox) -> Iterator[tuple[str, str]]:
    """Give each variable that a template reads and that no app has, with what to say of it.

    One that may be left out, as in `app.variables.city | default('Bonn')`, is none of them.
    """
    read = {path[2] for path in template.paths if path[:2] == ("app", "variables") and len(path) > 2}  # noqa: PLR2004
    known = sorted({name for app in apps for name in app.variables or ()})
    unknown = read.difference(known, OF_MAPPINGS)
    if not apps or not unknown or "app" in template.own:
        return
    names = [f"'{app.name}'" for app in apps]
    whose = f"app {names[0]} has" if len(names) == 1 else f"apps {joined(names)} have"
    optional = _optional(sandbox.parse(template.source))
    for name in sorted(unknown - optional):
        advice = did_you_mean(name, known) or "; put it under the app's 'variables' in omiflow.yaml"
        yield name, f"{whose} no variable '{name}'{advice}"


def _optional(tree: nodes.Template) -> set[str]:
    """List the keys at whose reads the template says what counts without them."""
    found: set[str] = set()
    for node in tree.find_all((nodes.Filter, nodes.Test, nodes.Or)):
        read = _asked(node)
        while isinstance(read, nodes.Getattr | nodes.Getitem):
            if isinstance(read, nodes.Getattr):
                found.add(read.attr)
            elif isinstance(read.arg, nodes.Const):
                found.add(str(read.arg.value))
            read = read.node
    return found


def _asked(node: nodes.Node) -> nodes.Node | None:
    """Give what may be left out without harm to a node, None where nothing may."""
    if isinstance(node, nodes.Or):
        return node.left
    names = _DEFAULTS if isinstance(node, nodes.Filter) else _DEFINED
    return node.node if isinstance(node, nodes.Filter | nodes.Test) and node.name in names else None
