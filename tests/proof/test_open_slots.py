"""The next lull of a simulation is the earliest, and finding it takes no longer with more users."""

from __future__ import annotations

import time
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from omiflow.proof.open_slots import FEW, OpenSlots

PUTS = st.lists(st.tuples(st.integers(0, 5), st.none() | st.integers(0, 20), st.booleans()), max_size=60)


@given(PUTS)
def test_the_next_is_the_earliest_that_was_put_last(puts):
    slots, due = OpenSlots(), {}
    for number, at, lapses in puts:
        user = ("a", None if number == 0 else f"u{number}")
        slots.put(user, at)
        due.pop(user, None)
        if at is not None:
            due[user] = at
        found = slots.next(10)
        earliest = min(due.values(), default=inf)
        assert (found is None) == (earliest > 10)
        if found is not None:
            assert (found[0], due[found[1]]) == (earliest, earliest)
            if lapses:
                slots.put(found[1], None)
                del due[found[1]]
    assert [slots.next(inf) is None] == [not due]


def test_of_two_that_are_due_at_once_the_first_comes_first():
    slots = OpenSlots()
    for uid in ("u2", "u1"):
        slots.put(("a", uid), 3.0)
    assert slots.next(3.0) == (3.0, ("a", "u2"))


def test_thirty_thousand_users_who_began_to_say_something_take_no_time():
    slots = OpenSlots()
    began = time.process_time()
    for number in range(30_000):
        slots.put(("a", f"u{number}"), 100.0 + number)
        slots.put(("a", "u0"), 100.0 + number)
        assert slots.next(0) is None
    assert time.process_time() - began < 5
    assert len(slots._heap) <= 2 * 30_000 + FEW  # noqa: SLF001 - what is kept
