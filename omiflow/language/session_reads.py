"""What is wrong with how a template reads `session`: its function is asked with what is written between parentheses.

What the function gives is told by `engine.names`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from jinja2 import nodes

from omiflow.durations import seconds
from omiflow.engine.names import SILENCE
from omiflow.engine.sandbox import Sandbox
from omiflow.engine.templates import Template
from omiflow.errors import TemplateFault
from omiflow.language.codes import FORGOTTEN, UNKNOWN_IN_TEMPLATE, WRONG_VALUE
from omiflow.language.nearest import did_you_mean
from omiflow.language.template_mistakes import Misread, place_of
from omiflow.speech.stream import LONGEST_KEPT

_CALL = "session.text"
_KEYS = ("last", "speaker")
_CALLED = r"(?<![\w.])session\s*\.\s*text\b"
_ALONE = r"(?<![\w.])session\b(?!\s*[.\[])"


def misread_session(template: Template, sandbox: Sandbox) -> list[Misread]:
    """Give what can't be meant of the reads of `session`."""
    if "session" not in template.names or "session" in template.own:
        return []
    found = []
    if "session" in template.whole:
        message = "'session' alone stands for nothing; write 'session.text()' for what was said"
        found.append(Misread(place_of(template.source, _ALONE), len("session"), message, UNKNOWN_IN_TEMPLATE))
    for call in _calls(template, sandbox):
        found += [Misread(_place(template), len(_CALL), message, WRONG_VALUE) for message in _mistakes(call)]
    return found


def forgotten(template: Template, sandbox: Sandbox) -> list[Misread]:
    """Give the reads of `session` that ask for more than is remembered."""
    found = []
    for call in _calls(template, sandbox) if "session" not in template.own else ():
        last = _given(call).get("last")
        with suppress(ValueError):
            if isinstance(last, nodes.Const) and isinstance(last.value, str) and seconds(last.value) > LONGEST_KEPT:
                message = (
                    f"what was said is remembered for {LONGEST_KEPT / 60:g} minutes, so '{last.value}' gives no more"
                )
                found.append(Misread(_place(template), len(_CALL), message, FORGOTTEN))
    return found


def _place(template: Template) -> int:
    return place_of(template.source, _CALLED)


def _calls(template: Template, sandbox: Sandbox) -> Iterator[nodes.Call]:
    """Give the calls of `session.text`."""
    for call in sandbox.parse(template.source).find_all(nodes.Call) if ("session", "text") in template.paths else ():
        called = call.node
        if (
            isinstance(called, nodes.Getattr)
            and isinstance(called.node, nodes.Name)
            and (called.node.name, called.attr) == ("session", "text")
        ):
            yield call


def _given(call: nodes.Call) -> dict[str, nodes.Expr]:
    return dict(zip(_KEYS, call.args, strict=False)) | {one.key: one.value for one in call.kwargs}


def _mistakes(call: nodes.Call) -> Iterator[str]:
    """Say what the function would complain about, as far as it hangs on nothing but the text of the template."""
    unknown = [one.key for one in call.kwargs if one.key not in _KEYS]
    for key in unknown:
        yield f"'session.text' takes no '{key}'{did_you_mean(key, _KEYS)}"
    if len(call.args) > len(_KEYS):
        yield "'session.text' takes no more than 'last' and 'speaker'"
    elif not unknown:
        known = {key: node.value for key, node in _given(call).items() if isinstance(node, nodes.Const)}
        try:
            SILENCE.text(**known)
        except TemplateFault as fault:
            yield str(fault)
