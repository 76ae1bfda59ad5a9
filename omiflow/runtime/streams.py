"""What users said lately, made again from the store when it isn't in memory: after a start, or once forgotten.

How far back that goes is the business of `recalled`; whose stream is in memory, of `users`; keeping it in step with
what is committed, of `intake`.
"""

from __future__ import annotations

import asyncio

from omiflow.engine.hearing import finishes_session
from omiflow.model import SPEECH, Event
from omiflow.runtime.live import Live
from omiflow.runtime.recalled import AT_A_STRETCH, EACH, Recalled
from omiflow.runtime.users import STREAM_SPAN, User
from omiflow.speech.stream import Stream
from omiflow.store.store import Store

SILENT_AFTER = 600.0
"""Of who has said nothing for so long only the silence counts, in seconds: Omi repeats nothing after that."""


async def stream_of(user: User, store: Store, live: Live, *, app: str, uid: str | None, now: float) -> Stream:
    """Give what a user of an app said lately; from now on it is in memory.

    A session goes on where the store says that it began; where one seems to begin that did not, what is repeated there
    is from before, and it is looked for. Of a silence longer than a stream reaches, only rules that ask for one have it
    looked up how long it lasted.
    """
    if user.stream is None:
        asked = live.rules.longest_silence > STREAM_SPAN
        recalled = Recalled(store, app=app, uid=uid or "", few=user.quiet)
        if not user.quiet or asked:
            await recalled.step_back(since=0.0 if asked else now - SILENT_AFTER)
        spoke_at = recalled.spoke_at
        lately = not user.quiet and spoke_at is not None and spoke_at >= now - SILENT_AFTER
        stream = Stream()
        if lately or asked:
            await recalled.reach_back()
            stream = await _again(recalled, live)
        while lately and stream.began != (recalled.began or stream.began) and await recalled.step_back():
            stream = await _again(recalled, live)
        user.stream = stream if lately else Stream(heard_at=stream.heard_at)
    return user.stream


async def _again(recalled: Recalled, live: Live) -> Stream:
    """Make a stream of what was said, marked as it was when each event was decided.

    Marks on words that came before all this lie on the first form of their segment that is here.
    """
    here = {event.id for event in recalled.events}
    waiting = [mark for event_id, marks in recalled.marks.items() if event_id not in here for mark in marks]
    stream = _begun(recalled)
    portion = 0
    for event in recalled.events:
        portion += EACH + sum(len(segment.text) for segment in event.segments)
        if portion > AT_A_STRETCH:
            await asyncio.sleep(0)
            portion = 0
        _went_on(stream, event, live)
        waiting += recalled.marks.get(event.id, ())
        if waiting:
            stream.mark(waiting)
            waiting = [mark for mark in waiting if mark.segment not in stream.known]
    stream.settle()
    return stream


def _begun(recalled: Recalled) -> Stream:
    """Give a stream whose session began before the first words that are looked at, or one without any."""
    began = recalled.began
    first = next((event.received for event in recalled.events if event.name == SPEECH), None)
    return Stream(began=began, heard_at=first) if began is not None and first and began < first else Stream()


def _went_on(stream: Stream, event: Event, live: Live) -> None:
    if event.name == SPEECH:
        stream.take(event.segments, at=event.received, event_id=event.id)
    elif finishes_session(event, live.surroundings):
        stream.end(event.at)
