"""The `omiflow` command: help at once, and exit statuses that scripts can rely on."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time

import pytest

from omiflow import __version__
from omiflow.cli.main import COMMANDS


def omiflow(*args, folder, **options):
    return subprocess.run(
        [sys.executable, "-m", "omiflow", *args],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_every_command(tmp_path, option):
    ended = omiflow(option, folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    for name, (_, summary) in COMMANDS.items():
        assert f"  {name} " in ended.stdout
        assert summary in ended.stdout


def time_of_children():
    """Give the processor's seconds of all commands run so far; a busy machine doesn't add to them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_help_comes_at_once(tmp_path):
    def worked():
        began = time_of_children()
        omiflow("--help", folder=tmp_path)
        return time_of_children() - began

    assert min(worked() for _ in range(3)) < 0.4


def test_the_version_is_told(tmp_path):
    ended = omiflow("--version", folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, f"omiflow {__version__}\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(tmp_path, command, name):
    ended = command(name, "--help", folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"Usage: omiflow {name} ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["serv"], "there is no command 'serv'; did you mean 'serve'?"),
        (["dryrun"], "did you mean 'dry-run'?"),
        (["xyzzy"], "known are 'init', 'serve'"),
        (["serve", "--prot", "1"], "--port"),
        (["--nonsense"], "--nonsense"),
        (["dry-run"], "PAYLOADS"),
        (["check", "--format", "xml"], "xml"),
        (["serve", "--config", "nowhere.yaml"], "there is no configuration 'nowhere.yaml'"),
    ],
)
def test_wrong_usage_ends_with_2(tmp_path, command, args, said):
    ended = command(*args, folder=tmp_path)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr


def test_what_is_found_wrong_ends_with_1(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text("rules: [\n")
    assert omiflow("check", folder=tmp_path).returncode == 1


def test_what_could_not_work_ends_with_3(tmp_path):
    ended = omiflow("serve", "--port", "0", "--database", "sqlite:///nowhere/omiflow.db", folder=tmp_path)
    assert ended.returncode == 3
    assert ended.stderr.startswith("omiflow: ")
    assert ended.stderr.count("\n") == 1


def test_ctrl_c_ends_without_a_traceback(tmp_path, begun):
    slow = tmp_path / "slow.yaml"
    os.mkfifo(slow)
    process = begun(
        [sys.executable, "-m", "omiflow", "urls", "--config", "slow.yaml"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_ctrl_c,
    )
    with opened_once_read(slow):
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=60)
    assert process.returncode == 130
    assert log.strip() == ""


def heed_ctrl_c():
    """Let a command end by Ctrl-C, also where the tests run in the background and leave it to others."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def opened_once_read(pipe):
    """Open a pipe for writing as soon as somebody reads from it."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return os.fdopen(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK), "wb")
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_reader_that_goes_away_is_no_fault(tmp_path):
    process = subprocess.run(
        f"{sys.executable} -m omiflow --help | head -c 1",
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.stderr == ""
