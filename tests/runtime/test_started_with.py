"""The configuration that omiflow was started with, and what is told when its files change."""

from __future__ import annotations

import pytest
import structlog

from omiflow.runtime.started_with import StartedWith

CHANGED = "the configuration has changed; start omiflow again to use it"


@pytest.fixture
def started(tmp_path):
    """Give a configuration of two files, and what is logged of it; the second file isn't there."""
    capture = structlog.testing.LogCapture()
    (tmp_path / "omiflow.yaml").write_text("{}")
    files = (tmp_path / "omiflow.yaml", tmp_path / ".env")
    return StartedWith(files, log=structlog.wrap_logger(None, processors=[capture])), files, capture.entries


def looks(started, times=3):
    for _ in range(times):
        started.look(started.read())


def test_each_change_is_told_once_and_so_is_a_file_that_was_not_there(started):
    with_, (config, dotenv), logged = started
    looks(with_)
    assert logged == []
    config.write_text("timezone: Europe/Berlin")
    looks(with_)
    assert logged == [{"event": CHANGED, "file": str(config), "log_level": "warning"}]
    dotenv.write_text("A=b")
    looks(with_)
    assert [line["file"] for line in logged] == [str(config), str(config), str(dotenv)]


def test_a_file_that_is_touched_or_as_it_was_again_has_not_changed(started):
    with_, (config, _), logged = started
    config.touch()
    looks(with_)
    assert logged == []
    config.write_text("timezone: Europe/Berlin")
    looks(with_)
    config.write_text("{}")
    looks(with_)
    assert len(logged) == 1
    assert with_.changed == []


def test_half_a_file_is_not_told(started):
    with_, (config, _), logged = started
    config.write_text("")
    looks(with_, 1)
    config.write_text("{}")
    looks(with_)
    assert logged == []
