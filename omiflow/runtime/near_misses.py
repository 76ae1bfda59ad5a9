"""The chore that finds near misses in the speech that was stored, little by little, and keeps the closest ones.

What a near miss is, is decided by `nearly_said`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from omiflow.engine.index import RuleSet
from omiflow.errors import BadRequest
from omiflow.model import Mark
from omiflow.runtime.clock import Clock
from omiflow.runtime.live import Live
from omiflow.runtime.nearly_said import NearlySaid
from omiflow.runtime.rebuilt import rebuilt
from omiflow.runtime.unhurried import giving_way, unhurried
from omiflow.speech.near import MOST_OF_A_PHRASE
from omiflow.speech.stream import SILENCE
from omiflow.store.near_misses import (
    Looked,
    NearMiss,
    event_before_last,
    forgotten_rows,
    last_looked,
    marks_of,
    near_miss_rows,
    phrases_with_misses,
    speech_before,
    speech_behind,
    unread_speech,
)
from omiflow.store.store import Store
from omiflow.store.stored import StoredEvent

EVERY = 30.0
BITE = 50
"""How many events are read at once."""
AT_ONCE = 0.002
"""How long it works at most before it rests, in seconds, unless one step takes longer."""
SHARE = 0.02
"""How much of a core this may take while it works."""
SETTLES = 2.0
"""An event that came so many seconds ago is stored, and so are all that came before."""
HOURS = 3 * 3600.0
MANY = 5_000
"""So many events are too many to catch up with, when the first of them came hours ago."""
BEFORE = 500
"""How many events before those that are new are heard again, to know what came before these."""


@dataclass
class NearMisses:
    """Looks through what was said; `share` is the part of a core that it takes at most.

    Of what was said longer than `gives_up_after` seconds ago it leaves out what is too much.
    """

    store: Store
    live: Live
    clock: Clock
    log: Any
    every: float = EVERY
    share: float = SHARE
    gives_up_after: float = HOURS
    _said: NearlySaid | None = None
    _rules: RuleSet | None = None
    _kept_of: RuleSet | None = None
    _looked: Looked = field(default_factory=lambda: Looked("", 0.0))
    _told: bool = False

    async def run(self) -> None:
        """Look from time to time, until cancelled."""
        while True:
            try:
                await self.look()
            except Exception:
                self.log.exception("what was nearly said could not be looked for; it is tried again")
            await asyncio.sleep(self.every)

    async def look(self, *, tell: Callable[[int], None] = lambda _: None) -> None:
        """Look through all that was said since the last time; `tell` hears how many more events are done."""
        await self._forget()
        try:
            if self._said is None:
                await self._remember()
            while await self._bite(tell):
                pass
        except BaseException:
            self._said = None
            raise

    async def skip_to(self, newest: int) -> int:
        """Leave out all but the newest events; give how many there are then."""
        await self._remember()
        unread = await self.store.read(unread_speech, self._looked.event_id, most=newest + 1)
        if unread > newest:
            await self._keep([], await self.store.read(event_before_last, newest))
            self._said = None
        return min(unread, newest)

    async def _remember(self) -> None:
        looked = await self.store.read(last_looked)
        if looked is not None:
            self._looked = looked

    async def _bite(self, tell: Callable[[int], None]) -> bool:
        """Look through a few events; say whether there may be more."""
        settled = self.clock.now() - SETTLES
        read = await self.store.read(speech_behind, self._looked.event_id, BITE)
        stored = list(takewhile(lambda one: one.received <= settled, read))
        if stored and stored[0].received < settled - self.gives_up_after and await self._is_far_behind():
            return True
        begins = self._said is None
        if not stored and not await self._waits():
            return False
        until = stored[-1].received if len(stored) == BITE else settled
        said = await self._ready()
        found: list[NearMiss] = []
        marks = await self.store.read(marks_of, stored)
        await self._carried_out(_steps(said, stored, marks, until, found))
        if stored or found or begins:
            await self._keep(found, Looked(stored[-1].id if stored else self._looked.event_id, until))
        tell(len(stored))
        return len(stored) == BITE

    async def _waits(self) -> bool:
        """Say whether words that were taken in are not judged yet, or may not be, when another chore took them in."""
        if self._said is not None:
            return self._said.waits
        since = self._looked.at - SILENCE
        return bool(await self.store.read(speech_before, self._looked.event_id, since=since, limit=1))

    async def _is_far_behind(self) -> bool:
        """Go to the newest words when there are too many before them; said once."""
        if await self.store.read(unread_speech, self._looked.event_id, most=MANY + 1) <= MANY:
            return False
        await self.skip_to(BITE)
        if not self._told:
            self._told = True
            self.log.info("too much was said to look through all of it for near misses; the newest comes first")
        return True

    async def _ready(self) -> NearlySaid:
        """Give what finds misses, for the rules that are live now, when it has heard what came before."""
        rules = self.live.rules
        if self._said is None:
            said = await asyncio.to_thread(_new, rules, self.live)
            since = self._looked.at - SILENCE
            heard = await self.store.read(speech_before, self._looked.event_id, since=since, limit=BEFORE)
            marks = await self.store.read(marks_of, heard)
            await self._carried_out(_steps(said, heard, marks, self._looked.at, []))
            self._said, self._rules = said, rules
        elif rules is not self._rules:
            await asyncio.to_thread(_serve, self._said, rules)
            self._rules = rules
        return self._said

    async def _carried_out(self, steps: Iterator[None]) -> None:
        """Take steps in a thread, and let it rest so long between them that its share is kept."""
        over = False
        while not over:
            used, over = await asyncio.to_thread(_some, steps)
            await asyncio.sleep(used * (1 / self.share - 1))

    async def _keep(self, found: Sequence[NearMiss], looked: Looked) -> None:
        await self.store.commit(near_miss_rows(found, most=MOST_OF_A_PHRASE, looked=looked))
        self._looked = looked

    async def _forget(self) -> None:
        """Forget what was kept of phrases that are gone; while a file is broken, its phrases may come back."""
        rules = self.live.rules
        if rules is self._kept_of or self.live.mistakes:
            return
        phrases = {(rule.id, phrase) for rule in rules.rules for one in rule.triggers for phrase in one.phrases}
        gone = [one for one in await self.store.read(phrases_with_misses) if one not in phrases]
        if gone:
            await self.store.commit(forgotten_rows(gone))
        self._kept_of = rules


def _new(rules: RuleSet, live: Live) -> NearlySaid:
    with unhurried():
        return NearlySaid(rules, live.surroundings)


def _serve(said: NearlySaid, rules: RuleSet) -> None:
    with unhurried():
        said.serve(rules)


def _steps(
    said: NearlySaid,
    stored: Sequence[StoredEvent],
    marks: Mapping[str, Sequence[Mark]],
    until: float,
    found: list[NearMiss],
) -> Iterator[None]:
    """Take in some events, with what rules heard when they came, and look at them; misses come into `found`."""
    for one in stored:
        with suppress(BadRequest):
            said.take(rebuilt(one), marks.get(one.id, ()))
        yield
    for misses in said.look(until=until):
        found += misses
        yield


def _some(steps: Iterator[None]) -> tuple[float, bool]:
    """Take steps for a moment; give how long that took, in seconds, and whether it was the last.

    A step may take long where there are many phrases: other threads go on in the middle of it.
    """
    began = time.perf_counter()
    with giving_way():
        for _ in steps:
            used = time.perf_counter() - began
            if used >= AT_ONCE:
                return used, False
    return time.perf_counter() - began, True
