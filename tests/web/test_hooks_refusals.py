"""What hooks refuse, with which status, and always with a JSON object."""

from __future__ import annotations

import pytest

RULES = """
rules:
  - id: any
    triggers: [{trigger: webhook, name: ci}]
    actions: [{action: log.write, data: {message: "Got {{ event.n }}"}}]
"""
CONFIG = {"limits": {"body": "100KB"}}
TOKEN = "token-of-the-tests-0001"

pytestmark = pytest.mark.usefixtures("no_faults")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/hooks/wrong/memory_created?uid=u", b"{}", 404),
        ("POST", "/hooks/wrong/anything/at/all", b"{}", 404),
        ("POST", "/hooks//memory_created?uid=u", b"{}", 404),
        ("POST", f"/hooks/{TOKEN[:-1]}/memory_created?uid=u", b"{}", 404),
        ("POST", f"/hooks/{TOKEN}x/memory_created?uid=u", b"{}", 404),
        ("POST", "/hooks/%00/memory_created?uid=u", b"{}", 404),
        ("POST", "/hooks/%ff%fe/memory_created?uid=u", b"{}", 404),
        ("POST", "/hooks/t%C3%B6ken/memory_created?uid=u", b"{}", 404),
        ("POST", f"/hooks/{'x' * 50_000}/memory_created?uid=u", b"{}", 404),
        ("POST", "/hooks", b"{}", 404),
        ("POST", "/hooks/", b"{}", 404),
        ("POST", f"/hooks/{TOKEN}", b"{}", 404),
        ("POST", f"/hooks/{TOKEN}/webhook", b"{}", 404),
        ("POST", f"/hooks/{TOKEN}/webhook/", b"{}", 404),
        ("POST", f"/hooks/{TOKEN}/webhook/a/b", b"{}", 404),
        ("POST", f"/hooks/{TOKEN}/webhook/a%2Fb", b"{}", 404),
        ("POST", f"/hooks/{TOKEN}/memory_created/more?uid=u", b"{}", 404),
        ("POST", f"/hooks/{TOKEN}/memory_created", b"{}", 422),
        ("POST", f"/hooks/{TOKEN}/memory_created?uid=", b"{}", 422),
        ("POST", f"/hooks/{TOKEN}/realtime_transcript?user=u", b"{}", 422),
        ("POST", f"/hooks/{TOKEN}/memory_created?uid={'u' * 257}", b"{}", 422),
        ("POST", f"/hooks/{TOKEN}/webhook/ci", b'{"uid": "%s"}' % (b"u" * 257), 422),
        ("POST", f"/hooks/{TOKEN}/memory_created?uid=u", b"not json", 422),
        ("POST", f"/hooks/{TOKEN}/memory_created?uid=u", b"", 422),
        ("POST", f"/hooks/{TOKEN}/memory_created?uid=u", b'{"id": "1"', 422),
        ("POST", f"/hooks/{TOKEN}/memory_created?uid=u", b"\xff\xfe", 422),
        ("POST", f"/hooks/{TOKEN}/realtime_transcript?uid=u", b"nope", 422),
        ("POST", f"/hooks/{TOKEN}/day_summary?uid=u", b"[" * 5000, 422),
        ("POST", f"/hooks/{TOKEN}/button_event?uid=u", b"{'a': 1}", 422),
        ("POST", f"/hooks/{TOKEN}/webhook/ci", b"NaN", 422),
        ("POST", f"/hooks/{TOKEN}/memory_created?uid=u&x={'y' * 9000}", b"{}", 414),
        ("POST", f"/hooks/{TOKEN}/memory_created?uid=u", b" " * 100_001, 413),
        ("POST", f"/hooks/{TOKEN}/audio_bytes?uid=u", b" " * 100_001, 413),
        ("GET", f"/hooks/{TOKEN}/memory_created?uid=u", b"", 405),
        ("PUT", f"/hooks/{TOKEN}/memory_created?uid=u", b"{}", 405),
        ("DELETE", f"/hooks/{TOKEN}/webhook/ci", b"", 405),
        ("OPTIONS", f"/hooks/{TOKEN}/memory_created?uid=u", b"", 405),
        ("GET", "/hooks/wrong/memory_created", b"", 404),
        ("GET", "/", b"", 404),
        ("GET", "/nothing/here", b"", 404),
        ("POST", "/setup/default", b"", 404),
        ("GET", "/console/", b"", 404),
        ("POST", "/healthz", b"", 405),
        ("DELETE", "/metrics", b"", 405),
        ("GET", "/api/nothing", b"", 404),
        ("GET", "/api/events", b"", 401),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)  # fmt: skip
def test_it_is_refused_with_an_error_in_json(ask, is_json_object, *, method, path, body, status):
    answer = ask(method, path, body)
    assert answer.status_code == status
    assert is_json_object(answer)
    assert answer.json()["error"]
    assert TOKEN not in answer.text


@pytest.mark.parametrize("path", [f"/hooks/{TOKEN}/memory_created?uid=u", "/healthz", "/api/events", "/nothing"])
def test_head_is_answered_without_a_body(ask, path):
    answer = ask("HEAD", path)
    assert answer.status_code in {401, 404, 405}
    assert answer.content == b""
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    [
        f"/hooks/{TOKEN}/webhook/ci",
        f"/hooks/{TOKEN}/webhook/ci/",
        f"//hooks/{TOKEN}/webhook/ci",
        f"/hooks//{TOKEN}//webhook/ci",
        f"/hooks/{TOKEN}/webhook/c%69",
    ],
)
def test_needless_slashes_and_escapes_do_no_harm(ask, shared, path):
    before = len(shared.runs(rule="any"))
    assert ask("POST", path, b'{"n": 1}').status_code == 200
    assert len(shared.runs(rule="any")) == before + 1


def test_odd_webhook_names_are_only_names(ask):
    for name in ("%00", "%ff", "%F0%9F%98%80", "a:b", "x" * 5000):
        answer = ask("POST", f"/hooks/{TOKEN}/webhook/{name}", b"{}")
        assert (answer.status_code, answer.json()) == (200, {}), name


def test_a_body_at_the_limit_is_taken(ask):
    body = b'{"n": 1}'.ljust(100_000)
    assert ask("POST", f"/hooks/{TOKEN}/webhook/ci", body).status_code == 200


def test_refusals_are_counted(ask, shared):
    before = _refused(shared)
    ask("POST", "/hooks/wrong/x")
    assert _refused(shared) == before + 1


def _refused(shared) -> float:
    lines = shared.get("/metrics").text.splitlines()
    return sum(
        float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith('omiflow_hooks_refused_total{status="404"')
    )
