"""The rules folder itself: swapped, taken away, made again; and what counts after a restart."""

from __future__ import annotations

import asyncio
import shutil
import time
from contextlib import asynccontextmanager, closing, suppress

import pytest
import structlog

from omiflow.engine.inline import Seal
from omiflow.engine.surroundings import App, Surroundings
from omiflow.errors import StoreFault
from omiflow.language.facts import Facts
from omiflow.language.load import Loader
from omiflow.runtime.clock import WallClock
from omiflow.runtime.live import Live
from omiflow.runtime.metrics import Metrics
from omiflow.runtime.reloader import Reloader
from omiflow.store.store import open_store

HANGS = 60.0
BROKEN = "rules:\n  - id: [\n"


def rules(*ids, alias="one"):
    return "rules:\n" + "".join(
        f"  - id: {name}\n    alias: {alias}\n    triggers: [{{trigger: memory_created}}]\n"
        "    actions: [{action: log.write, data: {message: hello}}]\n"
        for name in ids
    )


class Running:
    """A reloader at work, with its log."""

    def __init__(self, reloader, log):
        self.reloader = reloader
        self.log = log

    @property
    def live(self):
        return {rule.id: rule.alias for rule in self.reloader.live.rules.rules}

    @property
    def numbers(self):
        return len(self.live), self.reloader.live.mistakes

    def said(self, event):
        return [line for line in self.log.entries if line["event"] == event]

    async def sees(self, **aliases):
        await self.until(lambda: self.live, aliases)

    async def until(self, what, wanted):
        began = time.monotonic()
        while what() != wanted:
            assert time.monotonic() - began < HANGS, f"still {what()}, not {wanted}"
            await asyncio.sleep(0.01)


@pytest.fixture
def running(tmp_path):
    """Give a context in which a reloader watches `rules`; entering it again is a restart."""

    @asynccontextmanager
    async def start(place="rules", reloader=Reloader):
        store = await open_store(f"sqlite:///{tmp_path}/omiflow.db")
        capture = structlog.testing.LogCapture()
        reloader = reloader(
            folder=tmp_path / place,
            loader=Loader(Facts()),
            live=Live(surroundings=Surroundings(apps={"default": App(name="default")}, people={}), seal=Seal("s")),
            store=store,
            clock=WallClock(),
            metrics=Metrics(),
            log=structlog.wrap_logger(None, processors=[capture]),
        )
        try:
            await reloader.start()
            watch = asyncio.create_task(reloader.watch(asyncio.Event()))
            yield Running(reloader, capture)
            assert not watch.done()
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
        finally:
            await store.close()

    return start


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rules").mkdir()
    return tmp_path / "rules"


async def test_a_linked_rules_folder_can_be_swapped_again_and_again(running, tmp_path):
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text(rules("x", alias=name))
    (tmp_path / "rules").symlink_to("one")
    async with running() as run:
        await run.sees(x="one")
        for name in ("two", "three", "one"):
            (tmp_path / "fresh").symlink_to(name)
            (tmp_path / "fresh").rename(tmp_path / "rules")
            await run.sees(x=name)
        (tmp_path / "one" / "a.yaml").write_text(rules("x", alias="edited"))
        await run.sees(x="edited")
        (tmp_path / "rules").unlink()
        (tmp_path / "rules").symlink_to("two")
        await run.sees(x="two")
        assert run.numbers == (1, 0)


async def test_a_rules_folder_that_is_taken_away_leaves_its_rules_until_it_is_made_again(running, folder):
    (folder / "a.yaml").write_text(rules("x"))
    async with running() as run:
        shutil.rmtree(folder)
        await run.until(lambda: run.numbers, (1, 1))
        assert "there is no rules folder" in run.said("rule problem")[0]["problem"]
    async with running() as run:
        assert run.numbers == (1, 1)
        await asyncio.sleep(1)
        assert len(run.log.entries) == 3
        folder.mkdir()
        (folder / "b.yaml").write_text(rules("y"))
        await run.sees(y="one")
        (folder / "b.yaml").write_text(rules("y", alias="two"))
        await run.sees(y="two")
        assert run.numbers == (1, 0)


async def test_a_rules_folder_that_is_made_again_empty_leaves_no_rules(running, folder):
    (folder / "a.yaml").write_text(rules("x"))
    async with running() as run:
        shutil.rmtree(folder)
        await run.until(lambda: run.numbers, (1, 1))
        folder.mkdir()
        await run.until(lambda: run.numbers, (0, 0))


async def test_without_a_rules_folder_there_are_no_rules_until_it_appears(running, tmp_path):
    async with running() as run:
        assert run.numbers == (0, 0)
        assert run.said("there are no rules yet; `omiflow init` writes a first one")
        await asyncio.sleep(1)
        assert len(run.log.entries) == 2
        (tmp_path / "rules").mkdir()
        (tmp_path / "rules" / "a.yaml").write_text(rules("x"))
        await run.sees(x="one")
        (tmp_path / "rules" / "a.yaml").write_text(rules("x", alias="two"))
        await run.sees(x="two")


