"""What the tests of the whole share: a served omiflow, the outside world it calls, and a clock to be moved."""

from __future__ import annotations

import asyncio
import atexit
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import HealthCheck, settings

from omiflow.cli.main import main

TOKEN = "token-of-the-tests-0001"
CONSOLE = "console-token-of-the-tests"
HANGS = 60.0
"""After so many seconds something hangs; a busy machine is only slow."""

settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the golden files anew instead of comparing")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Give one worker more than there are cores: a third of the time is waiting, for disks and for other processes."""
    return (os.cpu_count() or 1) + 1


@dataclass
class Arrival:
    """One request that reached the outside."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    at: float


@dataclass
class Outside:
    """The world omiflow calls: Omi, Slack and any HTTP service; it answers 200 unless told otherwise."""

    url: str
    arrivals: list[Arrival] = field(default_factory=list)
    answers: dict[str, Callable[[Arrival], tuple[int, dict[str, str], Any]]] = field(default_factory=dict)

    def to(self, path: str) -> list[Arrival]:
        """Give the arrivals whose path contains `path`."""
        return [arrival for arrival in list(self.arrivals) if path in arrival.path]

    def answer(self, path: str, status: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
        """Answer requests whose path contains `path` in this way from now on."""
        self.answers[path] = lambda _: (status, headers or {}, {} if body is None else body)

    def wait_for(self, path: str, count: int = 1) -> list[Arrival]:
        """Give the arrivals at `path` as soon as there are `count`."""
        wait_until(lambda: len(self.to(path)) >= count, f"{count} arrivals at {path}")
        return self.to(path)


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Return as soon as something holds, or fail."""
    deadline = time.monotonic() + HANGS
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"no {what} within {HANGS:g} s")
        time.sleep(0.02)


@contextmanager
def standing_in() -> Iterator[Outside]:
    """Give a recording HTTP server on loopback."""
    world = Outside(url="")

    class Answerer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            raw = self.rfile.read(length)
            path, _, query = self.path.partition("?")
            try:
                body = json.loads(raw) if raw else None
            except ValueError:
                body = raw.decode("utf-8", "replace")
            arrival = Arrival(
                self.command,
                path,
                dict(httpx.QueryParams(query)),
                {name.lower(): value for name, value in self.headers.items()},
                body,
                time.time(),
            )
            world.arrivals.append(arrival)
            default = (200, {}, {"ok": True, "ts": "1.0", "channel": "C1", "status": "Ok"})
            found = next((give for part, give in world.answers.items() if part in path), None)
            status, headers, answer = found(arrival) if found else default
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            try:
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Answerer)
    world.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def outside() -> Iterator[Outside]:
    """Give the outside of one test."""
    with standing_in() as world:
        yield world


@pytest.fixture
def begun() -> Iterator[Callable[..., subprocess.Popen[Any]]]:
    """Give a function that starts a command as `Popen` does; no such process outlives its test."""
    with ExitStack() as going:

        def begin(command: list[str], **options: Any) -> subprocess.Popen[Any]:
            process = going.enter_context(subprocess.Popen(command, **options))
            going.callback(process.kill)
            return process

        yield begin


