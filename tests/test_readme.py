"""The documentation is true: its commands run, its YAML passes check, its tables name what the code has.

A fence's info string may name a file: a reader writes it there, and so does the test. `…` in an output stands for anything.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
import yaml
from pydantic import BaseModel

from omiflow.actions.table import ACTIONS
from omiflow.cli.main import COMMANDS
from omiflow.engine.names import EVENT_WIDE
from omiflow.engine.operators import OPERATORS
from omiflow.language.config_spec import CONNECTIONS, AppSpec, ConfigSpec
from omiflow.language.spec_conditions import ConditionSpec
from omiflow.language.spec_rules import TRIGGERS, RuleSpec
from omiflow.language.spec_steps import ActionSpec, StepSpec
from omiflow.runtime.metrics import Metrics

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "examples" / "README.md", *sorted(ROOT.glob("docs/*.md"))]
WALKED = [page for page in PAGES if "```console" in page.read_text()]
FENCE = re.compile(r"^```(\w*) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"((?:^\|.*\|\n)+)<!-- table: ([a-z ]+) -->", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
MARK = "@@@"


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the rest of its info string, its text."""

    page: str
    language: str
    file: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}: {self.text.strip().splitlines()[0][:40]}"


def blocks(*languages: str) -> list[Block]:
    return [block for page in PAGES for block in blocks_of(page) if block.language in languages]


def blocks_of(page: Path) -> list[Block]:
    return [Block(page.name, *found) for found in FENCE.findall(page.read_text())]


def tables(name: str) -> list[list[list[str]]]:
    """Give the rows below the head of every table of this name, each a list of cells."""
    found = [(rows, marked) for page in PAGES for rows, marked in TABLE.findall(page.read_text())]
    cells = [
        [re.split(r"(?<!\\)\|", row)[1:-1] for row in rows.splitlines()[2:]] for rows, marked in found if marked == name
    ]
    assert cells, f"no table is marked '{name}'"
    return cells


