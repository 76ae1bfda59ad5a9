"""A server whose clock is set by requests, for replaying days in minutes."""

from __future__ import annotations

import subprocess
import sys

RULES = """
rules:
  - id: advice
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    throttle: {limit: 1, period: 1h}
    actions: [{action: omi.prompt, data: {prompt: "Advice: {{ trigger.text }}"}}]
"""


def ask(served, number: int, at: str) -> bool:
    body = {"segments": [{"id": f"s{number}", "text": "any advice", "is_user": True}]}
    answer = served.post("realtime_transcript", body, x_omiflow_at=at)
    assert answer.status_code == 200
    return "notification" in answer.json()


def test_limits_follow_the_time_that_requests_tell_also_over_a_restart(serve):
    served = serve(RULES, config={"limits": {"requests_per_uid": "1/s"}}, options=("--clock", "request"))
    told = ["2026-03-02T09:00:00Z", "2026-03-02T09:59:00Z", "2026-03-02T10:00:01Z"]
    assert [ask(served, number, at) for number, at in enumerate(told)] == [True, False, True]
    assert [run["at"][:16] for run in served.runs()] == ["2026-03-02T10:00", "2026-03-02T09:59", "2026-03-02T09:00"]
    served.kill()
    served.start()
    assert not ask(served, 2, "2026-03-02T10:00:20Z")
    assert not ask(served, 3, "2026-03-02T10:30:00Z")
    assert ask(served, 4, "2026-03-02T11:00:30Z")


def test_the_header_is_not_believed_by_a_server_on_the_machines_clock(serve):
    served = serve(RULES)
    assert ask(served, 1, "2026-03-02T09:00:00Z")
    assert not ask(served, 2, "2026-03-02T11:00:00Z")
    assert not served.runs()[0]["at"].startswith("2026-03-02")


def test_only_a_server_on_loopback_lets_requests_tell_the_time(tmp_path):
    command = [sys.executable, "-m", "omiflow", "serve", "--clock", "request", "--host", "0.0.0.0", "--port", "0"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "127.0.0.1" in ended.stderr
    assert list(tmp_path.iterdir()) == []
