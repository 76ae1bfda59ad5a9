from __future__ import annotations

from omiflow.model import Spend
from omiflow.runtime.tally_book import TallyBook


def spend(key: str, at: float, period: float = 10.0) -> Spend:
    return Spend(tally="t", key=key, at=at, expires=at + period)


def test_what_is_reserved_counts_until_it_is_given_back():
    book = TallyBook()
    book.reserve([spend("k", 1.0), spend("k", 2.0)], now=2.0)
    assert book.uses("t", "k") == [1.0, 2.0]
    book.release([spend("k", 1.0)])
    assert book.uses("t", "k") == [2.0]


def test_what_counts_no_longer_is_forgotten_with_the_next_use():
    book = TallyBook()
    book.reserve([spend("k", 1.0)], now=1.0)
    book.reserve([spend("k", 50.0)], now=50.0)
    assert book.uses("t", "k") == [50.0]


def test_only_keys_that_are_not_here_must_be_loaded():
    book = TallyBook()
    book.reserve([spend("known", 1.0)], now=1.0)
    assert book.missing([("t", "known"), ("t", "new")]) == [("t", "new")]
    book.load({("t", "new"): [spend("new", 3.0)], ("t", "known"): []})
    assert (book.uses("t", "new"), book.uses("t", "known")) == ([3.0], [1.0])
    assert book.missing([("t", "new")]) == []


def test_where_all_is_known_nothing_must_be_loaded():
    book = TallyBook()
    book.fill([spend("k", 1.0)], all_of_them=True)
    assert book.missing([("t", "new")]) == []
    assert (book.uses("t", "k"), book.uses("t", "new")) == ([1.0], [])


def test_forgetting_what_still_counts_means_that_not_all_is_known():
    for now, complete in ((5.0, False), (100.0, True)):
        book = TallyBook(most=1)
        book.fill([spend("old", 1.0)], all_of_them=True)
        book.reserve([spend("new", now)], now=now)
        assert book.complete is complete


def test_giving_back_what_was_forgotten_meanwhile_does_no_harm():
    book = TallyBook(most=1)
    book.reserve([spend("a", 1.0)], now=1.0)
    book.reserve([spend("b", 1.0)], now=1.0)
    book.release([spend("a", 1.0), spend("b", 1.0)])
    assert (book.uses("t", "a"), book.uses("t", "b")) == ([], [])
