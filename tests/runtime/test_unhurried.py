"""Settings of the whole process are lent to heavy work, and are as they were when the last of it is done."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from omiflow.runtime.unhurried import SWITCH_INTERVAL, giving_way, unhurried

BEFORE = 0.0123


@pytest.fixture(autouse=True)
def _usual() -> Iterator[None]:
    """Begin with settings that nobody else has, and leave those that there were."""
    interval, collects = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(BEFORE)
    gc.enable()
    yield
    sys.setswitchinterval(interval)
    (gc.enable if collects else gc.disable)()


def settings() -> tuple[float, bool]:
    return round(sys.getswitchinterval(), 6), gc.isenabled()


@pytest.mark.parametrize(
    ("work", "within"), [(unhurried, (SWITCH_INTERVAL, False)), (giving_way, (SWITCH_INTERVAL, True))]
)
def test_heavy_work_leaves_the_settings_as_they_were_even_when_it_fails(
    work: Callable[[], AbstractContextManager[None]], within: tuple[float, bool]
) -> None:
    seen = []

    def fail() -> None:
        with work():
            seen.append(settings())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert seen == [within]
    assert settings() == (BEFORE, True)


@pytest.mark.parametrize(
    ("first", "second", "between"),
    [
        (unhurried, unhurried, (SWITCH_INTERVAL, False)),
        (giving_way, unhurried, (SWITCH_INTERVAL, False)),
        (unhurried, giving_way, (SWITCH_INTERVAL, True)),
        (giving_way, giving_way, (SWITCH_INTERVAL, True)),
    ],
)
def test_work_that_ends_first_takes_nothing_from_what_goes_on(
    first: Callable[[], AbstractContextManager[None]],
    second: Callable[[], AbstractContextManager[None]],
    between: tuple[float, bool],
) -> None:
    one, other = first(), second()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert settings() == between
    other.__exit__(None, None, None)
    assert settings() == (BEFORE, True)


def test_where_nothing_was_collected_before_nothing_is_after() -> None:
    gc.disable()
    with unhurried():
        pass
    assert settings() == (BEFORE, False)
