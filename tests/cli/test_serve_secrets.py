"""Secrets come into no log, whatever fails."""

from __future__ import annotations

import json
import time

import pytest

SECRETS = (
    "token-of-the-tests-0001",
    "console-token-of-the-tests",
    "sk_test_key",
    "xoxb-test-token",
    "/slack/hook/secret-part",
    "home-secret",
)
ACTIONS = {
    "posts": '{action: slack.post_message, connection: slack, data: {channel: "#a", text: hello}}',
    "hooks": "{action: slack.webhook, connection: hook, data: {text: hello}}",
    "calls": "{action: http.request, connection: home, data: {url: /lights, method: POST}}",
    "notes": "{action: omi.notify, data: {message: hello}}",
    "recalls": "{action: omi.create_memories, data: {memories: [{content: hello}]}}",
}
RULES = "rules:\n" + "".join(
    f"  - id: {name}\n    triggers: [{{trigger: memory_created}}]\n    actions: [{action}]\n"
    for name, action in ACTIONS.items()
)
FAILURES = {
    "refused": (401, {"ok": False, "error": "invalid_auth", "detail": " ".join(SECRETS)}, {}),
    "missing": (404, {"ok": False, "error": "sk_test_key", "detail": "xoxb-test-token"}, {}),
    "broken": (500, {"detail": "Bearer home-secret"}, {}),
    "redirected": (302, {}, {"location": "http://127.0.0.1:1/xoxb-test-token/home-secret"}),
    "nonsense": (200, b"\xff\x00 sk_test_key home-secret", {}),
}


def told(text):
    return [secret for secret in SECRETS if secret in text]


def until_told(served, times):
    """Wait until the log tells of an end or a wait of every rule, `times` times."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        lines = [
            line for line in served.log().splitlines() if any(f" {end} " in line or f'"{end}"' in line for end in ENDS)
        ]
        if all(sum(name in line for line in lines) >= times for name in ACTIONS):
            return
        time.sleep(0.02)
    raise AssertionError(served.log())


ENDS = ("failed", "waiting", "done")


@pytest.mark.parametrize("form", ["json", "console"])
def test_failing_deliveries_tell_no_secret(serve, outside, form):
    served = serve(RULES, options=("--log-format", form))
    for number, (name, (status, body, headers)) in enumerate(FAILURES.items(), 1):
        outside.answers.clear()
        outside.answer("", status, body, headers)
        served.post("memory_created", {"id": name, "structured": {"title": "t"}})
        until_told(served, number)
    served.stop()
    assert told(served.log()) == []


def test_nobody_at_the_other_end_tells_no_secret(serve):
    gone = "http://127.0.0.1:1"
    connections = {
        "slack": {"type": "slack", "token": "xoxb-test-token", "base_url": f"{gone}/slack/api"},
        "hook": {"type": "slack", "webhook_url": f"{gone}/slack/hook/secret-part"},
        "home": {"type": "http", "base_url": gone, "headers": {"Authorization": "Bearer home-secret"}},
    }
    served = serve(RULES, config={"connections": connections, "omi": {"base_url": gone}})
    served.post("memory_created", {"id": "m1", "structured": {"title": "t"}})
    until_told(served, 1)
    served.stop()
    assert told(served.log()) == []


def test_requests_that_can_not_be_taken_tell_no_token(serve):
    served = serve("rules: []\n")
    for event, body in (("realtime_transcript", b"{"), ("memory_created", b"\xff"), ("token-of-the-tests-0001", b"{}")):
        served.post(event, body)
    served.post("memory_created", {"id": "m"}, uid=None)
    served.stop()
    assert "event ignored" in served.log()
    assert told(served.log()) == []


def test_tokens_made_at_the_first_start_are_kept_out_of_its_log(serve):
    served = serve("rules: []\n", config={"apps": {"mine": {}}, "console": {}})
    token = json.loads((served.folder / "data" / "tokens.json").read_text())["app:mine"]
    answer = served.ask("POST", f"/hooks/{token}/{token}", params={"uid": "u"}, content=b"{}")
    assert answer.status_code == 200
    served.stop()
    assert "event ignored" in served.log()
    assert token not in served.log()