@cache
def zygote() -> subprocess.Popen[bytes]:
    """Give the process that forks into servers; importing omiflow anew takes most of the time of a start."""
    command = [sys.executable, str(Path(__file__).with_name("zygote.py"))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    atexit.register(process.communicate)
    return process


class Forked:
    """A process that the zygote forked, with what tests use of `Popen`."""

    asking = threading.Lock()

    def __init__(self, **begun: Any) -> None:
        self.pid: int = self.ask(**begun)
        self.returncode: int | None = None

    def ask(self, **asked: Any) -> Any:
        process = zygote()
        assert process.stdin is not None
        assert process.stdout is not None
        with self.asking:
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self.ask(poll=self.pid)
        return self.returncode

    def wait(self, timeout: float = HANGS) -> int:
        deadline = time.monotonic() + timeout
        while (status := self.poll()) is None:
            assert time.monotonic() < deadline, f"process {self.pid} does not end"
            time.sleep(0.01)
        return status

    def send_signal(self, sign: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sign)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@dataclass
class Served:
    """An omiflow in a process of its own, in a folder of its own."""

    folder: Path
    port: int
    options: tuple[str, ...] = ()
    process: Forked | subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def hooks(self) -> str:
        return f"{self.url}/hooks/{TOKEN}"

    def start(self) -> Served:
        """Start the process and wait until it is ready."""
        args = ["serve", "--port", str(self.port), "--log-format", "json", *self.options]
        log = str(self.folder / "log")
        self.process = Forked(cwd=str(self.folder), args=args, log=log, env=dict(os.environ))
        wait_until(self.is_ready, "ready omiflow")
        return self

    def is_ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            pytest.fail(f"omiflow ended with {self.process.returncode}:\n{self.log()[-3000:]}")
        try:
            return self.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """End the process as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End the process as Ctrl-C does, and give its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=HANGS)

    def end(self) -> None:
        """Leave no process behind."""
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send any request; it is no TLS, and to load all authorities for it would take 20 ms."""
        return httpx.request(method, self.url + path, timeout=HANGS, verify=False, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def post(self, event: str, body: Any, *, uid: str | None = "u1", **headers: str) -> httpx.Response:
        """Post a body to a hook, as JSON unless it is bytes."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        query = {} if uid is None else {"uid": uid}
        sent = {
            "content-type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.ask("POST", f"/hooks/{TOKEN}/{event}", content=raw, params=query, headers=sent)

    def say(self, text: str, *, uid: str = "u1", segment_id: str | None = None, is_user: bool = True) -> httpx.Response:
        """Post one segment of speech."""
        segment = {"id": segment_id or os.urandom(8).hex(), "text": text, "is_user": is_user, "speaker": "SPEAKER_00"}
        segment |= {"speaker_id": 0, "start": 0.0, "end": 2.0}
        return self.post("realtime_transcript", {"session_id": uid, "segments": [segment]}, uid=uid)

    def api(self, path: str, **query: Any) -> Any:
        """Read from the API."""
        answer = self.get(f"/api/{path}", params=query, headers={"authorization": f"Bearer {CONSOLE}"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def runs(self, **query: Any) -> list[dict[str, Any]]:
        return self.api("runs", limit=1000, **query)["runs"]

    def wait_for_run(self, rule: str, state: str, **query: Any) -> dict[str, Any]:
        """Give the newest run of a rule as soon as one is in `state`."""
        wait_until(lambda: bool(self.runs(rule=rule, state=state, **query)), f"{state} run of {rule}")
        return self.runs(rule=rule, state=state, **query)[0]

    def write_rules(self, text: str, name: str = "rules.yaml") -> None:
        """Write a rule file."""
        (self.folder / "rules" / name).write_text(text)

    def log(self) -> str:
        return (self.folder / "log").read_text()


ServeFactory = Callable[..., Served]


@contextmanager
def serving(place: Path, outside: Outside) -> Iterator[ServeFactory]:
    """Give a function that starts omiflow with rules; connections and Omi point to `outside`."""
    started: list[Served] = []

    def begin(rules: str, *, config: dict[str, Any] | None = None, options: tuple[str, ...] = ()) -> Served:
        folder = place / f"omiflow{len(started)}"
        (folder / "rules").mkdir(parents=True)
        (folder / "rules" / "rules.yaml").write_text(rules)
        (folder / "omiflow.yaml").write_text(yaml.safe_dump(configured(outside.url) | (config or {})))
        served = Served(folder, free_port(), options)
        started.append(served)
        return served.start()

    try:
        yield begin
    finally:
        for served in started:
            served.end()


@pytest.fixture
def serve(tmp_path: Path, outside: Outside) -> Iterator[ServeFactory]:
    """Give what `serving` gives, for one test."""
    with serving(tmp_path, outside) as begin:
        yield begin


@dataclass(frozen=True)
class Ended:
    """What a command printed, and its exit status."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Give a function that runs a command in a folder, in this process: one of its own takes a second to start."""

    def run(*args: str, folder: Path) -> Ended:
        capsys.readouterr()
        monkeypatch.chdir(folder)
        with pytest.raises(SystemExit) as ended:
            main(list(args))
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, *capsys.readouterr())

    return run


def configured(outside: str) -> dict[str, Any]:
    """Give a configuration whose neighbours are all at `outside`."""
    return {
        "apps": {
            "default": {
                "tokens": [TOKEN],
                "omi_app_id": "app1",
                "api_key": "sk_test_key",
                "scopes": ["user_name", "user_facts", "user_context", "user_chat"],
                "variables": {"channel": "#team"},
            }
        },
        "users": {"u1": {"name": "Kim", "timezone": "Europe/Berlin"}},
        "connections": {
            "slack": {"type": "slack", "token": "xoxb-test-token", "base_url": f"{outside}/slack/api"},
            "hook": {"type": "slack", "webhook_url": f"{outside}/slack/hook/secret-part"},
            "home": {"type": "http", "base_url": f"{outside}/home", "headers": {"Authorization": "Bearer home-secret"}},
        },
        "omi": {"base_url": outside},
        "console": {"token": CONSOLE},
    }


WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
SLICE = 1_000
PORTS = itertools.cycle(range(SLICE))
BEGIN = os.getpid() % SLICE


def free_port() -> int:
    """Give a port that nobody listens on and nobody else is given: not one that the system hands out by itself."""
    for step in itertools.islice(PORTS, SLICE):
        port = 20_000 + WORKER % 12 * SLICE + (BEGIN + step) % SLICE
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    pytest.fail("no port is free")


@dataclass
class HandClock:
    """A clock that stands still until it is moved."""

    at: float = 1_772_442_000.0

    def now(self) -> float:
        return self.at

    def arrival(self, told: float | None) -> float:
        return self.at if told is None else told

    def move(self, seconds: float) -> None:
        self.at += seconds


@pytest.fixture
def hasten() -> Callable[[float], None]:
    """Give a function that lets seconds pass for all that wait in the running event loop."""

    def pass_by(seconds: float) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time
        loop.time = lambda: now() + seconds  # type: ignore[method-assign]

    return pass_by


@pytest.fixture
def patience() -> float:
    """Give how much longer things may take here than on a free machine: its load for each of its cores, at least 1."""
    return max(1.0, 2 * os.getloadavg()[0] / (os.cpu_count() or 1))
