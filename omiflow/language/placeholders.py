"""Omi's placeholders in the template of a prompt: which it uses, and whether the apps may."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from omiflow.engine import inline
from omiflow.engine.templates import Template
from omiflow.language.codes import BAD_TEMPLATE, SCOPE, UNKNOWN_NAME
from omiflow.language.nearest import did_you_mean
from omiflow.language.telling import Loc
from omiflow.language.template_mistakes import place_of
from omiflow.language.writing import Writing


def placeholders(writing: Writing, template: Any, loc: Loc, apps: Sequence[str]) -> tuple[str, ...]:
    """List the placeholders that a prompt's template uses, in Omi's order."""
    if not isinstance(template, Template):
        return ()
    if "omi" in template.whole:
        message = "'omi' can't be used as a whole; write 'omi.user_name' for a placeholder"
        offset = place_of(template.source, r"(?<![\w.])omi\b(?!\s*(?:\.|\[\s*(?:'\w*'|\"\w*\")\s*\]))")
        writing.wrong_inside(loc, offset, message, code=BAD_TEMPLATE, length=len("omi"))
    by_omi = {path[1] for path in template.paths if path[0] == "omi" and len(path) > 1}
    for name in sorted(by_omi - set(inline.PLACEHOLDERS)):
        message = f"Omi has no placeholder '{name}'{did_you_mean(name, inline.PLACEHOLDERS)}"
        offset = place_of(template.source, rf"(?<=\.){re.escape(name)}\b")
        writing.wrong_inside(loc, offset, message, code=UNKNOWN_NAME, length=len(name))
    used = tuple(name for name in inline.PLACEHOLDERS if name in template.names or name in by_omi)
    for name in used:
        for app in apps:
            scopes = writing.facts.apps[app].scopes
            if scopes is not None and name not in scopes:
                message = f"app '{app}' lacks the scope '{name}'; add it to its 'scopes' in omiflow.yaml"
                offset = place_of(template.source, rf"\b{name}\b")
                writing.wrong_inside(loc, offset, message, code=SCOPE, length=len(name))
    return used
