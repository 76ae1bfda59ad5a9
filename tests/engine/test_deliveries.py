from __future__ import annotations

from omiflow.engine.deliveries import RecentDeliveries


def test_a_delivery_is_known_by_any_of_its_keys_within_its_app():
    seen = RecentDeliveries()
    seen.remember("a", ["k1", "k2"], {"message": "first"})
    assert seen.find("a", ["k0", "k2"]) == {"message": "first"}
    assert seen.find("b", ["k1"]) is None
    assert seen.find("a", []) is None


def test_an_empty_answer_is_an_answer():
    seen = RecentDeliveries()
    seen.remember("a", ["k"], {})
    assert seen.find("a", ["k"]) == {}


def test_the_oldest_are_forgotten():
    seen = RecentDeliveries(most=2)
    for key in "abc":
        seen.remember("a", [key], {"message": key})
    assert [seen.find("a", [key]) for key in "abc"] == [None, {"message": "b"}, {"message": "c"}]
