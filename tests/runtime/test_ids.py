from __future__ import annotations

from omiflow.runtime.ids import Ids


def test_ids_are_unique_and_sort_in_the_order_they_were_made():
    ids = Ids()
    made = [ids.event() for _ in range(70_000)]
    assert len(set(made)) == len(made)
    assert made == sorted(made)


def test_events_and_runs_are_told_apart():
    ids = Ids()
    assert (ids.event()[0], ids.run()[0]) == ("e", "r")


def test_two_processes_make_different_ids():
    assert len({Ids().event()[-4:] for _ in range(50)}) > 1
