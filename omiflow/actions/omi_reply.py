"""`omi.reply`: say something to the user in the answer to Omi's call, or answer a chat tool.

Which reply wins, and what happens without a call to answer, is left to the runtime.
"""

from __future__ import annotations

from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.data import Data, Text


class Reply(Data):
    """The data of `omi.reply`."""

    message: Text = Field(min_length=1, description="What the user reads; Omi drops texts of five characters or less.")


ACTION = Action(
    name="omi.reply",
    summary="Answer Omi's call with a text for the user.",
    data=Reply,
    interrupts=True,
    example="""\
action: omi.reply
data: {message: "Noted: {{ trigger.text }}"}
""",
)
