"""Ending under load by Ctrl-C or by a supervisor: in order, in time, and nothing that was answered is lost."""

from __future__ import annotations

import json
import signal
import sqlite3
import threading
import time
from contextlib import closing, suppress

import httpx
import pytest

from omiflow.runtime.runner import GRACE

RULES = """
rules:
  - id: quick
    triggers: [{trigger: webhook, name: quick}]
    actions: [{action: http.request, connection: home, data: {method: POST, url: "/quick/{{ event.n }}"}}]
  - id: slow
    triggers: [{trigger: webhook, name: slow}]
    actions: [{action: http.request, connection: home, data: {method: POST, url: /slow}}]
  - id: hanging
    triggers: [{trigger: webhook, name: hanging}]
    actions: [{action: http.request, connection: home, timeout: 100s, data: {method: POST, url: /hang}}]
"""


def until(true) -> None:
    """Return as soon as something holds."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def keep_posting(served, number: int, answered: list[str], ended: threading.Event) -> None:
    """Post events until the service is gone."""
    with httpx.Client(timeout=60, verify=False) as client, suppress(httpx.TransportError):
        for count in range(100_000):
            if ended.is_set():
                return
            name = f"{number}-{count}"
            answer = client.post(f"{served.hooks}/webhook/quick?uid=u{name}", json={"n": name})
            if answer.status_code == 200:
                answered.append(name)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_under_load_ends_in_order(serve, outside, sign):
    released, signalled = threading.Event(), threading.Event()
    outside.answers["/hang"] = lambda _: (released.wait(), (200, {}, {}))[1]
    outside.answers["/slow"] = lambda _: (signalled.wait(), (200, {}, {}))[1]
    served = serve(RULES)
    assert served.post("webhook/hanging", {}).status_code == 200
    answered: list[str] = []
    ended = threading.Event()
    posting = [threading.Thread(target=keep_posting, args=(served, n, answered, ended)) for n in range(4)]
    for thread in posting:
        thread.start()
    outside.wait_for("/hang")
    assert served.post("webhook/slow", {}).status_code == 200
    outside.wait_for("/slow")
    address = served.folder / "data" / "server.json"
    assert json.loads(address.read_text())["pid"] == served.process.pid
    until(lambda: len(answered) > 10)

    served.process.send_signal(sign)
    signalled.set()
    status = served.process.wait(timeout=60)
    ended.set()
    released.set()
    for thread in posting:
        thread.join()

    log = served.log()
    assert status == 0, log[-2000:]
    assert "Traceback" not in log
    assert '"level": "error"' not in log
    assert not address.exists()
    with closing(sqlite3.connect(served.folder / "omiflow.db")) as connection:
        bodies = {json.loads(body).get("n") for (body,) in connection.execute("SELECT body FROM events")}
        states = dict(connection.execute("SELECT rule, state FROM runs WHERE rule != 'quick'"))
    assert set(answered) <= bodies
    assert states == {"slow": "done", "hanging": "running"}

    outside.answers.clear()
    served.start()
    assert served.wait_for_run("hanging", "done")
    until(lambda: set(answered) <= {arrival.path.rsplit("/", 1)[1] for arrival in outside.to("/quick")})


def test_a_service_with_nothing_to_do_ends_at_once(serve):
    served = serve(RULES)

    def ended_within():
        began = time.monotonic()
        assert served.stop() == 0
        return time.monotonic() - began

    assert ended_within() < GRACE or (served.start() and ended_within() < GRACE)
    assert "Traceback" not in served.log()


def test_a_second_signal_does_no_harm(serve, outside):
    released = threading.Event()
    outside.answers["/hang"] = lambda _: (released.wait(), (200, {}, {}))[1]
    served = serve(RULES)
    served.post("webhook/hanging", {})
    outside.wait_for("/hang")
    for _ in range(3):
        served.process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    assert served.process.wait(timeout=60) == 0
    released.set()
    assert "Traceback" not in served.log()
    assert not (served.folder / "data" / "server.json").exists()