async def test_a_broken_file_keeps_its_last_good_rules_over_restarts_and_is_mended_later(running, folder):
    (folder / "a.yaml").write_text(rules("x"))
    (folder / "b.yaml").write_text(rules("y"))
    async with running() as run:
        (folder / "a.yaml").write_text(rules("x", alias="two"))
        await run.sees(x="two", y="one")
        (folder / "a.yaml").write_text(BROKEN)
        await run.until(lambda: run.numbers, (2, 1))
    for alias in ("two", "three"):
        async with running() as run:
            assert run.live["x"] == "two"
            assert run.numbers == (2, 1)
            assert run.said("a rule file keeps its last good rules")[0]["file"] == str(folder / "a.yaml")
            (folder / "b.yaml").write_text(rules("y", alias=alias))
            await run.sees(x="two", y=alias)
    async with running() as run:
        assert run.live == {"x": "two", "y": "three"}
        (folder / "a.yaml").write_text(rules("x", alias="mended"))
        await run.sees(x="mended", y="three")
        assert run.numbers == (2, 0)


async def test_files_that_break_or_go_while_omiflow_is_down(running, folder):
    (folder / "a.yaml").write_text(rules("x"))
    (folder / "b.yaml").write_text(rules("y"))
    async with running():
        pass
    (folder / "a.yaml").write_text(BROKEN)
    (folder / "b.yaml").unlink()
    async with running() as run:
        assert run.live == {"x": "one"}
    (folder / "a.yaml").unlink()
    async with running() as run:
        assert run.numbers == (0, 0)
    (folder / "a.yaml").write_text(BROKEN)
    async with running() as run:
        assert run.numbers == (0, 1)


async def test_a_file_that_was_never_good_is_nothing_until_it_is_mended(running, folder):
    (folder / "a.yaml").write_text(BROKEN)
    (folder / "b.yaml").write_text(rules("y"))
    async with running() as run:
        assert run.live == {"y": "one"}
        assert run.numbers == (1, 1)
        assert run.said("a rule file has no good version yet; nothing of it is live")
        (folder / "a.yaml").write_text(rules("x"))
        await run.sees(x="one", y="one")
        assert run.numbers == (2, 0)


async def test_a_list_that_is_gone_leaves_its_rules_over_restarts(running, folder):
    (folder / "lists.yaml").write_text("lists: {few: [m1, m2]}\n")
    (folder / "a.yaml").write_text(rules("x") + "    conditions: [{path: $.id, in: lists.few}]\n")
    async with running() as run:
        (folder / "lists.yaml").unlink()
        await run.until(lambda: run.numbers, (1, 1))
    for _ in range(2):
        async with running() as run:
            assert run.numbers == (1, 1)
            assert run.reloader.live.rules.by_id["x"].lists["few"].ways == ["m1", "m2"]


async def test_a_file_that_is_emptied_and_written_a_moment_later_never_loses_its_rules(running, folder):
    class Watched(Reloader):
        """Somebody writes on as soon as this waits for it; all rules that were ever live are kept."""

        ever = ()

        async def settle(self, state):
            (folder / "a.yaml").write_text(rules("x", alias="two"))
            await super().settle(state)

        def swap(self, problems, now):
            super().swap(problems, now)
            self.ever += ({rule.id: rule.alias for rule in self.live.rules.rules},)

    (folder / "a.yaml").write_text(rules("x"))
    async with running(reloader=Watched) as run:
        (folder / "a.yaml").write_text("")
        await run.sees(x="two")
        assert run.reloader.ever == ({"x": "one"}, {"x": "two"})


async def test_the_last_good_rules_of_another_folder_do_not_count(running, folder, tmp_path):
    (folder / "a.yaml").write_text(rules("x"))
    async with running():
        pass
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.yaml").write_text(BROKEN)
    async with running(place="other") as run:
        assert run.numbers == (0, 1)


async def test_one_file_can_be_the_rules_folder(running, tmp_path):
    place = tmp_path / "rules"
    place.write_text(rules("x"))
    async with running() as run:
        await run.sees(x="one")
        place.write_text(rules("x", alias="two"))
        await run.sees(x="two")
        (tmp_path / "fresh").write_text(rules("x", alias="three"))
        (tmp_path / "fresh").rename(place)
        await run.sees(x="three")
        place.write_text(rules("x", alias="four"))
        await run.sees(x="four")


async def test_what_can_not_be_stored_is_not_live(running, folder):
    (folder / "a.yaml").write_text(rules("x"))
    async with running() as run:
        with closing(run.reloader.store.database.connect()) as connection:
            for what in ("INSERT", "UPDATE"):
                refusal = "BEGIN SELECT RAISE(ABORT, 'no room'); END"
                connection.execute(f"CREATE TRIGGER refuse_{what} BEFORE {what} ON rule_files {refusal}")
            (folder / "a.yaml").write_text(rules("x", alias="two"))
            with pytest.raises(StoreFault, match="no room"):
                await run.reloader.reload()
            assert run.live == {"x": "one"}
            for what in ("INSERT", "UPDATE"):
                connection.execute(f"DROP TRIGGER refuse_{what}")
        await run.reloader.reload()
        assert run.live == {"x": "two"}
