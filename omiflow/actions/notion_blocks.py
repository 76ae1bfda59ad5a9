"""Markdown turned into Notion's blocks; in how many requests they are sent is left to `notion_writing`.

Source: Notion's reference, "Block" (types, and which may have children) and "Request limits".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it.tree import SyntaxTreeNode

from omiflow.actions.markdown_tree import task_of, tree_of, without_box
from omiflow.actions.notion_languages import language_of
from omiflow.actions.notion_text import Piece, pieces_of_markdown, pieces_of_text, shared_out

MOST_CHILDREN = 100
MOST_IN_BLOCK = 40_000
"""Characters of a block of ours: 100 pieces could be more than Notion takes in a request, which is 500 KB."""

Block = dict[str, Any]

_DEEPEST_HEADING = 3


def blocks_of(markdown: str) -> list[Block]:
    """Turn markdown into blocks, with children below list items and quotes."""
    return list(_blocks(tree_of(markdown).children))


def children_of(block: Block) -> list[Block]:
    """Give what stands below a block."""
    below: list[Block] = block[block["type"]].get("children", [])
    return below


def without_children(block: Block) -> Block:
    """Give a block without what stands below it."""
    kind = block["type"]
    return {**block, kind: {key: value for key, value in block[kind].items() if key != "children"}}


def _blocks(nodes: Sequence[SyntaxTreeNode]) -> Iterator[Block]:
    for node in nodes:
        match node.type:
            case "heading":
                kind = f"heading_{min(int(node.tag[1:]), _DEEPEST_HEADING)}"
                yield from _texts(kind, pieces_of_markdown(node.children[0]))
            case "paragraph":
                yield from _texts("paragraph", pieces_of_markdown(node.children[0]))
            case "bullet_list" | "ordered_list":
                kind = "numbered_list_item" if node.type == "ordered_list" else "bulleted_list_item"
                yield from (_item(kind, item) for item in node.children)
            case "blockquote":
                yield _holding("quote", node)
            case "fence" | "code_block":
                yield from _code(node)
            case "table":
                yield from _tables(node)
            case "hr":
                yield _block("divider")


def _block(kind: str, **content: Any) -> Block:
    return {"object": "block", "type": kind, kind: content}


def _texts(kind: str, pieces: Sequence[Piece]) -> Iterator[Block]:
    """Give a text as one block, or as several when it is too long for one."""
    yield from (_block(kind, rich_text=part) for part in shared_out(pieces, most=MOST_IN_BLOCK))


def _item(kind: str, item: SyntaxTreeNode) -> Block:
    done = task_of(item)
    if done is None:
        return _holding(kind, item)
    block = _holding("to_do", item)
    first, *more = block["to_do"]["rich_text"]
    first["text"]["content"] = without_box(first["text"]["content"])
    block["to_do"].update(rich_text=[first, *more] if first["text"]["content"] else more, checked=done)
    return block


def _holding(kind: str, node: SyntaxTreeNode) -> Block:
    """Give a block whose text is the first paragraph below a node, and whose children are the rest."""
    nodes = node.children
    has_text = bool(nodes) and nodes[0].type == "paragraph"
    first, *more = shared_out(pieces_of_markdown(nodes[0].children[0]) if has_text else [], most=MOST_IN_BLOCK)
    children = [_block("paragraph", rich_text=part) for part in more]
    children += _blocks(nodes[1:] if has_text else nodes)
    return _block(kind, rich_text=first, **({"children": children} if children else {}))


def _code(node: SyntaxTreeNode) -> Iterator[Block]:
    language = language_of(node.info if node.type == "fence" else "")
    for part in shared_out(pieces_of_text(node.content.rstrip("\n")), most=MOST_IN_BLOCK):
        yield _block("code", rich_text=part, language=language)


def _tables(node: SyntaxTreeNode) -> Iterator[Block]:
    """Give a table as one block with its rows, or as several when there are too many rows for one."""
    rows = [
        _block("table_row", cells=[pieces_of_markdown(cell.children[0]) for cell in row.children])
        for part in node.children
        for row in part.children
    ]
    for start in range(0, len(rows), MOST_CHILDREN):
        part = rows[start : start + MOST_CHILDREN]
        width = len(part[0]["table_row"]["cells"])
        yield _block("table", table_width=width, has_column_header=not start, has_row_header=False, children=part)
