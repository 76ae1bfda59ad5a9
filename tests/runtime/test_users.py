from __future__ import annotations

from omiflow.runtime.users import STREAM_SPAN, Users


def test_a_new_user_has_said_nothing_where_all_are_known():
    users = Users()
    users.expect([("a", "u1")], all_of_them=True, now=0)
    assert users.get("a", "u2", now=0).quiet
    assert not users.get("a", "u1", now=0).quiet


def test_where_not_all_are_known_a_new_user_is_looked_up():
    users = Users()
    users.expect([], all_of_them=False, now=0)
    assert not users.get("a", "u1", now=0).quiet


def test_users_are_told_apart_by_app():
    users = Users()
    assert users.get("a", "u", now=0) is users.get("a", "u", now=0)
    assert users.get("a", "u", now=0) is not users.get("b", "u", now=0)


def test_the_longest_unseen_is_forgotten_first():
    users = Users(most=2)
    users.expect([], all_of_them=True, now=0)
    first = users.get("a", "u1", now=0)
    users.get("a", "u2", now=0)
    users.get("a", "u1", now=0)
    users.get("a", "u3", now=0)
    assert users.get("a", "u1", now=0) is first


def test_forgetting_somebody_who_spoke_lately_means_that_not_all_are_known():
    for seen, complete in ((0.0, True), (STREAM_SPAN + 10, False)):
        users = Users(most=1)
        users.expect([], all_of_them=True, now=0)
        users.get("a", "u1", now=seen)
        users.get("a", "u2", now=STREAM_SPAN + 20)
        assert users.complete is complete


async def test_whoever_is_being_heard_is_not_forgotten():
    users = Users(most=1)
    busy = users.get("a", "u1", now=0)
    async with busy.turn:
        users.get("a", "u2", now=0)
        assert users.get("a", "u1", now=0) is busy


def test_who_has_been_silent_for_long_is_forgotten_when_others_come():
    users = Users()
    users.expect([], all_of_them=True, now=0)
    silent = users.get("a", "u1", now=0)
    users.get("a", "u2", now=STREAM_SPAN + 1)
    assert users.get("a", "u1", now=STREAM_SPAN + 1) is not silent
    assert users.complete
