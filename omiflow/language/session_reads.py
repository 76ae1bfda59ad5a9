"""What is wrong with how a template reads `session`: its function is asked with what is written between parentheses.

What the function gives is told by `engine.names`.
"""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from omiflow.engine.names import SILENCE
from omiflow.engine.sandbox import Sandbox
from omiflow.engine.templates import Template
from omiflow.errors import TemplateFault
from omiflow.language.codes import UNKNOWN_IN_TEMPLATE, WRONG_VALUE
from omiflow.language.nearest import did_you_mean
from omiflow.language.template_mistakes import Misread, place_of

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
    for call in sandbox.parse(template.source).find_all(nodes.Call) if ("session", "text") in template.paths else ():
        if isinstance(call.node, nodes.Getattr) and isinstance(call.node.node, nodes.Name):
            offset = place_of(template.source, _CALLED)
            told = _mistakes(call) if (call.node.node.name, call.node.attr) == ("session", "text") else ()
            found += [Misread(offset, len("session.text"), message, WRONG_VALUE) for message in told]
    return found


def _mistakes(call: nodes.Call) -> Iterator[str]:
    """Say what the function would complain about, as far as it hangs on nothing but the text of the template."""
    unknown = [one.key for one in call.kwargs if one.key not in _KEYS]
    for key in unknown:
        yield f"'session.text' takes no '{key}'{did_you_mean(key, _KEYS)}"
    if len(call.args) > len(_KEYS):
        yield "'session.text' takes no more than 'last' and 'speaker'"
    elif not unknown:
        given = dict(zip(_KEYS, call.args, strict=False)) | {one.key: one.value for one in call.kwargs}
        known = {key: node.value for key, node in given.items() if isinstance(node, nodes.Const)}
        try:
            SILENCE.text(**known)
        except TemplateFault as fault:
            yield str(fault)
