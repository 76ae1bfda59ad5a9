from __future__ import annotations

from omiflow.actions.remembered import Remembered


def test_a_value_is_remembered_for_a_while() -> None:
    remembered = Remembered(lasting=10.0)
    remembered.put("a", 1, now=100.0)
    assert (remembered.get("a", now=109.9), remembered.get("a", now=110.0)) == (1, None)
    assert remembered.get("b", now=100.0) is None


def test_the_longest_kept_value_makes_room() -> None:
    remembered = Remembered(most=2)
    for number, key in enumerate(("a", "b", "a", "c")):
        remembered.put(key, number, now=0.0)
    assert [remembered.get(key, now=0.0) for key in "abc"] == [2, None, 3]
