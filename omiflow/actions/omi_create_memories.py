"""`omi.create_memories`: give a user memories; never repeated blindly, since Omi would keep them twice."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from omiflow.actions.action import Action
from omiflow.actions.data import Data, Templated, Text, at_least_one
from omiflow.actions.omi_call import create_at_omi
from omiflow.actions.scope import Scope
from omiflow.model import Outcome
from omiflow.omi import client


class Memory(Data):
    """One memory, kept as it is written."""

    content: Text = Field(min_length=1, description="What to remember.")
    tags: Templated[list[Text]] | None = Field(default=None, description="Words to find it by.")


class Memories(Data):
    """The data of `omi.create_memories`."""

    model_config = at_least_one("text", "memories")
    text: Text | None = Field(default=None, description="Text out of which Omi takes the memories.")
    memories: Templated[list[Templated[Memory]]] | None = Field(
        default=None, description="Memories that are kept as they are."
    )
    text_source: Templated[Literal["email", "social_post", "other"]] | None = Field(
        default=None, description="Where the text is from; Omi takes 'other' when left out."
    )
    text_source_spec: Text | None = Field(default=None, description="Where the text is from, in free words.")

    @model_validator(mode="after")
    def _something_to_remember(self) -> Self:
        if not self.text and not self.memories:
            raise ValueError("one of 'text' and 'memories' must be given and not be empty")
        return self

    def body(self) -> dict[str, Any]:
        """Give the body of Omi's call (Omi's protocol, 3.2)."""
        return self.model_dump(mode="json", exclude_none=True)


async def perform(data: Memories, scope: Scope) -> Outcome:
    """Create the memories; Omi gives no ids back."""
    return await create_at_omi(client.create_memories, data.body(), scope)


ACTION = Action(
    name="omi.create_memories",
    summary="Give a user memories, as they are or taken from a text by Omi.",
    data=Memories,
    perform=perform,
    repeatable=False,
    timeout=120.0,
    needs_app_key=True,
    example="""\
action: omi.create_memories
data:
  memories:
    - {content: "{{ event.text(speaker='user') }}", tags: [said]}
""",
)
