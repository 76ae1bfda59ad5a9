"""What stands at a path of a run's journal in the source of its rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PART = re.compile(r"(\w+)(?:\[(\d+)\])?")
_TURNS = "repeat"
"""The number behind it counts the turns; all of them have the same steps."""


def action_at(source: Any, path: str) -> str | None:
    """Name the action of the step at `path`, None where there is another step or nothing.

    `source` is what the store keeps of a rule: the mapping with `rule`.
    """
    value = source.get("rule") if isinstance(source, Mapping) else None
    for name, number in _PART.findall(path):
        value = value.get(name) if isinstance(value, Mapping) else None
        if number and name != _TURNS:
            value = value[int(number)] if isinstance(value, list) and int(number) < len(value) else None
    action = value.get("action") if isinstance(value, Mapping) else None
    return action if isinstance(action, str) else None
