"""Files of rules: where they may be, what becomes of them, and what no path leads to."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from omiflow.actions.data import check_data, rendered
from omiflow.actions.file_paths import misuse_of_path
from omiflow.actions.files import MOST_BYTES, Files
from omiflow.actions.scope import Scope
from omiflow.actions.table import ACTIONS
from omiflow.model import Done, Outcome, Rejected, Retry

MakeScope = Callable[..., Scope]
BOTH = pytest.mark.parametrize("name", ["file.append", "file.write"])
NOWHERE = [
    "",
    "~/notes.md",
    "/etc/passwd",
    "..",
    "../x",
    "a/../../x",
    "a/..",
    "./a",
    "a//b",
    "a/",
    "a\0b",
    "a\nb",
    "a\x7f",
    ".ssh/authorized_keys",
    "notes/.git/hooks/post-commit",
    "x" * 256,
    "ü" * 128,
    "a/" * 16 + "b",
    "\udc80",
]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def everything_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


async def perform(name: str, data: dict[str, Any], scope: Scope) -> Outcome:
    action = ACTIONS[name]
    assert action.perform is not None
    return await action.perform(rendered(action.data, data), scope)


@pytest.fixture
def vault(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "vault").mkdir()
    return {"type": "folder", "path": str(tmp_path / "vault")}


async def test_lines_are_appended_one_below_the_other(scope: MakeScope, tmp_path: Path) -> None:
    for text in ("one", "two\n", "dr\udce4i"):
        assert await perform("file.append", {"path": "a/b.md", "text": text}, scope()) == Done({"path": "a/b.md"})
    assert (tmp_path / "data/files/a/b.md").read_text() == "one\ntwo\ndr?i\n"


async def test_a_file_is_written_anew_each_time(scope: MakeScope, vault: dict[str, Any], tmp_path: Path) -> None:
    for text in ("much longer at first", "short"):
        await perform("file.write", {"path": "a/b.md", "text": text}, scope(connection=vault))
    assert (tmp_path / "vault/a/b.md").read_text() == "short"
    assert names_in(tmp_path / "vault/a") == ["b.md"]


@BOTH
async def test_files_of_the_data_folder_are_closed_to_others(scope: MakeScope, tmp_path: Path, name: str) -> None:
    await perform(name, {"path": "a/b.md", "text": "x"}, scope())
    modes = {
        part: stat.S_IMODE((tmp_path / "data" / part).stat().st_mode) for part in ("files", "files/a", "files/a/b.md")
    }
    assert modes == {"files": 0o700, "files/a": 0o700, "files/a/b.md": 0o600}


async def test_a_file_that_is_replaced_keeps_its_rights(
    scope: MakeScope, vault: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "vault/a").touch(mode=0o640)
    await perform("file.write", {"path": "a", "text": "x"}, scope(connection=vault))
    assert stat.S_IMODE((tmp_path / "vault/a").stat().st_mode) == 0o640


@BOTH
@pytest.mark.parametrize("path", NOWHERE[1:-1])
async def test_no_path_leads_elsewhere(scope: MakeScope, tmp_path: Path, name: str, path: str) -> None:
    (tmp_path / "data" / "files").mkdir(parents=True)
    before = everything_in(tmp_path)
    outcome = await perform(name, {"path": path, "text": "x"}, scope())
    assert isinstance(outcome, Rejected)
    assert "path" in outcome.reason
    assert everything_in(tmp_path) == before


@BOTH
@pytest.mark.parametrize("path", ["link/x", "file/x", "link", "broken", "folder", "pipe", "in/link/x"])
async def test_links_and_what_is_no_plain_file_are_refused(
    scope: MakeScope, vault: dict[str, Any], tmp_path: Path, *, name: str, path: str
) -> None:
    folder, outside = tmp_path / "vault", tmp_path / "outside"
    outside.mkdir()
    (folder / "folder").mkdir()
    (folder / "in").mkdir()
    (folder / "file").write_text("mine")
    (folder / "link").symlink_to(outside)
    (folder / "in/link").symlink_to(outside)
    (folder / "broken").symlink_to(outside / "new")
    os.mkfifo(folder / "pipe")
    outcome = await perform(name, {"path": path, "text": "x"}, scope(connection=vault))
    assert isinstance(outcome, Rejected)
    assert outcome.reason.startswith(f"file '{path}' can't be used: it is ")
    assert names_in(outside) == []
    assert (folder / "file").read_text() == "mine"


@BOTH
async def test_a_files_folder_that_is_a_link_is_refused(scope: MakeScope, tmp_path: Path, name: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data/files").symlink_to(tmp_path / "elsewhere")
    assert isinstance(await perform(name, {"path": "a", "text": "x"}, scope()), Rejected)
    assert names_in(tmp_path / "elsewhere") == []


@BOTH
async def test_a_folder_that_is_not_there_is_waited_for(scope: MakeScope, tmp_path: Path, name: str) -> None:
    vault = {"type": "folder", "path": str(tmp_path / "disk")}
    outcome = await perform(name, {"path": "a", "text": "x"}, scope(connection=vault))
    assert outcome == Retry(f"folder '{tmp_path}/disk' is not there; make it, or mount what belongs there")
    (tmp_path / "disk").mkdir()
    assert isinstance(await perform(name, {"path": "a", "text": "x"}, scope(connection=vault)), Done)


def test_a_file_does_not_grow_beyond_its_limit(tmp_path: Path) -> None:
    folder = Files(tmp_path).folder(None)
    assert folder.append("a", b"x") is None
    os.truncate(tmp_path / "files/a", MOST_BYTES - 1)
    assert folder.append("a", b"y") is None
    reason = Rejected("file 'a' can't be used: it has more than 50 MB")
    assert folder.append("a", b"z") == reason
    assert (tmp_path / "files/a").stat().st_size == MOST_BYTES
    os.truncate(tmp_path / "files/a", MOST_BYTES + 1)
    assert Files(tmp_path).to_send("a") == reason


def test_what_does_not_fit_on_the_disk_leaves_what_was_there(tmp_path: Path) -> None:
    folder = Files(tmp_path).folder(None)
    assert folder.write("a", b"x" * 600, step="1") is None
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        appended, written = folder.append("a", b"y" * 600), folder.write("a", b"z" * 1600, step="2")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert appended == Retry("file 'a' can't be used now: No space left on device")
    assert isinstance(written, Rejected)
    assert (tmp_path / "files/a").read_bytes() == b"x" * 600
    assert names_in(tmp_path / "files") == ["a"]


def test_a_write_that_a_crash_cut_off_leaves_nothing_when_it_is_done_again(tmp_path: Path) -> None:
    folder = Files(tmp_path).folder(None)
    with pytest.raises(KeyboardInterrupt), patch("os.replace", side_effect=KeyboardInterrupt):
        folder.write("a", b"x", step="r1:actions[0]")
    assert names_in(tmp_path / "files") != []
    assert folder.write("a", b"x", step="r1:actions[0]") is None
    assert names_in(tmp_path / "files") == ["a"]


def test_appends_at_the_same_time_lose_and_mix_nothing(tmp_path: Path) -> None:
    folder = Files(tmp_path).folder(None)
    lines = [bytes([97 + number % 26]) * 500 + b"%d\n" % number for number in range(200)]
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda line: folder.append("log/x", line), lines)) == {None}
    assert sorted((tmp_path / "files/log/x").read_bytes().splitlines(keepends=True)) == sorted(lines)


def test_no_handle_is_left_open(tmp_path: Path) -> None:
    files = Files(tmp_path)
    before = len(names_in(Path("/proc/self/fd")))
    files.folder(None).append("a/b/c", b"x")
    files.folder(None).write("a/b/c", b"x", step="1")
    files.to_send("a/b/c")
    files.to_send("a/b/c/d")
    files.folder({"path": str(tmp_path / "nowhere")}).write("a", b"x", step="1")
    assert len(names_in(Path("/proc/self/fd"))) == before


@pytest.mark.parametrize("path", NOWHERE)
def test_a_written_path_that_leads_nowhere_is_a_problem(path: str) -> None:
    found = misuse_of_path({"path": path}, None)
    assert found is not None
    assert found[0] == "path"


@pytest.mark.parametrize("path", ["a", "a b/ü.md", "a..b", "journal/{{ now.date() }}.md", "../{{ x }}", None])
def test_a_path_that_may_be_right_is_none(path: str | None) -> None:
    assert misuse_of_path({"path": path}, None) is None


@BOTH
def test_a_dry_run_goes_on_with_the_path(name: str) -> None:
    action = ACTIONS[name]
    assert action.foretold(action.data.rendered({"path": "a", "text": "x"})) == {"path": "a"}
    assert check_data(action.data, {"path": "a"}) != []
