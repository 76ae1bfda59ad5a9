"""The query of a request, with the ways Omi has put the user into it."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

_plain = re.compile(rb"uid=([A-Za-z0-9_.~-]+)").fullmatch
_glued = re.compile(r"\?(uid|sample_rate)=")


def read_query(raw: bytes) -> dict[str, str]:
    """Read a query, percent-decoded: of a name the first value counts, of `uid` the last that isn't empty.

    Omi appends its `uid` at the end, and older servers glued it on as `k=v?uid=…` (Omi's protocol, 1.3).
    """
    plain = _plain(raw)
    if plain is not None:
        return {"uid": plain[1].decode("ascii")}
    query: dict[str, str] = {}
    for sent_name, sent_value in parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True):
        parts = [sent_name, *_glued.split(sent_value)]
        for name, value in zip(parts[::2], parts[1::2], strict=True):
            if name != "uid":
                query.setdefault(name, value)
            elif value:
                query["uid"] = value
    return query
