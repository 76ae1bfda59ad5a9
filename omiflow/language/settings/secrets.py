"""Which texts of a configuration are secret, and keeping them out of what is said about it.

Keeping them out of logs and answers is left to those who write them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from omiflow.model import Problem

SHORTEST_SECRET = 6
MOST_QUOTED = 40

_NOTIFY = "notify"
_KEYS = frozenset({"tokens", "token", "api_key", "webhook_url", "headers", "console_token"})


def secret_texts(tree: Any, given: Iterable[str]) -> frozenset[str]:
    """Gather what stands under the keys for secrets, and of `given` everything, from 6 characters on."""
    return frozenset(text for text in (*_leaves(tree, secret=False), *given) if len(text) >= SHORTEST_SECRET)


def without_secrets(problems: Iterable[Problem], secrets: Collection[str]) -> list[Problem]:
    """Blot secrets out of the texts of problems, also those that were cut after 40 characters."""
    forms = sorted({form for secret in secrets for form in (secret, secret[:MOST_QUOTED])}, key=len, reverse=True)
    return [
        msgspec.structs.replace(
            problem,
            message=_blotted(problem.message, forms),
            hint=None if problem.hint is None else _blotted(problem.hint, forms),
        )
        for problem in problems
    ]


def masked(text: str, secrets: Collection[str]) -> str:
    """Replace secrets in a file's text by as many stars, so that places in it stay what they are."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "*" * len(secret))
    return text


def _blotted(text: str, forms: list[str]) -> str:
    for form in forms:
        text = text.replace(form, "***")
    return text


def _leaves(value: Any, *, secret: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        keys = _KEYS | {"to"} if value.get("type") == _NOTIFY else _KEYS
        for key, inner in value.items():
            yield from _leaves(inner, secret=secret or key in keys)
    elif isinstance(value, list | tuple | frozenset):
        for inner in value:
            yield from _leaves(inner, secret=secret)
    elif secret and isinstance(value, str | int | float):
        yield str(value)
