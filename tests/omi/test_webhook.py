from __future__ import annotations

from typing import Any

import pytest

from omiflow.errors import BadRequest
from omiflow.omi.receive import Received, receive

FORM = "application/x-www-form-urlencoded"


def read(raw: bytes, content_type: str = "application/json") -> Received:
    return receive("webhook", raw, query={}, headers={"content-type": content_type}, received=0.0)


@pytest.mark.parametrize(
    ("raw", "content_type", "body"),
    [
        (b'{"a": [1]}', "application/json", {"a": [1]}),
        (b'{"a": 1}', "", {"a": 1}),
        (b"[1, 2]", "text/plain", [1, 2]),
        (b"5", "application/json", 5),
        (b"null", "application/json", None),
        (b"", "application/json", {}),
        (b" \n", FORM, {}),
        (b"a=1&b=two+words&c=", FORM, {"a": "1", "b": "two words", "c": ""}),
        (b"a=1&a=2&b=%C3%A9", f"{FORM}; charset=utf-8", {"a": ["1", "2"], "b": "é"}),
        (b"a=%FF", FORM.upper(), {"a": "\ufffd"}),
        (b'{"a": 1}', FORM, {"a": 1}),
        (b"12", FORM, {"12": ""}),
    ],
)
def test_json_and_forms_are_read(raw: bytes, content_type: str, body: Any) -> None:
    assert read(raw, content_type).body == body


@pytest.mark.parametrize(
    ("raw", "content_type", "text"),
    [
        (b"hello", "text/plain", "not JSON"),
        (b"a=1", "application/json", "not JSON"),
        (b"--x\r\n", "multipart/form-data; boundary=x", "multipart/form-data"),
        (b"a&" * 10_001, FORM, "too many fields"),
        (b"[" * 200 + b"]" * 200, "application/json", "too deeply"),
    ],
)
def test_anything_else_is_refused_with_a_reason(raw: bytes, content_type: str, text: str) -> None:
    with pytest.raises(BadRequest, match=text) as refused:
        read(raw, content_type)
    assert refused.value.status == 422


@pytest.mark.parametrize(
    ("raw", "content_type", "uid"),
    [
        (b'{"uid": "u1"}', "", "u1"),
        (b'{"uid": 5}', "", "5"),
        (b"uid=u1", FORM, "u1"),
        (b"uid=u1&uid=u2", FORM, None),
        (b'{"uid": null}', "", None),
        (b'{"uid": ""}', "", None),
        (b'{"uid": {"a": 1}}', "", None),
        (b'[{"uid": "u1"}]', "", None),
    ],
)
def test_the_user_may_stand_at_the_top_of_the_body(raw: bytes, content_type: str, uid: str | None) -> None:
    assert read(raw, content_type).uid == uid
