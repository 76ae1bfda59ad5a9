"""Words as recognisers mishear them: homophones, dropped endings, split and joined words.

The tables are small and made by hand; what a real recogniser confuses depends on it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from omiflow.speech.words import normalised

HOMOPHONES = """
accept/except advice/advise affect/effect allowed/aloud assistance/assistants ate/eight bear/bare board/bored
brake/break buy/by cent/sent check/cheque choose/chews cite/site close/clothes coarse/course colour/color
complement/compliment cost/coast council/counsel dear/deer desert/dessert die/dye do/due ensure/insure fair/fare
feel/fill find/fined flour/flower for/four great/grate guessed/guest hear/here hole/whole hour/our idea/ideal
it's/its knew/new know/no later/latter led/lead lessen/lesson loose/lose made/maid mail/male mean/mien meat/meet
meeting/meting mind/mined minutes/minuets morning/mourning need/knead not/knot of/off one/won pair/pear passed/past
peace/piece plain/plane presence/presents principal/principle quiet/quite read/reed remind/remined right/write
road/rode role/roll root/route sale/sail scene/seen sea/see some/sum stationary/stationery steal/steel
tail/tale than/then their/there there/they're thing/think through/threw time/thyme to/too to/two
wait/weight way/weigh weak/week wear/where weather/whether which/witch who's/whose wood/would wrap/rap your/you're
question/questioned sense/cents sounds/sound action/auction item/items problem/problems
"""
SHORT = 4
ENDINGS = ("ing", "ed", "s", "t", "d")

Damage = Callable[[Sequence[str], random.Random], list[str] | None]
"""Gives words with one of them misheard, or None where none of them can be."""


def _confused() -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for pair in HOMOPHONES.split():
        one, other = ("".join(normalised(word)) for word in pair.split("/"))
        if one != other:
            table.setdefault(one, []).append(other)
            table.setdefault(other, []).append(one)
    return table


CONFUSED = _confused()


def short_homophone(words: Sequence[str], dice: random.Random) -> list[str] | None:
    return _homophone([word if len(word) <= SHORT else "" for word in words], words, dice)


def long_homophone(words: Sequence[str], dice: random.Random) -> list[str] | None:
    return _homophone([word if len(word) > SHORT else "" for word in words], words, dice)


def dropped_ending(words: Sequence[str], dice: random.Random) -> list[str] | None:
    shorter = [
        (at, 1, [word.removesuffix(ending)])
        for at, word in enumerate(words)
        for ending in ENDINGS
        if word.endswith(ending) and len(word) - len(ending) >= 3
    ]
    return _one_of(shorter, words, dice)


def split_word(words: Sequence[str], dice: random.Random) -> list[str] | None:
    parted = [
        (at, 1, [word[:cut], word[cut:]])
        for at, word in enumerate(words)
        if len(word) >= 5
        for cut in range(2, len(word) - 1)
    ]
    return _one_of(parted, words, dice)


def joined_words(words: Sequence[str], dice: random.Random) -> list[str] | None:
    return _one_of([(at, 2, [words[at] + words[at + 1]]) for at in range(len(words) - 1)], words, dice)


KINDS: dict[str, Damage] = {
    "a homophone of a short word": short_homophone,
    "one of a longer word": long_homophone,
    "a dropped ending": dropped_ending,
    "a split word": split_word,
    "two joined words": joined_words,
}


def damaged(words: Sequence[str], dice: random.Random, *, rate: float) -> list[str]:
    """Mishear each word with this probability, in any way that it can be misheard."""
    heard: list[str] = []
    at = 0
    while at < len(words):
        taken = 1
        if dice.random() < rate:
            ways = [kind for kind in KINDS.values() if kind(words[at : at + 1], dice) is not None]
            if at + 1 < len(words):
                ways.append(joined_words)
            if ways:
                way = dice.choice(ways)
                taken = 2 if way is joined_words else 1
                heard += way(words[at : at + taken], dice) or ()
                at += taken
                continue
        heard += words[at : at + taken]
        at += taken
    return heard


def _homophone(chosen: Sequence[str], words: Sequence[str], dice: random.Random) -> list[str] | None:
    return _one_of(
        [(at, 1, [other]) for at, word in enumerate(chosen) for other in CONFUSED.get(word, ())], words, dice
    )


def _one_of(
    changes: Sequence[tuple[int, int, list[str]]], words: Sequence[str], dice: random.Random
) -> list[str] | None:
    if not changes:
        return None
    at, count, instead = dice.choice(changes)
    return [*words[:at], *instead, *words[at + count :]]
