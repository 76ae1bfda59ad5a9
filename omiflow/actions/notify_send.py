"""`notify.send`: send a notification to every service of a connection.

Where Apprise connects to is the configuration's word alone, so the network policy has no say in it. Apprise does not
tell why a service failed: all of them are tried again, and one that took the notification may get it twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import anyio
from pydantic import Field

from omiflow.actions.action import STALE_AFTER, Action
from omiflow.actions.apprise_library import deliver, kind_of_service
from omiflow.actions.data import Data, Text
from omiflow.actions.scope import Scope
from omiflow.model import Done, Outcome, Rejected, Retry


class Notice(Data):
    """The data of `notify.send`."""

    message: Text = Field(min_length=1, description="What the notification says, as plain text.")
    title: Text | None = Field(default=None, description="What stands above it, where a service has titles.")


async def perform(data: Notice, scope: Scope) -> Outcome:
    """Send it to all services at once, each in a thread of its own that ends when it likes."""
    urls: Sequence[str] = scope.setting("to") or ()
    if not urls:
        return Rejected("the connection has no URLs in 'to'")
    took: dict[int, bool | None] = {}
    threads = anyio.CapacityLimiter(len(urls))

    async def send(number: int, url: str) -> None:
        call = partial(deliver, url, message=data.message, title=data.title or "")
        took[number] = await anyio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=threads)

    with anyio.move_on_after(scope.timeout):
        async with anyio.create_task_group() as sending:
            for number, url in enumerate(urls):
                sending.start_soon(send, number, url)
    return _outcome(urls, took, within=scope.timeout)


def _outcome(urls: Sequence[str], took: Mapping[int, bool | None], *, within: float) -> Outcome:
    for number, url in enumerate(urls):
        which = f"service {number + 1} of {len(urls)} ('{kind_of_service(url)}')"
        if number not in took:
            return Retry(f"{which} did not answer within {within:g} s")
        if took[number] is None:
            return Rejected(f"the URL of service {number + 1} of {len(urls)} is none that Apprise knows")
        if not took[number]:
            return Retry(f"{which} did not take the notification")
    return Done()


ACTION = Action(
    name="notify.send",
    summary="Send a notification through Apprise, to phones, mail or chats.",
    data=Notice,
    perform=perform,
    connection="notify",
    connection_setting="to",
    give_up_after=STALE_AFTER,
    interrupts=True,
    example="""\
action: notify.send
connection: me
data: {title: Omi, message: "{{ event.structured.title }}"}
""",
)
