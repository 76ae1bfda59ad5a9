"""Who is kept in memory, how much room they take, and whose turn it is."""

from __future__ import annotations

import asyncio
import tracemalloc
import zlib
from uuid import UUID

import pytest

from omiflow.model import Segment
from omiflow.runtime.users import FEW, RESTS_AFTER, STREAM_SPAN, User, Users
from omiflow.speech.packed import packed
from omiflow.speech.stream import LONGEST_KEPT, Stream

MEGABYTE = 1_000_000


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
    async with users.turn(busy):
        users.get("a", "u2", now=0)
        assert users.get("a", "u1", now=0) is busy


def test_who_has_been_silent_for_long_is_forgotten_when_others_come():
    users = Users()
    users.expect([], all_of_them=True, now=0)
    silent = users.get("a", "u1", now=0)
    users.get("a", "u2", now=STREAM_SPAN + 1)
    assert users.get("a", "u1", now=STREAM_SPAN + 1) is not silent
    assert users.complete


async def heard(users: Users, uid: str, *, now: float, minutes: float = 5) -> User:
    """Let a user talk for some minutes until now."""
    user = users.get("a", uid, now=now)
    async with users.turn(user):
        for number in range(int(minutes * 20)):
            text = f"there are {number * 7 % 31} of these, and {len(uid) * number * 131 % 997} more of those"
            at = now - minutes * 60 + 3 * (number + 1)
            key = str(UUID(int=zlib.crc32(f"{uid} {number}".encode()) << 90))
            said = Segment(id=key, text=text, speaker_id=0, start=3.0 * number, end=3.0 * number + 2.5)
            user.stream = user.stream or Stream()
            user.stream.take([said], at=at, event_id=f"e{number:022x}")
    await asyncio.sleep(0)
    return user


async def test_a_stream_is_packed_while_its_user_is_silent_and_the_same_when_they_are_heard():
    users = Users()
    user = await heard(users, "u1", now=1_000.0)
    said = user.stream.session()
    await heard(users, "u2", now=1_000.0 + RESTS_AFTER - 1)
    assert isinstance(user.kept, Stream)
    other = await heard(users, "u2", now=1_000.0 + RESTS_AFTER)
    assert isinstance(user.kept, bytes)
    assert isinstance(other.kept, Stream)
    assert said
    assert users.get("a", "u1", now=1_050.0).stream.session() == said


async def test_a_stream_is_not_packed_while_it_is_its_users_turn():
    users = Users(rests_after=0.0)
    user = await heard(users, "u1", now=0.0)
    again = users.get("a", "u1", now=100.0)
    async with users.turn(again):
        stream = again.stream
        await heard(users, "u2", now=200.0)
        assert again is user
        assert user.kept is stream
    await asyncio.sleep(0)
    assert isinstance(user.kept, bytes)


async def test_two_thousand_users_who_are_silent_take_less_than_six_kilobytes_each():
    talker = await heard(Users(), "u", now=1_000.0)
    said = packed(talker.stream)
    users = Users()
    tracemalloc.start()
    for number in range(2_000):
        user = users.get("a", f"user {number}", now=1_000.0 + number / 100)
        async with users.turn(user):
            user.kept = bytes(bytearray(said))
        await asyncio.sleep(0)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(talker.stream.known) == LONGEST_KEPT / 3 + 1
    assert 2_000 < taken / 2_000 < 6_000


async def test_where_all_streams_take_too_much_room_more_of_them_are_packed_and_then_the_longest_unheard_forgotten():
    users = Users(room=8 * MEGABYTE)
    everybody = [await heard(users, f"u{number}", now=1_000.0 + number / 100) for number in range(FEW + 100)]
    assert users.weight < 8 * MEGABYTE
    assert [isinstance(user.kept, bytes) for user in (everybody[0], everybody[-1])] == [True, False]
    assert users.get("a", "u0", now=1_010.0) is everybody[0]
    users = Users(room=2 * MEGABYTE)
    users.expect([], all_of_them=True, now=1_000.0)
    everybody = [await heard(users, f"u{number}", now=1_000.0) for number in range(FEW)]
    assert users.weight < 2 * MEGABYTE
    assert not users.complete
    assert users.get("a", f"u{FEW - 1}", now=1_010.0) is everybody[-1]
    assert users.get("a", "u0", now=1_010.0) is not everybody[0]


async def test_what_streams_weigh_is_what_they_take():
    users = Users()
    user = await heard(users, "u1", now=1_000.0)
    assert users.weight == user.weight == user.weigh()
    await heard(users, "u2", now=1_000.0 + RESTS_AFTER)
    assert user.weight == user.weigh() == pytest.approx(len(user.kept), rel=0.2)
    users.get("a", "u3", now=1_000.0 + RESTS_AFTER + STREAM_SPAN)
    assert users.weight == users.get("a", "u2", now=1_000.0 + RESTS_AFTER).weight


async def test_those_who_wait_for_their_turn_get_it_in_order_also_when_everybody_else_is_packed():
    users, order = Users(rests_after=0.0), list[int]()

    async def take(number: int) -> None:
        user = users.get("a", "u1", now=float(number))
        async with users.turn(user):
            order.append(number)
            await asyncio.sleep(0)
            order.append(number)

    await asyncio.gather(*map(take, range(4)), heard(users, "u2", now=100.0))
    assert order == [0, 0, 1, 1, 2, 2, 3, 3]
    assert not users.get("a", "u1", now=100.0).busy


@pytest.mark.parametrize(
    ("rate", "gap", "left"), [(2.0, 0.5, False), (2.0, 5.0, True), (0.1, 5.0, False), (0.1, 11.0, True)]
)
async def test_an_allowance_is_kept_until_it_is_full_again(rate, gap, left):
    users = Users(rests_after=0.0)
    user = users.get("a", "u1", now=10.0)
    while user.allowance.take(rate, 10.0):
        pass
    await heard(users, "u2", now=10.0 + gap)
    assert user.allowance.take(rate, 10.0) is left


def test_who_is_silent_is_not_forgotten_before_their_allowance_is_full():
    for rate, kept in ((0.001, True), (1.0, False)):
        users = Users()
        users.expect([], all_of_them=True, now=0)
        user = users.get("a", "u1", now=0.0)
        assert user.allowance.take(rate, 0.0)
        users.get("a", "u2", now=STREAM_SPAN + 1)
        assert (users.get("a", "u1", now=STREAM_SPAN + 1) is user) is kept


async def test_words_count_whose_segments_are_no_longer_remembered():
    talker = await heard(Users(), "u", now=10_000.0, minutes=10)
    known = len(talker.stream.known)
    [line] = talker.stream.lines.values()
    assert len(line.pieces) > 2 * known
    assert talker.weigh() > 600 * len(line.pieces)
