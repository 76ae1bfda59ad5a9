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
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from omiflow.actions.table import ACTIONS
from omiflow.cli.main import COMMANDS
from omiflow.emulator.notion_api import PROPERTIES
from omiflow.engine.filters import FILTERS
from omiflow.engine.names import NAMES as TEMPLATE_NAMES
from omiflow.engine.rules import STARTED
from omiflow.language.forms import keys_of
from omiflow.language.settings.spec import CONNECTIONS, AppSpec
from omiflow.language.spec_conditions import ACTION_ITEM_FIELDS, CONDITIONS
from omiflow.language.spec_rules import TRIGGERS, RuleSpec
from omiflow.language.spec_steps import STEPS, ActionSpec
from omiflow.runtime.metrics import Metrics

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "examples" / "README.md", *sorted(ROOT.glob("docs/*.md"))]
WALKED = [page for page in PAGES if "```console" in page.read_text()]
FENCE = re.compile(r"^```(\w*) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"((?:^\|.*\|\n)+)<!-- table: ([a-z ]+) -->", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
PROOFS = ROOT / "tests" / "shown_rules.yaml"
"""What the guide's rules must do, where they are shown without tests."""
MARK = "@@@"

Omiflow = Callable[..., str]


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


def metric_names() -> set[str]:
    families = Metrics().registry.collect()
    return {family.name + ("_total" if family.type == "counter" else "") for family in families}


NAMES = {"commands": set(COMMANDS), "metrics": metric_names()}


@pytest.mark.parametrize("name", NAMES)
def test_a_table_names_exactly_what_there_is(name: str) -> None:
    for rows in tables(name):
        named = [word.strip().removeprefix("omiflow ") for row in rows for word in CODE.findall(row[0])]
        assert sorted(named) == sorted(NAMES[name])


def test_every_marked_table_is_compared() -> None:
    marked = {name for page in PAGES for _, name in TABLE.findall(page.read_text())}
    assert marked == {*NAMES, "rooms", "routes"}


GUIDE = ROOT / "docs" / "rules.md"
RUNNING = ROOT / "docs" / "running.md"
FORMS: list[type[BaseModel]] = [RuleSpec, ActionSpec, *TRIGGERS.values()]
TOLD: list[tuple[Path, Iterable[str]]] = [
    *((GUIDE, names) for names in (TRIGGERS, CONDITIONS, STEPS, ACTIONS, TEMPLATE_NAMES, FILTERS)),
    *((GUIDE, keys_of(form)) for form in FORMS),
    (RUNNING, CONNECTIONS),
    (RUNNING, keys_of(AppSpec)),
    (RUNNING, PROPERTIES),
    (ROOT / "docs" / "reference.md", ACTION_ITEM_FIELDS),
]


@pytest.mark.parametrize(("page", "names"), TOLD)
def test_the_guides_tell_of_all_there_is(page: Path, names: Iterable[str]) -> None:
    text = page.read_text()
    assert [name for name in names if not re.search(rf"(?<![\w.]){re.escape(name)}\b", text)] == []


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
            assert served.get(path, headers=headers).status_code == 200, path
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


def test_every_example_is_in_the_readme() -> None:
    named = re.findall(r"\]\(examples/rules/([a-z_]+)\.yaml\)", PAGES[0].read_text())
    assert sorted(named) == sorted(path.stem for path in (ROOT / "examples" / "rules").glob("*.yaml"))


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_code_is_shown_as_it_stands_in_its_file(block: Block) -> None:
    assert block.text in (ROOT / block.file).read_text()


CONFIGS = [block for block in blocks("yaml") if Path(block.file).name == "omiflow.yaml"]
CONFIG = next(block.text for block in CONFIGS if block.file == "omiflow.yaml")
RULES = [block for block in blocks("yaml") if block not in CONFIGS and not block.file.startswith(".github/")]
PAGES_WITH_RULES = [page for page in PAGES if any(block.page == page.name for block in RULES)]


@pytest.mark.parametrize("block", CONFIGS, ids=str)
def test_a_configuration_passes_check(omiflow: Omiflow, block: Block, tmp_path: Path) -> None:
    (tmp_path / "omiflow.yaml").write_text(block.text)
    (tmp_path / "rules").mkdir()
    assert "no problems" in omiflow("check", "--ignore", "W701,W702", folder=tmp_path)  # no rules, no folders here


@pytest.mark.parametrize("page", PAGES_WITH_RULES, ids=lambda page: page.name)
def test_the_rules_of_a_page_pass_check(omiflow: Omiflow, page: Path, tmp_path: Path) -> None:
    write_rules(page, tmp_path)
    ignored = "W308,W701,W702"  # a page uses some of it all
    assert "no problems" in omiflow("check", "--ignore", ignored, folder=tmp_path)


def test_the_rules_of_the_guide_do_what_it_says(omiflow: Omiflow, tmp_path: Path) -> None:
    write_rules(GUIDE, tmp_path)
    shutil.copy(PROOFS, tmp_path / "rules" / "proofs.yaml")
    ran = omiflow("test", folder=tmp_path)
    assert ran.count("✓") > len(yaml.safe_load(PROOFS.read_text())["tests"])


def test_every_rule_of_the_guide_has_a_test() -> None:
    shown = [yaml.safe_load(block.text) for block in RULES if block.page == GUIDE.name]
    files = [file for file in shown if isinstance(file, dict)]
    rules = [rule["id"] for file in files if "tests" not in file for rule in file["rules"]]
    proved = {case["rule"] for case in yaml.safe_load(PROOFS.read_text())["tests"]}
    assert set(rules) == {*proved, "finds_promises"}


def test_what_a_rule_of_the_guide_emits_sets_off_the_one_beside_it(omiflow: Omiflow, tmp_path: Path) -> None:
    (block,) = [block for block in RULES if "id: finds_promises" in block.text]
    (tmp_path / "omiflow.yaml").write_text(CONFIG)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "shown.yaml").write_text(block.text + EMITTED)
    assert "1 passed" in omiflow("test", folder=tmp_path)


