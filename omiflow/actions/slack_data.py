"""What both ways into Slack post: text, layout blocks or both; where it goes to is left to the actions."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator

from omiflow.actions.data import Data, Templated, Text


class Post(Data):
    """What to post."""

    text: Text | None = Field(default=None, description="What to post, in Slack's own markup.")
    blocks: Templated[list[Templated[dict[str, Any]]]] | None = Field(
        default=None, description="Slack's layout blocks; `text` is then what notifications show."
    )

    @model_validator(mode="after")
    def _something_to_post(self) -> Self:
        if not self.text and not self.blocks:
            raise ValueError("one of 'text' and 'blocks' must be given and not be empty")
        return self
