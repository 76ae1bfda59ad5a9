"""`omiflow near`: what was said that nearly was a phrase of a rule, and the lines that make the rule hear it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from math import inf
from os.path import normpath
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from omiflow.cli.page import Page
from omiflow.cli.settings import config_option, configuration, json_option, missing, print_json
from omiflow.cli.show_near import Nearly, near_document, tell_near
from omiflow.engine.inline import Seal
from omiflow.engine.rules import Rule, Trigger
from omiflow.errors import UsageError
from omiflow.language.doubts.phrases import never_heard
from omiflow.language.load import Loader, Rulebook, read_folder
from omiflow.language.nearest import did_you_mean
from omiflow.language.phrase_places import phrases_place
from omiflow.language.settings.config import Config
from omiflow.language.settings.views import facts, surroundings
from omiflow.model import SPEECH
from omiflow.runtime.clock import WallClock
from omiflow.runtime.live import Live
from omiflow.runtime.near_misses import EVERY, NearMisses
from omiflow.runtime.unhurried import unhurried
from omiflow.speech.near import MOST_OF_A_PHRASE, NearPhrases, Offer, widened
from omiflow.speech.words import normalised
from omiflow.store.database import ServedFault, open_database, sqlite_path
from omiflow.store.near_misses import NearMiss, kept_misses
from omiflow.store.store import open_store

CATCH_UP = 10_000
"""How many events of speech are looked through at most when no server has done it."""
LONG_WORK = 500
"""A progress bar is worth its flicker from this number of events on."""


@click.command()
@click.argument("rule", required=False)
@click.option(
    "--limit",
    default=MOST_OF_A_PHRASE,
    show_default=True,
    type=click.IntRange(1, MOST_OF_A_PHRASE),
    help="How many for each phrase.",
)
@config_option
@json_option
def near(rule: str | None, config_path: Path | None, *, limit: int, as_json: bool) -> None:
    """Show what was nearly a phrase of a rule, the closest first, with the lines to add to hear it.

    RULE is the id of a rule; all rules when left out. A running server looks for it; without one, this command looks
    through what was stored since.
    """
    config = configuration(config_path)
    book = _book(config.rules, config)
    if rule is not None and rule not in book.rules.by_id:
        raise UsageError(f"there is no rule '{rule}'{did_you_mean(rule, list(book.rules.by_id))}")
    phrases = [one for one in _phrases(book) if rule in (None, one[0].id)]
    looked = True
    kept: list[NearMiss] = []
    if sqlite_path(config.database).exists():
        with open_database(config.database, reading=True) as database:
            looked = not phrases or _caught_up(config, book)
            with database.engine.begin() as connection:
                kept = kept_misses(connection, rule)
    found = list(_found(book, phrases, kept, limit=limit))
    if as_json:
        print_json(near_document(found))
    elif found:
        zone = ZoneInfo(config.timezone)
        tell_near(Page(), found, zone=config.timezone, clock=lambda at: f"{datetime.fromtimestamp(at, zone):%F %T}")
    else:
        click.echo(_nothing(rule, config, looked=looked, listens=bool(phrases)))


def _book(folder: Path, config: Config) -> Rulebook:
    if not folder.exists():
        raise missing("rules folder", folder)
    plain, here = Path(normpath(folder)), Path.cwd()
    texts, unreadable = read_folder(plain.relative_to(here) if plain.is_relative_to(here) else plain)
    with unhurried():
        return Loader(facts(config)).load(texts, unreadable=unreadable)


def _phrases(book: Rulebook) -> Iterator[tuple[Rule, int, Trigger, str]]:
    """Give every phrase that waits for speech, with its rule, and the number of its trigger."""
    for rule in book.rules.rules:
        for number, trigger in enumerate(rule.triggers):
            for phrase in dict.fromkeys(trigger.phrases) if trigger.event == SPEECH else ():
                yield rule, number, trigger, phrase


def _found(
    book: Rulebook, phrases: Sequence[tuple[Rule, int, Trigger, str]], kept: Sequence[NearMiss], *, limit: int
) -> Iterator[Nearly]:
    """Give the misses by phrase, in the order of the files; what a rule hears by now is none any more."""
    misses: dict[tuple[str, str], list[NearMiss]] = {}
    hears: dict[str, NearPhrases] = {}
    for miss in kept:
        if miss.rule not in hears and miss.rule in book.rules.by_id:
            hears[miss.rule] = _hearing(book.rules.by_id[miss.rule])
        if miss.rule in hears and not hears[miss.rule].around(normalised(miss.said)).heard:
            misses.setdefault((miss.rule, miss.phrase), []).append(miss)
    for rule, number, trigger, phrase in phrases:
        theirs = misses.pop((rule.id, phrase), None)
        if theirs is not None:
            place = phrases_place(book.files[rule.file].text, file=rule.file, rule=rule.id, trigger=number)
            offers = [_offer(rule, number, phrase, miss.said) for miss in theirs[:limit]]
            yield Nearly(rule.id, phrase, rule.file, place, theirs[:limit], offers, fuzzy=trigger.fuzzy)


def _offer(rule: Rule, number: int, phrase: str, said: str) -> Offer | None:
    """Give a phrase that hears what was said, None where `check` would say that some phrase is never heard then."""
    offer = widened(phrase, said)
    trigger = rule.triggers[number]
    left = tuple(one for one in trigger.phrases if not (offer.instead and one == phrase))
    wider = replace(trigger, phrases=(offer.phrase, *left))
    spoiled = never_heard((*rule.triggers[:number], wider, *rule.triggers[number + 1 :]))
    return offer if spoiled <= never_heard(rule.triggers) else None


def _hearing(rule: Rule) -> NearPhrases:
    spoken = [(phrase, one.fuzzy) for one in rule.triggers if one.event == SPEECH for phrase in one.phrases]
    return NearPhrases((phrase for phrase, fuzzy in spoken if not fuzzy), (phrase for phrase, fuzzy in spoken if fuzzy))


def _caught_up(config: Config, book: Rulebook) -> bool:
    """Look through what no server has looked through; say whether there is none that does."""
    with suppress(ServedFault):
        asyncio.run(_catch_up(config, book))
        return True
    return False


async def _catch_up(config: Config, book: Rulebook) -> None:
    store = await open_store(config.database)
    try:
        live = Live(surroundings(config), Seal(""), rules=book.rules, problems=book.problems)
        chore = NearMisses(store=store, live=live, clock=WallClock(), log=None, share=1.0, gives_up_after=inf)
        unread = await chore.skip_to(CATCH_UP)
        if unread < LONG_WORK or not sys.stderr.isatty():
            await chore.look()
            return
        with click.progressbar(length=unread, label="looking through what was said", file=sys.stderr) as bar:
            await chore.look(tell=bar.update)
    finally:
        await store.close()


def _nothing(rule: str | None, config: Config, *, looked: bool, listens: bool) -> str:
    whose = "no rule" if rule is None else f"rule '{rule}'"
    if not listens:
        return (
            f"{whose} listens for {'phrases' if rule is None else 'no phrases'} in speech, so nothing can be near one"
        )
    path = sqlite_path(config.database)
    if not path.exists():
        return f"nothing was said yet; `omiflow serve` makes '{path}' at its first start"
    again = "" if looked else f"; the running server looks every {EVERY:g} seconds"
    return f"nothing that was said is near {'a phrase' if rule is None else f'a phrase of {whose}'}{again}"
