from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.errors import BadRequest
from omiflow.omi.body import DEEPEST, decode, decode_bounded


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b' {"a": [1, 2.5, null, true]} ', {"a": [1, 2.5, None, True]}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": "cut \\ud83d"}', {"a": "cut \ufffd"}),
        (b'{"\\ud83d\\ude00": 1}', {"\U0001f600": 1}),
        (b'{"a": 1e400, "b": -1e400}', {"a": None, "b": None}),
        (b'{"a": ' + b"9" * 5000 + b"}", {"a": None}),
        (b'{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
    ],
)
def test_odd_json_is_read_as_something_that_can_be_stored(raw: bytes, value: Any) -> None:
    assert decode(raw) == value
    assert msgspec.json.decode(msgspec.json.encode(decode(raw))) == value


@pytest.mark.parametrize(
    "raw", [b"", b" ", b"{", b"nope", b"NaN", b'{"a": Infinity}', b'"\xff"', b"{'a': 1}", b"[" * 100_000, b"{} {}"]
)
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest) as refused:
        decode(raw)
    assert refused.value.status == 422


@pytest.mark.parametrize(
    ("opening", "closing", "times"),
    [(b"[", b"]", DEEPEST), (b'{"a":', b"}", DEEPEST), (b'[{"a":', b"}]", DEEPEST // 2)],
)
def test_a_body_is_refused_once_it_is_nested_too_deeply(opening: bytes, closing: bytes, times: int) -> None:
    assert decode_bounded(opening * times + b"1" + closing * times) is not None
    for deeper in (times + 1, 1_000, 50_000):
        with pytest.raises(BadRequest, match="too deeply"):
            decode_bounded(opening * deeper + b"1" + closing * deeper)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    status = 200
    try:
        msgspec.json.encode(decode_bounded(raw))
    except BadRequest as refused:
        status = refused.status
    assert status in (200, 422)
