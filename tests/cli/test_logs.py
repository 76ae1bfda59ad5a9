"""Log lines: their forms, and what never stands in them."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta

import pytest

SECRETS = '{"xoxb-very-secret", "Bearer sesame-open-up", "https://hooks.test/T1/B2/deep", "with space/slash", "a\\"quote\\\\and"}'
PRELUDE = f"""
import logging, sys
from omiflow.cli.logs import configure_logs
log = configure_logs(sys.argv[1], frozenset({SECRETS}))
"""


def logged(code, form="json"):
    ended = subprocess.run(
        [sys.executable, "-c", PRELUDE + code, form], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout == ""
    return ended.stderr


WAYS = {
    "in the event": 'log.info("has xoxb-very-secret inside")',
    "in a value": 'log.info("e", reason="xoxb-very-secret")',
    "in a list": 'log.info("e", reasons=["a", ("xoxb-very-secret",)])',
    "in a mapping": 'log.info("e", data={"a": {"b": "xoxb-very-secret"}})',
    "in bytes": 'log.info("e", body=b"xoxb-very-secret")',
    "in an exception given as value": 'log.info("e", error=ValueError("xoxb-very-secret"))',
    "in a header": 'log.info("e", reason="Bearer sesame-open-up")',
    "in a header without its scheme": 'log.info("e", reason="token sesame-open-up refused")',
    "in a URL's path": 'log.info("e", path="/T1/B2/deep")',
    "quoted in a URL": 'log.info("e", url="http://x/?a=with%20space%2Fslash")',
    "with a quote and a backslash": "log.info('e', reason='a\"quote\\\\\\\\and')",
    "in a library's line": 'logging.getLogger("httpx").warning("calling %s", "xoxb-very-secret")',
    "in a traceback": "try:\n    raise ValueError('xoxb-very-secret')\nexcept ValueError:\n    log.exception('e')",
    "in a library's traceback": (
        "try:\n    raise ValueError('xoxb-very-secret')\nexcept ValueError:\n"
        "    logging.getLogger('asyncio').exception('e')"
    ),
    "in a local variable of a traceback": (
        "def fail():\n    own = 'xoxb-' + 'very-secret'\n    return {}['missing']\n"
        "try:\n    fail()\nexcept KeyError:\n    log.exception('e')"
    ),
}


@pytest.fixture(scope="module", params=["json", "console"])
def written(request):
    """Give what each of the ways writes; one process logs them all."""
    code = "".join(f"log.info('|||')\n{way}\n" for way in WAYS.values())
    return dict(zip(WAYS, logged(code, request.param).split("|||")[1:], strict=True))


@pytest.mark.parametrize("way", WAYS)
def test_a_secret_is_blotted_out(written, way):
    line = written[way]
    assert "***" in line or way == "in a local variable of a traceback"
    for secret in ("very-secret", "sesame", "B2/deep", "slash", "%20space", "quote\\and", 'a"quote', 'a\\"quote'):
        assert secret not in line.replace("\\\\", "\\"), line


def test_json_is_one_object_a_line_also_for_libraries_and_tracebacks():
    lines = logged(
        "log.info('one', number=1, none=None, empty='')\n"
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    log.exception('two')\n"
        "logging.getLogger('uvicorn.error').error('three %d', 3)\n"
        "logging.getLogger('uvicorn.error').error('four', exc_info=ValueError('why'))\n"
    ).splitlines()
    one, two, three, four = map(json.loads, lines)
    assert one.pop("timestamp")
    assert one == {"event": "one", "number": 1, "level": "info"}
    assert "ZeroDivisionError" in two["exception"]
    assert (three["event"], three["level"]) == ("three 3", "error")
    assert "ValueError: why" in four["exception"]


def test_lines_for_people_have_no_colours_away_from_a_terminal():
    written = logged("log.warning('careful', rule='x')", "console")
    assert "careful" in written
    assert "rule=x" in written
    assert "\x1b" not in written


def test_libraries_speak_only_of_what_is_wrong():
    names = ["httpx", "uvicorn.access", "alembic.runtime.migration", "asyncio", "watchfiles.main"]
    lines = logged(
        f"for library in map(logging.getLogger, {names}):\n"
        "    library.info('chatter of ' + library.name)\n    library.warning('trouble with ' + library.name)\n"
    ).splitlines()
    assert [json.loads(line)["event"] for line in lines] == [f"trouble with {name}" for name in names]


def test_a_log_nobody_takes_stops_nothing():
    code = (
        "import os\nos.close(2)\nfor _ in range(100):\n    log.info('x' * 10000)\n"
        "logging.getLogger('asyncio').error('y')\nprint('alive')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", PRELUDE + code, "json"], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stdout == "alive\n"


def test_a_pipe_that_nobody_reads_stops_nothing():
    code = (
        PRELUDE
        + "for number in range(5_000): log.info('a line of a log that nobody reads', number=number)\nprint('went on')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "went on\n"
        process.kill()


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_line_that_hardly_matters_is_written_too(form):
    assert "a rule's own" in logged("log.debug('a rule\\'s own')\n", form)


def test_lines_for_people_tell_the_time_of_the_zone_and_json_tells_utc():
    code = (
        "\nfrom zoneinfo import ZoneInfo\nlog = configure_logs(sys.argv[1], frozenset(), zone=ZoneInfo('Asia/Kolkata'))"
    )
    code += "\nlog.info('here')"
    before = datetime.now(UTC)
    clock = time.fromisoformat(logged(code, "console").split()[0])
    at = datetime.fromisoformat(json.loads(logged(code))["timestamp"])
    after = datetime.now(UTC)
    assert before <= at <= after
    assert at.tzinfo == UTC
    near = [f"{(before + timedelta(hours=5, minutes=30, seconds=later)):%H:%M}" for later in range(0, 180, 30)]
    assert f"{clock:%H:%M}" in near
