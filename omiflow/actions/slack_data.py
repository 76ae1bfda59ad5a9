"""What all ways into Slack post: text, markdown or layout blocks; where it goes to is left to the actions.

Text that templates put into it stays text: what Slack would read as markup is escaped where it reads markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

import anyio.to_thread
from pydantic import AfterValidator, Field, model_validator

from omiflow.actions.action import Escape
from omiflow.actions.data import Data, Templated, Text, at_least_one, is_template
from omiflow.actions.markdown_data import Markdown
from omiflow.actions.markdown_mrkdwn import literal_mrkdwn, mrkdwn
from omiflow.actions.markdown_tree import escaped_markdown
from omiflow.model import Rejected

MOST_BLOCKS = 50
MOST_TEXT = 40_000
"""Characters: Slack cuts a longer text off without a word (`chat.postMessage`)."""

_MOST_IN = {"section": 3_000, "header": 150, "markdown": 12_000}
_MOST_IN_FIELD = 2_000


def _typed(block: Any) -> Any:
    kind = block.get("type") if isinstance(block, Mapping) else block
    if not isinstance(kind, str) or not kind:
        raise ValueError("a block of Slack's needs a 'type' such as 'section'")
    return block


def _few(blocks: list[Any]) -> list[Any]:
    if len(blocks) > MOST_BLOCKS:
        raise ValueError(f"'blocks' are {len(blocks)}; Slack takes {MOST_BLOCKS}")
    return blocks


Block = Annotated[dict[str, Any], AfterValidator(_typed)]


class Post(Data):
    """What to post."""

    model_config = at_least_one("text", "markdown", "blocks")
    text: Text | None = Field(default=None, description="What to post, in Slack's own markup.")
    markdown: Markdown | None = Field(default=None, description="What to post, in markdown, in place of `text`.")
    blocks: Templated[Annotated[list[Templated[Block]], AfterValidator(_few)]] | None = Field(
        default=None, description="Slack's layout blocks, at most 50; `text` is then what notifications show."
    )

    @model_validator(mode="after")
    def _something_to_post(self) -> Self:
        if not self.text and not self.markdown and not self.blocks:
            raise ValueError("one of 'text', 'markdown' and 'blocks' must be given and not be empty")
        if self.markdown is not None and (self.text is not None or self.blocks is not None):
            other = "text" if self.text is not None else "blocks"
            raise ValueError(f"'markdown' and '{other}' can't both be posted; keep one of them")
        return self


async def slack_body(data: Post) -> dict[str, Any] | Rejected:
    """Give what to send, with markdown turned into Slack's markup, or say which of Slack's limits it exceeds."""
    body = data.model_dump(exclude_none=True)
    if data.markdown is not None:
        del body["markdown"]
        body["text"] = await anyio.to_thread.run_sync(mrkdwn, data.markdown)
        if not body["text"]:
            return Rejected("'markdown' has nothing in it that can be shown")
    name = "text" if data.markdown is None else "markdown"
    return _too_long(name, body.get("text", ""), MOST_TEXT) or _too_long_in(body.get("blocks", ())) or body


def escape_at(place: tuple[str | int, ...], data: Mapping[str, Any]) -> Escape | None:
    """Say how interpolated text is kept text at a place of a post.

    Slack reads its own markup in `text` and in texts of type `mrkdwn`, markdown in blocks of type `markdown`.
    """
    if place == ("text",):
        return literal_mrkdwn
    if place == ("markdown",):
        return escaped_markdown
    if place[0] != "blocks" or place[-1] != "text":
        return None
    kind = _holder(place, data).get("type")
    if kind == "markdown":
        return escaped_markdown
    return literal_mrkdwn if kind == "mrkdwn" or is_template(kind) else None


def _holder(place: tuple[str | int, ...], data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the mapping in which a place is a key."""
    value: Any = data
    for part in place[:-1]:
        value = value[part]
    return value if isinstance(value, Mapping) else {}


def _too_long_in(blocks: Sequence[Mapping[str, Any]]) -> Rejected | None:
    for number, block in enumerate(blocks):
        kind, place = block["type"], f"blocks[{number}]"
        texts = [(f"{place}.text", block.get("text"), _MOST_IN.get(kind))]
        fields = block.get("fields")
        for which, field in enumerate(fields if isinstance(fields, list) else ()):
            texts.append((f"{place}.fields[{which}]", field, _MOST_IN_FIELD))
        for name, text, most in texts:
            found = _too_long(name, text.get("text") if isinstance(text, Mapping) else text, most)
            if found is not None:
                return found
    return None


def _too_long(name: str, text: Any, most: int | None) -> Rejected | None:
    if most is None or not isinstance(text, str) or len(text) <= most:
        return None
    return Rejected(f"'{name}' has {len(text):,} characters; Slack takes {most:,} there")
