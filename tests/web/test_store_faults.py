"""A disk that takes nothing more: what Omi is told, and that its second try finds everything as it was.

The limit on the size of files is set on the running server from outside, as a full disk would be.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import structlog

from omiflow.language.settings.config import load_config
from omiflow.runtime.clock import WallClock
from omiflow.runtime.root import running
from omiflow.web.app import web_app

RULES = """
rules:
  - id: conversation
    triggers: [{trigger: memory_created}]
    throttle: {limit: 1, period: 1h}
    actions: [{action: omi.reply, data: {message: "About {{ event.structured.title }}"}}]
  - id: advice
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    actions: [{action: omi.prompt, data: {prompt: "Advice: {{ trigger.text }}"}}]
"""
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.fixture
def fill(shared):
    pid = shared.process.pid
    yield lambda: resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    resource.prlimit(pid, resource.RLIMIT_FSIZE, UNLIMITED)


def test_a_full_disk_is_a_503_and_the_second_try_fires(shared, fill, is_json_object):
    fill()
    conversation = {"id": "m1", "structured": {"title": "the disk"}}
    refused = [
        shared.post("memory_created", conversation, uid="full", idempotency_key="k1"),
        shared.say("any advice", uid="full", segment_id="s1"),
        shared.post("webhook/ci", {}, uid="full"),
    ]
    for answer in refused:
        assert answer.status_code == 503
        assert is_json_object(answer)
        assert "send it again" in answer.json()["error"]
    assert shared.get("/healthz").status_code == 200
    assert (shared.api("events", user="full")["events"], shared.runs(user="full")) == ([], [])
    resource.prlimit(shared.process.pid, resource.RLIMIT_FSIZE, UNLIMITED)
    again = shared.post("memory_created", conversation, uid="full", idempotency_key="k1")
    assert (again.status_code, again.json()) == (200, {"message": "About the disk"})
    assert "notification" in shared.say("any advice", uid="full", segment_id="s1").json()
    assert shared.post("webhook/ci", {}, uid="full").status_code == 200
    assert sorted(run["state"] for run in shared.runs(user="full")) == ["answered", "answered"]
    assert 'omiflow_events_total{event="memory_created",outcome="not_stored"} 1.0' in shared.get("/metrics").text


def test_a_log_that_takes_nothing_stops_no_event(serve):
    served = serve(RULES)
    served.kill()
    command = [sys.executable, "-m", "omiflow", "serve", "--port", str(served.port)]
    with Path("/dev/full").open("wb") as full:
        served.process = subprocess.Popen(command, cwd=served.folder, stdout=full, stderr=full)
    deadline = time.monotonic() + 60
    while not served.is_ready():
        assert time.monotonic() < deadline
    assert "notification" in served.say("any advice").json()
    assert served.post("memory_created", {"id": "m", "structured": {"title": "logs"}}).json() == {
        "message": "About logs"
    }
    assert served.post("audio_bytes", b"\x00").json() == {}


async def test_a_database_that_does_not_answer_is_not_ready_and_a_fault_is_told_in_json(tmp_path):
    config = load_config(None, folder=tmp_path, environ={"OMIFLOW_CONSOLE__TOKEN": "console-token-of-the-tests"}).config
    assert config is not None
    config.rules.mkdir()
    caught = structlog.testing.LogCapture()
    log = structlog.wrap_logger(None, processors=[caught], wrapper_class=structlog.BoundLogger)
    async with running(config, clock=WallClock(), log=log, reload=False) as root:
        transport = httpx.ASGITransport(app=web_app(root))
        async with httpx.AsyncClient(transport=transport, base_url="http://omiflow") as client:
            assert (await client.get("/readyz")).json() == {"ready": True, "database": True, "rules": 0, "problems": 0}
            await root.runner.stop()
            await root.store.close()
            ready = await client.get("/readyz")
            assert (ready.status_code, ready.json()["ready"], ready.json()["database"]) == (503, False, False)
            (token,) = root.hook_tokens
            event = await client.post(f"/hooks/{token}/memory_created?uid=u", json={"id": "m"})
            assert (event.status_code, list(event.json())) == (503, ["error"])
            console = {"authorization": "Bearer console-token-of-the-tests"}
            listed = await client.get("/api/events", headers=console)
            assert (listed.status_code, list(listed.json())) == (500, ["error"])
            assert listed.headers["content-type"] == "application/json"
    assert {line["event"] for line in caught.entries if line["log_level"] == "error"} >= {
        "the database does not answer",
        "a request failed",
    }
