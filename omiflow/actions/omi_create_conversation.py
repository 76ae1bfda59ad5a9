"""`omi.create_conversation`: give a user a conversation; never repeated blindly, since Omi would keep it twice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer

from omiflow.actions.action import Action
from omiflow.actions.data import Data, Templated, Text
from omiflow.actions.omi_call import create_at_omi
from omiflow.actions.scope import Scope
from omiflow.model import Outcome
from omiflow.omi import client


def _with_offset(time: datetime) -> str:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).isoformat()


Instant = Annotated[datetime, Field(strict=False), PlainSerializer(_with_offset, return_type=str)]


class Geolocation(Data):
    """Where the conversation took place, in degrees."""

    latitude: Templated[Annotated[float, Field(ge=-90, le=90)]] = Field(description="Degrees north.")
    longitude: Templated[Annotated[float, Field(ge=-180, le=180)]] = Field(description="Degrees east.")
    google_place_id: Text | None = Field(default=None, description="The place's id at Google.")
    address: Text | None = Field(default=None, description="The address as one line.")
    location_type: Text | None = Field(default=None, description="What kind of place it is.")


class Conversation(Data):
    """The data of `omi.create_conversation`."""

    text: Text = Field(min_length=1, description="What was said or written.")
    started_at: Templated[Instant] | None = Field(
        default=None, description="When it began; read as UTC without an offset, now when left out."
    )
    finished_at: Templated[Instant] | None = Field(
        default=None, description="When it ended; five minutes after it began when left out."
    )
    text_source: Templated[Literal["audio_transcript", "message", "other_text"]] | None = Field(
        default=None, description="What the text is; Omi takes 'audio_transcript' when left out."
    )
    text_source_spec: Text | None = Field(default=None, description="Where the text is from, in free words.")
    language: Text | None = Field(default=None, description="The text's language; Omi takes 'en' when left out.")
    geolocation: Templated[Geolocation] | None = Field(default=None, description="Where it took place.")

    def body(self) -> dict[str, Any]:
        """Give the body of Omi's call (Omi's protocol, 3.1)."""
        return self.model_dump(exclude_none=True)


async def perform(data: Conversation, scope: Scope) -> Outcome:
    """Create the conversation; Omi gives no id back."""
    return await create_at_omi(client.create_conversation, data.body(), scope)


ACTION = Action(
    name="omi.create_conversation",
    summary="Give a user a conversation made of a text.",
    data=Conversation,
    perform=perform,
    repeatable=False,
    timeout=120.0,
    needs_app_key=True,
    example="""\
action: omi.create_conversation
data:
  text: "{{ event.body }}"
  text_source: message
  started_at: "{{ now - timedelta(minutes=5) }}"
""",
)
