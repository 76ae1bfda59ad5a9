"""`omi.create_facts`: give a user memories through the older endpoint, for servers that only have that.

Like the newer one it is never repeated blindly, since Omi would keep the memories twice.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.data import Data, Templated, Text
from omiflow.actions.omi_call import create_at_omi
from omiflow.actions.scope import Scope
from omiflow.model import Outcome
from omiflow.omi import client


class Facts(Data):
    """The data of `omi.create_facts`."""

    text: Text = Field(min_length=1, description="Text out of which Omi takes the memories.")
    text_source: Templated[Literal["email", "social_post", "other"]] | None = Field(
        default=None, description="Where the text is from; Omi takes 'other' when left out."
    )
    text_source_spec: Text | None = Field(default=None, description="Where the text is from, in free words.")


async def perform(data: Facts, scope: Scope) -> Outcome:
    """Create the memories; Omi gives no ids back."""
    return await create_at_omi(client.create_facts, data.model_dump(exclude_none=True), scope)


ACTION = Action(
    name="omi.create_facts",
    summary="Give a user memories taken from a text, on a server of Omi's that only has the older call.",
    data=Facts,
    perform=perform,
    repeatable=False,
    timeout=120.0,
    needs_app_key=True,
    example="""\
action: omi.create_facts
data: {text: "{{ event.text(speaker='user') }}", text_source: other}
""",
)
