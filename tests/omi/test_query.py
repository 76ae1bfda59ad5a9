from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.omi.query import read_query


@pytest.mark.parametrize(
    ("raw", "query"),
    [
        (b"", {}),
        (b"uid=qT7m", {"uid": "qT7m"}),
        (b"uid=a%20b", {"uid": "a b"}),
        (b"k=v&uid=u1", {"k": "v", "uid": "u1"}),
        (b"k=v?uid=u1", {"k": "v", "uid": "u1"}),
        (b"k=v%3Fuid%3Du1", {"k": "v", "uid": "u1"}),
        (b"k=v?sample_rate=16000&uid=u1", {"k": "v", "sample_rate": "16000", "uid": "u1"}),
        (b"k=1&k=2", {"k": "1"}),
        (b"uid=mine&uid=omis", {"uid": "omis"}),
        (b"uid=mine&uid=", {"uid": "mine"}),
        (b"uid=", {}),
        (b"blank=&x", {"blank": "", "x": ""}),
        (b"q=a+b%2Bc", {"q": "a b+c"}),
        (b"q=%FF&uid=u1", {"q": "\ufffd", "uid": "u1"}),
        ("q=é\xff".encode("latin-1"), {"q": "\ufffd\ufffd"}),
    ],
)
def test_a_query_is_read_in_every_form_omi_has_sent(raw: bytes, query: dict[str, str]) -> None:
    assert read_query(raw) == query


@given(st.binary(max_size=60))
def test_no_query_is_refused(raw: bytes) -> None:
    assert all(isinstance(value, str) for value in read_query(raw).values())
