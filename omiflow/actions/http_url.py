"""Where an `http.request` goes: to a whole URL, or to a path below the connection's base URL.

Calling it is left to `http_request`, where it may connect to is left to `network`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote, unquote, urlencode

import httpx

from omiflow.actions.data import is_template
from omiflow.actions.network import refusal_of_url
from omiflow.model import Rejected

CLIMBS_OUT = "'url' climbs out of the connection's base_url with '..'"

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_DECODINGS = 3
"""Behind a proxy, what is encoded twice may be decoded twice."""


def destination(written: str, base_url: httpx.URL, *, query: Mapping[str, Any] | None = None) -> httpx.URL | Rejected:
    """Give the URL that is meant, with `query` behind what it has already, or say why there is none."""
    try:
        url = _whole(written.strip()) if _SCHEME.match(written.strip()) else _below(base_url, written.strip())
        if isinstance(url, Rejected) or not query:
            return url
        whole = "&".join(part for part in (url.query.decode("ascii"), urlencoded(query)) if part)
        return url.copy_with(query=whole.encode("ascii")) if whole else url
    except (httpx.InvalidURL, UnicodeError):
        return Rejected("'url' is no URL")


def misuse_of_url(data: Mapping[str, Any], settings: Mapping[str, Any] | None) -> tuple[str, str] | None:
    """Say what is wrong with a written URL that could never be called, with the key it stands at.

    `settings` are those of the connection, empty without one; None when it is not known which there will be.
    """
    written = data.get("url")
    if not isinstance(written, str) or is_template(written):
        return None
    if settings is None and not _SCHEME.match(written.strip()):
        return ("url", CLIMBS_OUT) if _climbs(written) else None
    url = destination(written, httpx.URL((settings or {}).get("base_url") or ""))
    reason = url.reason if isinstance(url, Rejected) else refusal_of_url(url)
    return None if reason is None else ("url", reason)


def escape_in_url(place: tuple[str | int, ...], data: Mapping[str, Any]) -> Callable[[str], str] | None:
    """Give what keeps a value in a `url` within its part of the URL, but for one with which the URL begins."""
    return _OnePart() if place == ("url",) and isinstance(data.get("url"), str) else None


def urlencoded(values: Mapping[str, Any]) -> str:
    """Encode parameters for a URL or a form; a list gives one for each item, None gives none, a mapping its JSON."""
    return urlencode(list(_pairs(values)), errors="replace")


@dataclass(frozen=True)
class _OnePart:
    """Encodes all that could end a part of a URL, and the dots of a part that would lead upwards."""

    spares_beginning: ClassVar = True

    def __call__(self, text: str) -> str:
        encoded = quote(text, safe="", errors="replace")
        return encoded if encoded.strip(".") else "%2E" * len(encoded)


def _whole(written: str) -> httpx.URL | Rejected:
    """Read a whole URL; literal '..' are gone from it already, encoded ones some servers would still follow."""
    url = httpx.URL(written)
    if _climbs(url.raw_path.decode("ascii")):
        return Rejected("'url' climbs upwards with an encoded '..'")
    return url


def _climbs(path: str) -> bool:
    """Tell whether a part of a path leads upwards; some servers take what follows ';' off a part beforehand."""
    decoded = re.split(r"[?#]", path)[0]
    for _ in range(_DECODINGS):
        decoded = unquote(decoded)
        if any(part.split(";")[0] == ".." for part in re.split(r"[/\\]", decoded)):
            return True
    return False


def _below(base_url: httpx.URL, path: str) -> httpx.URL | Rejected:
    """Put a path below the base URL as text, so that nothing in it can name another host."""
    if not base_url.raw_host:
        return Rejected("'url' is only a path; write a whole URL, or name a connection with a base_url")
    if _climbs(path):
        return Rejected(CLIMBS_OUT)
    base = str(base_url.copy_with(query=None, fragment=None))
    return httpx.URL(base + path if path[:1] in ("", "?") else f"{base.rstrip('/')}/{path.lstrip('/')}")


def _pairs(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        for item in value if isinstance(value, list | tuple) else (value,):
            if item is not None:
                yield name, _plain(item)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value).lower() if isinstance(value, bool) else str(value)
