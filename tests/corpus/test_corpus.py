"""A corpus of recorded requests, decided by a dry-run and by a running service: both must come to the same.

The corpus is a file or a folder named by OMIFLOW_CORPUS, or `shared/corpus` beside the repository.
"""

from __future__ import annotations

import http.client
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from omiflow.engine.inline import Seal
from omiflow.language.load import Loader
from omiflow.language.settings.config import load_config
from omiflow.language.settings.views import facts, surroundings
from omiflow.omi.recorded import Recorded, event_of, read_recorded
from omiflow.omi.times import iso
from omiflow.proof.dry_run import Simulation
from omiflow.proof.foreseen import Foreseen
from omiflow.store.database import CACHE_KIB

CORPUS = Path(os.environ.get("OMIFLOW_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
RULES = Path(__file__).parent / "rules.yaml"
BEFORE_RESTART = 500
PADDING = [json.dumps({"number": number, "padding": "." * 100_000}).encode() for number in range(CACHE_KIB // 90)]
BEGUN = frozenset({"answered", "done", "running", "waiting"})

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="no corpus of recorded requests at hand")

Runs = Counter[tuple[str, str | None, str, str, str | None]]


@pytest.fixture(scope="module")
def requests() -> list[Recorded]:
    return list(read_recorded(CORPUS))


@pytest.fixture(scope="module")
def foreseen(requests: list[Recorded], tmp_path_factory: pytest.TempPathFactory) -> list[Foreseen]:
    """Decide the corpus without a service; the configuration is the one that the service gets."""
    simulated = simulation(tmp_path_factory.mktemp("dry"))
    return [one for request in requests for one in simulated.foresee(request)]


def simulation(folder: Path) -> Simulation:
    (folder / "omiflow.yaml").write_text(yaml.safe_dump(CONFIG | {"connections": connections("http://127.0.0.1:9")}))
    config = load_config(None, folder=folder, environ={}).config
    assert config is not None
    book = Loader(facts(config)).load({"rules.yaml": RULES.read_text()})
    assert book.problems == ()
    return Simulation(rules=book.rules, surroundings=surroundings(config), seal=Seal("corpus"), app="default")


def test_the_rules_put_every_gate_to_work(foreseen: list[Foreseen]) -> None:
    seen = Counter((run.verdict.rule, run.outcome) for one in foreseen for run in one.runs)
    rules = [rule["id"] for rule in yaml.safe_load(RULES.read_text())["rules"]]
    silent = [rule for rule in rules if not any((rule, outcome) in seen for outcome in ("fired", "failed"))]
    assert silent == ["switched_off"]
    outcomes = Counter(outcome for (_, outcome), number in seen.items() for _ in range(number))
    assert set(outcomes) == {"fired", "throttled", "deduplicated", "failed"}
    assert sum(one.error is not None or one.ignored is not None or one.duplicate for one in foreseen) == 0
    print(f"\n{len(foreseen)} requests: {dict(outcomes)}")  # noqa: T201


def test_showing_what_did_not_match_changes_no_decision(requests: list[Recorded], tmp_path: Path) -> None:
    part = requests[:1500] + [one for one in requests if one.event != "realtime_transcript"]
    plain, telling = simulation(tmp_path), simulation(tmp_path)
    telling.every = True
    shown = [one for request in part for one in telling.foresee(request)]
    assert runs_of(shown) == runs_of([one for request in part for one in plain.foresee(request)])
    assert any(run.outcome == "not_matched" for one in shown for run in one.runs)


def test_a_service_decides_as_the_dry_run_and_stays_as_small(
    serve: Callable[..., Any], requests: list[Recorded], foreseen: list[Foreseen]
) -> None:
    served = serve(RULES.read_text(), config=CONFIG, options=("--clock", "request"))
    sizes = []
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    wrong = []
    for number, (recorded, told) in enumerate(zip(requests, foreseen, strict=True)):
        if number == min(BEFORE_RESTART, len(requests) // 4):
            connection.close()
            start_again(served)
            fill_page_cache(connection, served.hooks, at=recorded.at or 0)
        status, answer = post(connection, served.hooks, recorded)
        if status != 200 or answer != told.reply:
            wrong.append((recorded.source, status, answer, told.reply))
        if goes_stale(told):
            settle(served)
        if number == len(requests) // 2:
            sizes.append(size_of(served.process.pid))
    sizes.append(size_of(served.process.pid))
    took = time.monotonic() - began
    connection.close()
    assert wrong[:3] == []

    settle(served)
    assert len(listed(served, "events")) == len(requests) + len(PADDING)
    decided = Runs(
        (
            line["rule"],
            line["uid"],
            line["at"],
            "fired" if line["state"] in BEGUN else line["state"],
            line["reason"],
        )
        for line in listed(served, "runs")
    )
    expected = runs_of(foreseen)
    assert decided - expected == Counter()
    assert expected - decided == Counter()
    print(f"\n{len(requests)} requests in {took:.1f} s, {decided.total()} runs, RSS {sizes[0]} and {sizes[1]} kB")  # noqa: T201
    assert looked_through(served) > foreseen[0].at
    assert sizes[1] < sizes[0] * 1.08


def runs_of(foreseen: list[Foreseen]) -> Runs:
    return Runs(
        (run.verdict.rule, one.uid, iso(one.at), run.outcome, run.reason)
        for one in foreseen
        for run in one.runs
        if run.outcome != "not_matched"
    )


def post(connection: http.client.HTTPConnection, hooks: str, recorded: Recorded) -> tuple[int, Any]:
    name, webhook = event_of(recorded) or ("", None)
    path = f"/hooks/{hooks.rpartition('/')[2]}/{name}{f'/{webhook}' if webhook else ''}?{urlencode(recorded.query)}"
    headers = {**recorded.headers, "X-Omiflow-At": iso(recorded.at or 0)}
    connection.request("POST", path, body=recorded.body, headers=headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def listed(served: Any, what: str) -> list[dict[str, Any]]:
    """List events or runs with the command, beside the running service."""
    command = [sys.executable, "-m", "omiflow", what, "list", "--json", "--limit", "100000"]
    done = subprocess.run(command, cwd=served.folder, capture_output=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)[what]
    return found


def goes_stale(told: Foreseen) -> bool:
    """Tell whether a run wants an action that is pointless ten minutes later; days pass in seconds here."""
    return any(action.action in ("omi.notify", "http.request") for run in told.runs for action in run.actions)


def settle(served: Any) -> None:
    """Wait until no run is under way."""
    deadline = time.monotonic() + 60
    while any(served.runs(state=state) for state in ("running", "waiting")):
        assert time.monotonic() < deadline, served.runs(state="waiting")[:3]
        time.sleep(0.01)


def start_again(served: Any) -> None:
    """Start the service anew on what it has stored: near misses are looked for at once, then for as long as it lasts.

    So what that takes is there when the memory is looked at for the first time, on however slow a machine.
    """
    settle(served)
    assert served.stop() == 0
    served.start()


def fill_page_cache(connection: http.client.HTTPConnection, hooks: str, *, at: float) -> None:
    """Store more than SQLite keeps of the file in memory, in events that no rule is for: that room is taken early."""
    for body in PADDING:
        padding = Recorded(event="webhook/padding", body=body, at=at, source="padding")
        assert post(connection, hooks, padding)[0] == 200


def looked_through(served: Any) -> float:
    """Give when the last words came that were looked at for near misses."""
    with closing(sqlite3.connect(served.folder / "omiflow.db")) as database:
        found = database.execute("SELECT at FROM looked_through").fetchone()
    return 0.0 if found is None else float(found[0])


def size_of(pid: int) -> int:
    """Give the resident memory of a process in kB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def connections(outside: str) -> dict[str, Any]:
    return {
        "slack": {"type": "slack", "token": "xoxb-test-token", "base_url": f"{outside}/slack/api"},
        "hook": {"type": "slack", "webhook_url": f"{outside}/slack/hook/secret-part"},
        "home": {"type": "http", "base_url": f"{outside}/home", "headers": {"Authorization": "Bearer home-secret"}},
    }


CONFIG: dict[str, Any] = {
    "apps": {
        "default": {
            "tokens": ["token-of-the-tests-0001"],
            "omi_app_id": "app1",
            "api_key": "sk_test_key",
            "scopes": ["user_name", "user_facts", "user_context", "user_chat"],
            "prompts_per_day": 40,
            "variables": {"channel": "#team"},
        }
    },
    "users": {"user-2": {"timezone": "America/New_York"}, "user-3": {"timezone": "Asia/Kolkata"}},
}
