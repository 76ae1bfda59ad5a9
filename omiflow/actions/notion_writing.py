"""Putting blocks below a page in as few requests as Notion's limits allow, in their order.

Source: Notion's reference, "Request limits" (1,000 blocks and 500 KB in a request) and "Append block children"
(100 blocks in a list, two levels below them).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from omiflow.actions.notion_api import Notion
from omiflow.actions.notion_blocks import MOST_CHILDREN, Block, children_of, without_children
from omiflow.model import Rejected, Retry

_LEVELS = 2
_MOST_ELEMENTS = 1_000
_MOST_BYTES = 400_000


async def append_blocks(
    notion: Notion, parent: str, blocks: Sequence[Block], *, begun: bool = False
) -> Retry | Rejected | None:
    """Append blocks to a page or block; None when all of them are there.

    Once something was written (`begun`), what Notion asks to wait is waited for: a new attempt would write it again.
    """
    waiting = list(blocks)
    while waiting:
        batch = _batch(waiting)
        path = f"/v1/blocks/{parent}/children"
        said = await notion.call("PATCH", path, {"children": batch}, about="page", patient=begun)
        if not isinstance(said, Mapping):
            return said
        begun = True
        made = said.get("results") or []
        for number, block in enumerate(waiting[: len(batch)]):
            if batch[number] is block:
                continue
            if number >= len(made):
                return Rejected(
                    "Notion's answer does not name the blocks it made; what stands below them is not written"
                )
            problem = await append_blocks(notion, made[number]["id"], children_of(block), begun=True)
            if problem is not None:
                return problem
        del waiting[: len(batch)]
    return None


def whole_blocks(blocks: Sequence[Block]) -> int:
    """Count the blocks at the beginning that can be sent together with all that stands below them."""
    batch = _batch(blocks)
    return next((number for number, sent in enumerate(batch) if sent is not blocks[number]), len(batch))


def _batch(blocks: Sequence[Block]) -> list[Block]:
    """Take as many blocks as fit into a request; those with too much below them go without it."""
    batch: list[Block] = []
    elements, size = _MOST_ELEMENTS, _MOST_BYTES
    for block in blocks[:MOST_CHILDREN]:
        sent = block if _fits(block) else without_children(block)
        elements -= _elements(sent)
        size -= _bytes(sent)
        if batch and (elements < 0 or size < 0):
            break
        batch.append(sent)
    return batch


def _fits(block: Block) -> bool:
    """Tell whether a block can be sent with what stands below it; a table always goes with its rows."""
    if block["type"] == "table":
        return True
    return _within(block, _LEVELS) and _elements(block) <= _MOST_ELEMENTS // 2 and _bytes(block) <= _MOST_BYTES // 2


def _within(block: Block, levels: int) -> bool:
    below = children_of(block)
    if not below:
        return True
    return levels > 0 and len(below) <= MOST_CHILDREN and all(_within(child, levels - 1) for child in below)


def _elements(block: Block) -> int:
    return 1 + sum(map(_elements, children_of(block)))


def _bytes(block: Block) -> int:
    return len(json.dumps(block, ensure_ascii=False).encode("utf-8", "replace"))
