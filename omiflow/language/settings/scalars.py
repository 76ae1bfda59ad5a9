"""The single values of a configuration that have a form of their own: tokens, URLs, time zones, sizes, rates.

The mappings they stand in are in `spec`.
"""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Any

import httpx
from pydantic import AfterValidator, BeforeValidator, Field

from omiflow.actions.apprise_library import is_service
from omiflow.actions.network import refusal_of_url
from omiflow.language.spec_parts import read_clock_time
from omiflow.language.zones import known_zone
from omiflow.speech.words import normalised

SHORTEST_TOKEN = 16
SQLITE = "sqlite:///"

_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{SHORTEST_TOKEN},}}")
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?")
_SIZE = re.compile(r"(\d{1,12}(?:\.\d+)?) ?(B|kB|KB|MB|GB|KiB|MiB|GiB)")
_BYTES = {"B": 1, "kB": 1000, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_RATE = re.compile(r"(\d{1,9}(?:\.\d+)?) ?/ ?(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def _token(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        wanted = f"a token is at least {SHORTEST_TOKEN} letters, digits, '_' and '-'"
        raise ValueError(f"{wanted}; make one with 'openssl rand -hex 16'")
    return text


def _key(text: str) -> str:
    if not _VISIBLE.fullmatch(text):
        raise ValueError("a key is not empty and has neither blanks nor characters beyond ASCII; copy it again")
    return text


def _header_name(text: str) -> str:
    if not _HEADER_NAME.fullmatch(text):
        raise ValueError(f"'{text}' is no name of a header; write it like 'Authorization'")
    return text


def _header_value(text: str) -> str:
    if not _HEADER_VALUE.fullmatch(text):
        raise ValueError("the value of a header is one line of ASCII")
    return text


def _url(text: str) -> str:
    try:
        reason = refusal_of_url(httpx.URL(text))
    except (httpx.InvalidURL, UnicodeError):
        reason = "this is no URL"
    if reason is not None:
        raise ValueError(f"{reason}; write it like 'https://example.com'")
    return text


def _base_url(text: str) -> str:
    _url(text)
    if "?" in text or "#" in text:
        raise ValueError("other paths are put behind this URL; leave out what begins with '?' or '#'")
    return text.rstrip("/")


def _notify_url(text: str) -> str:
    if not is_service(text):
        raise ValueError("Apprise knows no service of this URL; write it like 'ntfys://topic', as its wiki says")
    return text


def _quiet_hours(value: Any) -> tuple[time, time]:
    since, _, until = value.partition("-") if isinstance(value, str) else ("", "", "")
    try:
        hours = read_clock_time(since.strip()), read_clock_time(until.strip())
    except ValueError:
        raise ValueError("quiet hours are wanted, like '22:00-07:00'") from None
    if hours[0] == hours[1]:
        raise ValueError("quiet hours that end when they begin are none; write them like '22:00-07:00'")
    return hours


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        short = text[:2].lower() if re.match(r"[A-Za-z]{2}([-_]|$)", text) else "en"
        raise ValueError(f"'{text}' is no code of a language; write its small letters alone, like '{short}'")
    return text


def _filler(text: str) -> str:
    words = normalised(text)
    if not words:
        raise ValueError(f"'{text}' has no word in it")
    if len(words) > 1:
        raise ValueError(f"'{text}' is {len(words)} words; a filler is one, which is passed over wherever it is said")
    return words[0]


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError(f"'{text}' is no host; write only its name, like 'crm.example.com'")
    return text


def checked_database(text: str) -> str:
    """Let the URL of an SQLite file through; raises ValueError for any other."""
    path = text.removeprefix(SQLITE)
    if text in ("sqlite://", SQLITE) or path == ":memory:":
        raise ValueError("a database in memory forgets; write it like 'sqlite:///omiflow.db'")
    if path == text or "?" in path:
        raise ValueError("the database is a file of SQLite; write it like 'sqlite:///omiflow.db'")
    return text


def _path(text: str) -> str:
    if not text.strip() or "\0" in text:
        raise ValueError("a path is wanted, relative to the folder of omiflow.yaml")
    return text


def _size(value: Any) -> int:
    if type(value) in (int, float):
        raise ValueError(f"a bare number has no unit; write it like '{value}MB' or '{value}kB'")
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    count = round(float(found[1]) * _BYTES[found[2]]) if found else 0
    if count < 1:
        raise ValueError("a size of more than nothing is wanted, like '10MB' or '500kB'")
    return count


def _rate(value: Any) -> float | None:
    if value is None:
        return None
    found = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    rate = float(found[1]) / _SECONDS[found[2]] if found else 0.0
    if rate <= 0:
        raise ValueError("a rate is wanted, like '20/s' or '300/m', or null for no limit")
    return rate


Token = Annotated[str, AfterValidator(_token)]
Key = Annotated[str, AfterValidator(_key)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[str, AfterValidator(_header_value)]
Url = Annotated[str, AfterValidator(_url)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
NotifyUrl = Annotated[str, AfterValidator(_notify_url)]
QuietHours = Annotated[
    tuple[time, time],
    BeforeValidator(_quiet_hours, json_schema_input_type=str),
    Field(description="When nobody is interrupted, in the user's zone: 22:00-07:00."),
]
Host = Annotated[str, AfterValidator(_host)]
Zone = Annotated[
    str, AfterValidator(known_zone), Field(description="A name of the IANA database, such as Europe/Berlin.")
]
Language = Annotated[
    str,
    AfterValidator(_language),
    Field(description="A code of ISO 639, such as `en` or `de`.", json_schema_extra={"pattern": "^[a-z]{2,3}$"}),
]
Filler = Annotated[str, AfterValidator(_filler)]
Database = Annotated[
    str, AfterValidator(checked_database), Field(description="A file of SQLite, such as sqlite:///omiflow.db.")
]
FilePath = Annotated[str, AfterValidator(_path), Field(description="Relative to the folder of omiflow.yaml.")]
Size = Annotated[int, BeforeValidator(_size, json_schema_input_type=str), Field(description="Bytes: 500kB, 10MB.")]
Rate = Annotated[
    float | None,
    BeforeValidator(_rate, json_schema_input_type=str | None),
    Field(description="20/s, 300/m, 1000/h, or null for no limit."),
]
