"""`omiflow serve`: how it begins, what it refuses, and how it ends."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

HARNESS = str(Path(__file__).parents[1] / "conftest.py")
TOKEN = "token-of-the-tests-0001"
RULES = "rules: []\n"


@pytest.fixture
def port(request):
    return request.config.pluginmanager.get_plugin(HARNESS).free_port()


def run(*args, folder, env=None):
    """Run a serve that must end by itself."""
    command = [sys.executable, "-m", "omiflow", "serve", *args]
    environ = {**os.environ, **(env or {})}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False, env=environ)


def until_ready(url, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            return httpx.get(f"{url}/readyz", timeout=60, verify=False).json()
        except httpx.TransportError:
            time.sleep(0.02)
    raise AssertionError("not ready")


def lines(served):
    return [json.loads(line) for line in served.log().splitlines()]


def test_it_works_in_an_empty_folder(tmp_path, port, begun):
    process = begun(
        [sys.executable, "-m", "omiflow", "serve", "--port", str(port)], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    assert until_ready(f"http://127.0.0.1:{port}", process)["rules"] == 0
    token = json.loads((tmp_path / "data" / "tokens.json").read_text())["app:default"]
    answer = httpx.post(f"http://127.0.0.1:{port}/hooks/{token}/memory_created", params={"uid": "u"}, json={"id": "m"})
    assert (answer.status_code, answer.json()) == (200, {})
    process.send_signal(signal.SIGINT)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "`omiflow init` writes a first one" in log
    assert token not in log


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_a_signal_ends_it_with_one_line_and_status_0_and_no_line_tells_a_url(serve, sign):
    served = serve(RULES)
    before = served.log().count("\n")
    served.process.send_signal(sign)
    assert served.process.wait(timeout=60) == 0
    (last,) = lines(served)[before:]
    assert last["event"] == "omiflow has ended"
    assert "/hooks/" not in served.log()
    assert TOKEN not in served.log()
    assert not (served.folder / "data" / "server.json").exists()


def test_sigterm_while_a_run_is_under_way_lets_it_end(serve, outside):
    def slowly(_):
        time.sleep(0.5)
        return 200, {}, {"ok": True, "ts": "1", "channel": "C"}

    outside.answers["chat.postMessage"] = slowly
    served = serve(
        "rules:\n  - id: slow\n    triggers: [{trigger: memory_created}]\n    actions:\n"
        '      - {action: slack.post_message, connection: slack, data: {channel: "#a", text: hello}}\n'
    )
    served.post("memory_created", {"id": "m1"})
    outside.wait_for("chat.postMessage")
    served.process.terminate()
    assert served.process.wait(timeout=60) == 0
    served.start()
    assert [run["state"] for run in served.runs()] == ["done"]
    assert len(outside.to("chat.postMessage")) == 1


def test_a_signal_while_it_starts_ends_it_with_status_0(tmp_path, port, begun):
    process = begun([sys.executable, "-m", "omiflow", "serve", "--port", str(port)], cwd=tmp_path)
    deadline = time.monotonic() + 60
    while not (tmp_path / "omiflow.db.lock").exists():
        assert time.monotonic() < deadline
    process.terminate()
    assert process.wait(timeout=60) == 0


def test_a_port_in_use_ends_it_with_status_3(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run("--port", str(port), folder=tmp_path)
    assert ended.returncode == 3
    assert ended.stderr == (
        f"omiflow: can't listen on 127.0.0.1:{port}: Address already in use; choose another --port\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_second_one_on_the_same_database_ends_with_status_3(serve):
    served = serve(RULES)
    ended = run("--port", "0", folder=served.folder)
    assert ended.returncode == 3
    assert f"another omiflow is serving this database (process {served.process.pid})" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert json.loads((served.folder / "data" / "server.json").read_text())["url"] == served.url


def test_a_data_folder_that_can_not_be_written_ends_it_with_status_3(tmp_path):
    (tmp_path / "data").write_text("a file")
    ended = run("--port", "0", folder=tmp_path)
    assert ended.returncode == 3
    assert ended.stderr.startswith("omiflow: '")
    assert ended.stderr.count("\n") == 1


def test_a_database_that_can_not_be_opened_ends_it_with_status_3(tmp_path):
    ended = run("--port", "0", "--database", "sqlite:///nowhere/omiflow.db", folder=tmp_path)
    assert ended.returncode == 3
    assert "Traceback" not in ended.stderr


def test_problems_of_the_configuration_are_shown_with_their_places(tmp_path, command):
    (tmp_path / "omiflow.yaml").write_text("timezone: Europe/Berlin\nruls: rules\n")
    ended = command("serve", "--port", "0", folder=tmp_path)
    assert ended.returncode == 1
    assert "omiflow.yaml:2:1" in ended.stderr
    assert "'rules'" in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--rules", "nowhere"], "there is no rules folder 'nowhere'"),
        (["--config", "nowhere.yaml"], "there is no configuration 'nowhere.yaml'"),
        (["--clock", "request", "--host", "0.0.0.0"], "--host 127.0.0.1"),
        (["--port", "70000"], "70000"),
        (["--log-format", "xml"], "xml"),
    ],
)
def test_wrong_usage_ends_it_with_status_2(tmp_path, command, args, said):
    ended = command("serve", *args, folder=tmp_path)
    assert ended.returncode == 2
    assert said in ended.stderr


def test_without_reload_rules_stay_as_they_were(serve):
    served = serve(RULES, options=("--no-reload",))
    served.write_rules("rules: [\n")
    time.sleep(0.8)
    assert served.get("/readyz").json()["problems"] == 0


def on_a_terminal(begun, folder, *args):
    """Start a serve on a terminal; give the process and a function that reads what it has written so far."""
    own, its = pty.openpty()
    process = begun([sys.executable, "-m", "omiflow", "serve", *args], cwd=folder, stdout=its, stderr=its, stdin=its)
    os.close(its)
    os.set_blocking(own, False)
    seen = []

    def read():
        try:
            while data := os.read(own, 65536):
                seen.append(data)
        except OSError:
            pass
        return b"".join(seen).decode()

    return process, read


def test_the_urls_are_shown_on_a_terminal(tmp_path, port, begun):
    (tmp_path / "omiflow.yaml").write_text(f"apps: {{mine: {{tokens: [{TOKEN}]}}}}\n")
    process, read = on_a_terminal(begun, tmp_path, "--port", str(port))
    until_ready(f"http://127.0.0.1:{port}", process)
    process.terminate()
    assert process.wait(timeout=60) == 0
    shown = read()
    assert f"http://127.0.0.1:{port}/hooks/{TOKEN}/realtime_transcript" in shown
    assert "public_url" in shown
    assert '{"' not in shown
    assert "omiflow has ended" in shown


def test_libraries_stay_quiet(serve, outside):
    served = serve(
        "rules:\n  - id: calls\n    triggers: [{trigger: memory_created}]\n    actions:\n"
        "      - {action: http.request, connection: home, data: {url: /lights, method: POST}}\n"
    )
    served.post("memory_created", {"id": "m1"})
    served.wait_for_run("calls", "done")
    served.stop()
    assert {line["event"] for line in lines(served)} == {
        "rules loaded",
        "omiflow listens",
        "fired",
        "done",
        "omiflow has ended",
    }


def test_a_configuration_that_changes_is_told_to_need_a_new_start_and_again_beside_a_problem(serve):
    served = serve(RULES)
    config = served.folder / "omiflow.yaml"
    config.write_text(config.read_text() + "\n# nothing new\n")

    def told():
        return [line for line in lines(served) if line["event"].startswith("the configuration has changed; start")]

    until(lambda: len(told()) == 1)
    assert (told()[0]["level"], told()[0]["file"]) == ("warning", str(config))
    step = "{action: file.append, connection: vault, data: {path: a, text: b}}"
    served.write_rules(f"rules: [{{id: a, triggers: [{{trigger: memory_created}}], actions: [{step}]}}]")
    until(lambda: len(told()) == 2)
    problem, beside = [line for line in lines(served) if line["level"] in ("error", "warning")][1:3]
    assert "unknown connection 'vault'" in problem["problem"]
    assert beside == told()[1]


def until(true):
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
