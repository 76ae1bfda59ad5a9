"""`omi.prompt`: let Omi's own model say something to the user; it travels in the answer to Omi's call.

How Omi's placeholders are found and filled is left to `omi`, which prompt wins to the runtime.
"""

from __future__ import annotations

from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.data import Data, Templated, Text


class Filters(Data):
    """Which of the user's conversations count as context."""

    people: Templated[list[Text]] | None = Field(default=None, description="Names of people.")
    topics: Templated[list[Text]] | None = Field(default=None, description="Topics.")
    entities: Templated[list[Text]] | None = Field(default=None, description="Things and places.")
    dates: Templated[list[Text]] | None = Field(default=None, description="Single dates; ranges are not supported.")


class PromptContext(Data):
    """Which of the user's conversations Omi puts in for `{{ omi.user_context }}`."""

    question: Text | None = Field(default=None, description="What to look for, by meaning.")
    filters: Templated[Filters] | None = Field(default=None, description="What to narrow it down to.")


class Prompt(Data):
    """The data of `omi.prompt`."""

    prompt: Text = Field(
        min_length=1,
        description="Instruction for Omi's model, which writes the notification; may name `{{ omi.user_name }}`, "
        "`{{ omi.user_facts }}`, `{{ omi.user_context }}`, `{{ omi.user_chat }}`.",
    )
    context: Templated[PromptContext] | None = Field(
        default=None, description="Which conversations `{{ omi.user_context }}` stands for."
    )


ACTION = Action(
    name="omi.prompt",
    summary="Let Omi's model write the user a notification from a prompt.",
    data=Prompt,
    interrupts=True,
    example="""\
action: omi.prompt
data:
  prompt: "{{ omi.user_name }} asked: {{ trigger.text }}. Answer in one sentence, from {{ omi.user_context }}."
  context: {question: "{{ trigger.text }}", filters: {topics: [work]}}
""",
)
