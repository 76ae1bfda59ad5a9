"""`omi.notify`: send a user a notification through Omi's API; Omi's limits are left to its own 429."""

from __future__ import annotations

from pydantic import Field

from omiflow.actions.action import STALE_AFTER, Action
from omiflow.actions.data import Data, Text
from omiflow.actions.omi_call import call_omi, omi_access
from omiflow.actions.scope import Scope
from omiflow.model import Done, Outcome, Rejected
from omiflow.omi import client


class Notification(Data):
    """The data of `omi.notify`."""

    message: Text = Field(min_length=1, description="What the user reads; phones cut it at about 200 characters.")
    uid: Text | None = Field(default=None, description="Another user of the same app; the run's user when left out.")


async def perform(data: Notification, scope: Scope) -> Outcome:
    """Send the notification; answers `{status}`."""
    access = omi_access(scope, data.uid or scope.uid)
    if isinstance(access, Rejected):
        return access
    app_id, api_key, uid = access
    call = client.notification(app_id=app_id, api_key=api_key, uid=uid, message=data.message)
    outcome = await call_omi(call, scope)
    if isinstance(outcome, Done):
        said = outcome.answer if isinstance(outcome.answer, dict) else {}
        return Done({"status": said.get("status", "Ok")})
    return outcome


ACTION = Action(
    name="omi.notify",
    summary="Send a user a notification through Omi.",
    data=Notification,
    perform=perform,
    give_up_after=STALE_AFTER,
    needs_app_key=True,
    answers={"status": "What Omi says to it, such as `Ok`."},
    placeholder_answer={"status": "Ok"},
    interrupts=True,
    example="""\
action: omi.notify
data: {message: "{{ event.structured.title }} is on your list"}
""",
)
