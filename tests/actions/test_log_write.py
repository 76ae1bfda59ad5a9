from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omiflow.actions.data import check_data, rendered
from omiflow.actions.scope import Scope
from omiflow.actions.table import ACTIONS
from omiflow.model import Done

ACTION = ACTIONS["log.write"]


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
async def test_a_line_is_written_as_it_is(scope: Callable[..., Scope], log: Any, level: str) -> None:
    assert ACTION.perform is not None
    message = "100% {user} %s \n level=error"
    assert await ACTION.perform(rendered(ACTION.data, {"message": message, "level": level}), scope()) == Done()
    assert log.lines == [(level, "log.write", {"message": message, "run_id": "run1", "step": "actions[0]"})]


def test_a_line_is_of_level_info_and_no_level_is_invented() -> None:
    assert rendered(ACTION.data, {"message": "x"}).model_dump() == {"message": "x", "level": "info"}
    assert [error["loc"] for error in check_data(ACTION.data, {"message": "x", "level": "loud"})] == [("level",)]