def aliases(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def kinds(union: Any) -> set[str]:
    """Give the tags of a union of written forms, which are named for their keys."""
    alternatives = get_args(get_args(union)[0])
    return {alternative.__metadata__[0].tag.strip("<>") for alternative in alternatives}


def metric_names() -> set[str]:
    families = Metrics().registry.collect()
    return {family.name + ("_total" if family.type == "counter" else "") for family in families}


NAMES = {
    "rule": aliases(RuleSpec),
    "triggers": set(TRIGGERS),
    "conditions": kinds(ConditionSpec),
    "operators": set(OPERATORS),
    "steps": kinds(StepSpec),
    "step options": aliases(ActionSpec) - {"action"},
    "actions": set(ACTIONS),
    "template names": {*EVENT_WIDE, "timedelta", "repeat", "omi"},
    "configuration": aliases(ConfigSpec),
    "app": aliases(AppSpec),
    "connections": set(CONNECTIONS),
    "commands": set(COMMANDS),
    "metrics": metric_names(),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_table_names_exactly_what_there_is(name: str) -> None:
    for rows in tables(name):
        named = [word.strip().removeprefix("omiflow ") for row in rows for word in CODE.findall(row[0])]
        assert sorted(named) == sorted(NAMES[name])


def test_every_marked_table_is_compared() -> None:
    marked = {name for page in PAGES for _, name in TABLE.findall(page.read_text())}
    assert marked == {*NAMES, "rooms", "routes"}


def test_every_option_of_a_trigger_and_of_a_connection_is_in_its_row() -> None:
    rows = {CODE.findall(row[0])[0]: set(CODE.findall(row[1])) for row in tables("triggers")[0]}
    assert rows == {name: aliases(model) - {"trigger", "id"} for name, model in TRIGGERS.items()}
    rows = {CODE.findall(row[0])[0]: set(CODE.findall(row[1])) for row in tables("connections")[0]}
    assert rows == {name: aliases(model) - {"type"} for name, model in CONNECTIONS.items()}


def test_an_actions_row_has_its_data_with_what_is_required_in_bold() -> None:
    for cells in tables("actions")[0]:
        fields = ACTIONS[CODE.findall(cells[0])[0]].data.model_fields
        words = [word for part in cells[1].split(",") for word in part.strip().split(" or ")]
        assert sorted(word.strip("*") for word in words) == sorted(
            field.alias or name for name, field in fields.items()
        )
        assert {word.strip("*") for word in words if word.startswith("**")} == {
            field.alias or name for name, field in fields.items() if field.is_required()
        }


def test_the_rooms_are_the_ones_there_are() -> None:
    rooms = {word.rstrip("/") for row in tables("rooms")[0] for word in CODE.findall(row[0])}
    package = ROOT / "omiflow"
    there = {path.name for path in package.iterdir() if path.is_dir() or path.suffix == ".py"}
    assert rooms == {name for name in there if not name.startswith("__")}


def test_every_route_answers(serve: Any) -> None:
    served = serve((ROOT / "rules" / "hello.yaml").read_text())
    for method, path in (CODE.findall(row[0])[0].split(" ") for row in tables("routes")[0]):
        if method == "GET":
            headers = {"authorization": f"Bearer {served_token(served)}"}
            assert httpx.get(served.url + path, headers=headers).status_code == 200, path
        else:
            event = path.removeprefix("/hooks/TOKEN/").partition("?")[0].replace("EVENT", "day_summary")
            assert served.post(event, {}).status_code == 200, path


def served_token(served: Any) -> str:
    token: str = json.loads((served.folder / "data" / "server.json").read_text())["token"]
    return token


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if "://" not in target:
            path, _, heading = target.partition("#")
            led = page.parent / path if path else page
            assert led.exists(), target
            assert not heading or heading in headings(led), target


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_code_is_shown_as_it_stands_in_its_file(block: Block) -> None:
    assert block.text in (ROOT / block.file).read_text()


CONFIG = next(block.text for block in blocks("yaml") if block.file == "omiflow.yaml")


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_yaml_passes_check(block: Block, tmp_path: Path) -> None:
    is_config = Path(block.file).name == "omiflow.yaml"
    (tmp_path / "omiflow.yaml").write_text(block.text if is_config else CONFIG)
    (tmp_path / "rules").mkdir()
    if not is_config:
        (tmp_path / "rules" / "shown.yaml").write_text(as_rule_file(block.text))
    ran = subprocess.run(
        [sys.executable, "-m", "omiflow", "check"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
    assert "no problems" in ran.stdout


PAYLOADS = [block for block in blocks_of(ROOT / "docs" / "rules.md") if block.language == "json"]


def test_every_trigger_has_a_payload() -> None:
    assert [block.file for block in PAYLOADS] == [f"{name}.json" for name in TRIGGERS]


@pytest.mark.parametrize("block", PAYLOADS, ids=lambda block: block.file)
def test_a_payload_reaches_rules_as_it_is_shown(block: Block, tmp_path: Path) -> None:
    name = block.file.removesuffix(".json")
    options = ["--event", "webhook/mail"] if name == "webhook" else []
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "shown.yaml").write_text(ECHO.format(trigger=name, name=", name: mail" if options else ""))
    (tmp_path / block.file).write_text(block.text)
    ran = subprocess.run(
        [sys.executable, "-m", "omiflow", "dry-run", block.file, "--uid", "me", "--json", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
    (event,) = json.loads(ran.stdout)["events"]
    assert (event["event"], [run["outcome"] for run in event["runs"]]) == (name, ["fired"])
    assert_within(json.loads(block.text), json.loads(event["runs"][0]["actions"][0]["data"]["message"]))


ECHO = """
rules:
  - id: echo
    triggers: [{{trigger: {trigger}{name}}}]
    actions: [{{action: log.write, data: {{message: "{{{{ event | tojson }}}}"}}}}]
"""


def assert_within(shown: Any, seen: Any) -> None:
    """Fail unless all that is shown is seen, whatever else is."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            assert_within(value, seen[name])
    elif isinstance(shown, list):
        for value, other in zip(shown, seen, strict=True):
            assert_within(value, other)
    else:
        assert shown == seen


def test_a_url_that_was_pasted_wrongly_shows_itself_where_it_says(serve: Any) -> None:
    served = serve((ROOT / "rules" / "hello.yaml").read_text())
    assert served.post("transcript_realtime", {}).status_code == 200
    assert httpx.post(f"{served.url}/hooks/a-token-of-nobody-1/realtime_transcript?uid=me").status_code == 404
    assert "event ignored" in served.log()
    page = (ROOT / "docs" / "running.md").read_text()
    metrics = httpx.get(f"{served.url}/metrics").text
    series = re.findall(r"`(omiflow_[a-z_]+\{[^}]+\})`", page)
    assert len(series) == 2
    assert [one for one in series if one not in metrics] == []


def as_rule_file(text: str) -> str:
    """Put a part of a rule where it belongs."""
    shown = yaml.safe_load(text)
    if isinstance(shown, dict):
        return text
    rule = {
        "id": "shown",
        "triggers": [{"trigger": "memory_created"}],
        "actions": [{"action": "log.write", "data": {"message": "x"}}],
    }
    first = set(shown[0])
    place = (
        "triggers"
        if "trigger" in first
        else "actions"
        if first & {"action", "then", "repeat", "stop"}
        else "conditions"
    )
    return yaml.safe_dump({"rules": [{**rule, place: shown}]}, allow_unicode=True)


@pytest.mark.parametrize("page", WALKED, ids=lambda page: page.name)
def test_the_commands_of_a_page_do_what_it_says(page: Path, tmp_path: Path) -> None:
    walk = Walk(page, port=free_port(), standin=free_port())
    ran = walk.run(tmp_path)
    shown = re.split(rf"^{MARK} (\d+)\n", ran, flags=re.MULTILINE)
    for status, output, (command, expected) in zip(shown[1::2], shown[2::2], walk.commands, strict=True):
        assert status == "0", f"$ {command}\n{output}\n{(tmp_path / 'serve.log').read_text()}"
        lines = iter(" ".join(line.split()) for line in output.splitlines())
        for wanted in expected:
            pattern = ".*".join(re.escape(" ".join(part.split())) for part in wanted.split("…"))
            assert any(re.fullmatch(pattern, line) for line in lines), f"$ {command}\n{output}\nlacks: {wanted}"


class Walk:
    """A page's files and commands as one shell script; the server and the stand-in run beside it until the end."""

    def __init__(self, page: Path, *, port: int, standin: int) -> None:
        self.port = port
        self.standin = standin
        self.commands: list[tuple[str, list[str]]] = []
        self.lines = [f"trap 'for one in $SERVED $STANDIN; do kill -{signal.SIGINT} $one; done; wait' EXIT"]
        for block in blocks_of(page):
            text = block.text.replace(":8787", f":{port}").replace(":9100", f":{standin}")
            if block.language == "console":
                for command, expected in self.parsed(text):
                    self.commands.append((command, expected))
                    tried = self.tried(command, expected)
                    self.lines += [f"{{ {tried}\n}} > output 2>&1", f"echo {MARK} $?", "cat output; echo"]
            elif block.file and block.language in ("yaml", "json"):
                folder = str(Path(block.file).parent)
                self.lines += [f"mkdir -p {folder}", f"cat > {block.file} <<'BLOCK'\n{text}BLOCK"]

    def parsed(self, text: str) -> Iterator[tuple[str, list[str]]]:
        command = ""
        expected: list[str] = []
        for line in text.splitlines():
            if line.startswith("$ "):
                if command:
                    yield command, expected
                command, expected = line.removeprefix("$ "), []
            elif line.strip() not in ("", "…"):
                expected.append(line)
        yield command, expected

    def tried(self, command: str, expected: list[str]) -> str:
        """Give a command as it can be run here: make only plans, pip has installed us, servers go to the back.

        What arrived at the stand-in is asked for until the last of it is there.
        """
        if command.startswith("make "):
            return f"(cd {shlex.quote(str(ROOT))} && make -n {command.removeprefix('make ')})"
        if command == "pip install omiflow":
            return "python -c 'from importlib.metadata import version; version(\"omiflow\")'"
        if command.startswith("omiflow serve"):
            ready = f"http://127.0.0.1:{self.port}/readyz"
            again = f'test -z "$SERVED" || {{ kill -{signal.SIGINT} "$SERVED"; wait "$SERVED"; }}'
            return f"{again}; {command} --port {self.port} > serve.log 2>&1 & SERVED=$!; python -c '{WAIT}' {ready}"
        if command == "omiflow emulate":
            ready = f"http://127.0.0.1:{self.standin}/"
            started = f"{command} --port {self.standin} > standin.log 2>&1 & STANDIN=$!"
            return f"{started}; python -c '{WAIT}' {ready}; cat standin.log"
        if command.endswith("/seen"):
            last = shlex.quote(expected[-1].split("…")[-2])
            return f"for _ in $(seq 100); do {command} | grep -qF {last} && break; sleep 0.1; done; {command}"
        return command

    def run(self, folder: Path) -> str:
        """Run the script in a folder and give what was shown."""
        (folder / "serve.log").touch()
        shims = folder / ".shims"
        shims.mkdir()
        if shutil.which("curl") is None:
            (shims / "curl").write_text(CURL.format(python=sys.executable))
            (shims / "curl").chmod(0o755)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OMI")}
        environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), str(shims), environment["PATH"]])
        ran = subprocess.run(
            ["sh", "-c", "\n".join(self.lines)],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert ran.stderr == ""
        return ran.stdout


WAIT = """
import sys, time, urllib.request
for _ in range(200):
    try:
        sys.exit(urllib.request.urlopen(sys.argv[1], timeout=2).status != 200)
    except OSError:
        time.sleep(0.05)
sys.exit("omiflow is not ready")
"""
CURL = """#!{python}
import sys, urllib.request
url, *options = sys.argv[1:]
given = dict(zip(options[::2], options[1::2]))
headers = dict([given["-H"].split(": ")]) if "-H" in given else {{}}
body = given["-d"].encode() if "-d" in given else None
print(urllib.request.urlopen(urllib.request.Request(url, body, headers)).read().decode())
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def headings(page: Path) -> set[str]:
    return {_anchor(line) for line in page.read_text().splitlines() if line.startswith("#")}


def _anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", heading.lstrip("# ").lower()).replace(" ", "-")