EMITTED = """
tests:
  - name: each promise is filed
    events:
      - memory_created:
          structured:
            action_items:
              - {description: Call Ana, completed: false, capture_owner: user}
              - {description: Call me, completed: false, capture_owner: other}
              - {description: Pay, completed: false, capture_owner: user}
    expect:
      - {action: file.append, data: {path: promises.md, text: "- [ ] Call Ana"}}
      - {action: file.append, data: {path: promises.md, text: "- [ ] Pay"}}
"""


def test_the_workflow_passes_on_what_init_writes(omiflow: Omiflow, tmp_path: Path) -> None:
    (block,) = [block for block in blocks("yaml") if block.file.startswith(".github/")]
    (job,) = yaml.safe_load(block.text)["jobs"].values()
    install, *commands = [step["run"] for step in job["steps"] if "run" in step]
    assert (install.split("#")[0].strip(), len(commands)) == ("pip install ./omiflow-*.whl", 2)
    omiflow("init", folder=tmp_path)
    for command in commands:
        omiflow(*shlex.split(command)[1:], folder=tmp_path)


def write_rules(page: Path, folder: Path) -> None:
    """Write what a page shows into a folder, each block in a file of its own, beside the guide's configuration."""
    (folder / "omiflow.yaml").write_text(CONFIG)
    (folder / "rules").mkdir()
    for number, block in enumerate(block for block in RULES if block.page == page.name):
        (folder / "rules" / f"{number:02}.yaml").write_text(as_rule_file(block.text, number))
    for block in blocks_of(page):
        if block.file.startswith("rules/") and block.language == "json":
            (folder / block.file).write_text(block.text)


@pytest.fixture
def omiflow(command: Callable[..., Any]) -> Omiflow:
    """Give a function that runs the command in a folder, and gives what it prints when it ends well."""

    def run(*words: str, folder: Path) -> str:
        ran = command(*words, folder=folder)
        assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
        return str(ran.stdout)

    return run


PAYLOADS = [block for block in blocks_of(GUIDE) if block.language == "json" and "/" not in block.file]


def test_every_trigger_has_a_payload() -> None:
    assert [block.file for block in PAYLOADS] == [f"{name}.json" for name in TRIGGERS if name not in ("event", STARTED)]


@pytest.mark.parametrize("block", PAYLOADS, ids=lambda block: block.file)
def test_a_payload_reaches_rules_as_it_is_shown(omiflow: Omiflow, block: Block, tmp_path: Path) -> None:
    name = block.file.removesuffix(".json")
    options = ["--event", "webhook/mail"] if name == "webhook" else []
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "shown.yaml").write_text(ECHO.format(trigger=name, name=", name: mail" if options else ""))
    (tmp_path / block.file).write_text(block.text)
    ran = omiflow("dry-run", block.file, "--uid", "me", "--json", *options, folder=tmp_path)
    (event,) = json.loads(ran)["events"]
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
    assert served.ask("POST", "/hooks/a-token-of-nobody-1/realtime_transcript?uid=me").status_code == 404
    assert "event ignored" in served.log()
    page = RUNNING.read_text()
    metrics = served.get("/metrics").text
    series = re.findall(r"`(omiflow_[a-z_]+\{[^}]+\})`", page)
    assert len(series) == 2
    assert [one for one in series if one not in metrics] == []


def as_rule_file(text: str, number: int) -> str:
    """Put a part of a rule where it belongs."""
    shown = yaml.safe_load(text)
    if isinstance(shown, dict):
        return text
    rule = {
        "id": f"shown_{number}",
        "triggers": [{"trigger": "memory_created"}],
        "actions": [{"action": "log.write", "data": {"message": "x"}}],
    }
    first = set(shown[0])
    place = "triggers" if "trigger" in first else "actions" if first & {"then", *STEPS} else "conditions"
    return yaml.safe_dump({"rules": [{**rule, place: shown}]}, allow_unicode=True)


@pytest.mark.parametrize("page", WALKED, ids=lambda page: page.name)
def test_the_commands_of_a_page_do_what_it_says(page: Path, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    harness: Any = pytestconfig.pluginmanager.get_plugin(str(Path(__file__).with_name("conftest.py")))
    walk = Walk(page, port=harness.free_port(), standin=harness.free_port())
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
        if command == "pip install .":
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
            return f"for _ in $(seq 600); do {command} | grep -qF {last} && break; sleep 0.1; done; {command}"
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
            check=False,
        )
        assert ran.stderr == ""
        return ran.stdout


WAIT = """
import sys, time, urllib.request
for _ in range(1200):
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


def headings(page: Path) -> set[str]:
    return {_anchor(line) for line in page.read_text().splitlines() if line.startswith("#")}


def _anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", heading.lstrip("# ").lower()).replace(" ", "-")
