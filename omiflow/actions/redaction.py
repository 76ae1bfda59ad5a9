"""Keeping secrets out of what people get to read: which they are, and blotting them out.

Where secrets come from is left to the configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from omiflow.actions.scope import Scope

_HARMLESS = frozenset(
    (
        "type",
        "base_url",
        "accept",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "content-type",
        "model",
        "path",
        "prefer",
        "user-agent",
    )
)
_SHORTEST = 8
SHORTEST_SECRET = 6
"""A shorter text, in characters, would blot out half a page."""


def secrets_of(scope: Scope) -> tuple[str, ...]:
    """List the secrets that a step works with, in each form in which an answer could repeat them, longest first."""
    found = {form for secret in _leaves(scope.connection or {}) for form in forms_of(secret)}
    found.update(forms_of(scope.app.api_key or ""))
    return tuple(sorted((form for form in found if len(form) >= _SHORTEST), key=len, reverse=True))


def redacted(text: str, secrets: Iterable[str]) -> str:
    """Replace every secret in a text by three stars."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


class Blotter:
    """Blots known secrets out of values that people get to read, however deep and in whatever form they stand there."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for known in forms_of(secret) for form in (known, repr(known)[1:-1])}
        self._forms = sorted((form for form in forms if len(form) >= SHORTEST_SECRET), key=len, reverse=True)

    def value(self, value: Any) -> Any:
        """Give `value` with stars in place of every secret; what is neither JSON nor a list becomes text."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {key: self.value(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(inner) for inner in value]
        return redacted(str(value), self._forms)


def _leaves(settings: Mapping[str, Any]) -> Iterator[str]:
    for name, value in settings.items():
        if name.lower() in _HARMLESS:
            continue
        if isinstance(value, Mapping):
            yield from _leaves(value)
        elif isinstance(value, str):
            yield value


def forms_of(secret: str) -> Iterator[str]:
    """Give the forms in which a secret may be repeated: `Bearer abc` is also known by `abc`, a URL by its path."""
    parts = [secret, *secret.split()[-1:]]
    parts += [urlsplit(part).path for part in parts if "://" in part]
    for part in parts:
        yield part
        yield quote(part, safe="")
        yield quote(part)  # so does Jinja's `urlencode`
