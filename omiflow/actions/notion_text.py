"""Text as Notion takes it: a list of pieces, each short enough; where they stand is left to blocks and properties.

Source: Notion's reference, "Rich text" and "Request limits" (2,000 characters in a piece, 100 pieces in a list).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from markdown_it.tree import SyntaxTreeNode

from omiflow.actions.markdown_tree import link_of

MOST_IN_PIECE = 2_000
MOST_PIECES = 100
MOST_IN_LINK = 2_000

Piece = dict[str, Any]

_ANNOTATIONS = {"strong": "bold", "em": "italic", "s": "strikethrough"}
_WIDE = 0xFFFF


def pieces_of_text(text: str, *, bare: Mapping[str, Any] | None = None) -> list[Piece]:
    """Cut a text into pieces; `bare` is what each has beside its text, such as its annotations."""
    return [_piece(part, bare or {}) for part in _parts(text)]


def pieces_of_markdown(inline: SyntaxTreeNode) -> list[Piece]:
    """Turn a line of markdown into pieces; links that Notion can't follow are only their words."""
    runs: list[tuple[str, dict[str, Any]]] = []
    for text, bare in _runs(inline, {}):
        if runs and runs[-1][1] == bare:
            runs[-1] = (runs[-1][0] + text, bare)
        else:
            runs.append((text, bare))
    return [piece for text, bare in runs for piece in pieces_of_text(text, bare=bare)]


def length(text: str) -> int:
    """Count characters as Notion does, in UTF-16."""
    return len(text) + sum(ord(character) > _WIDE for character in text)


def shared_out(pieces: Iterable[Piece], *, most: int) -> Iterator[list[Piece]]:
    """Share pieces out to lists of at most 100 pieces and `most` characters; gives one list at least."""
    part: list[Piece] = []
    room = most
    for piece in pieces:
        size = length(piece["text"]["content"])
        if part and (len(part) == MOST_PIECES or size > room):
            yield part
            part, room = [], most
        part.append(piece)
        room -= size
    yield part


def _parts(text: str) -> Iterator[str]:
    begin = size = 0
    for place, character in enumerate(text):
        wide = 1 + (ord(character) > _WIDE)
        if size + wide > MOST_IN_PIECE:
            yield text[begin:place]
            begin, size = place, 0
        size += wide
    if begin < len(text):
        yield text[begin:]


def _piece(content: str, bare: Mapping[str, Any]) -> Piece:
    annotations = {name: True for name in bare if name != "link"}
    text: Piece = {"content": content}
    if "link" in bare:
        text["link"] = {"url": bare["link"]}
    return {"type": "text", "text": text, **({"annotations": annotations} if annotations else {})}


def _runs(node: SyntaxTreeNode, bare: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for child in node.children:
        if child.type in _ANNOTATIONS:
            yield from _runs(child, {**bare, _ANNOTATIONS[child.type]: True})
        elif child.type in ("link", "image"):
            address = link_of(child)
            good = address is not None and length(address) <= MOST_IN_LINK
            yield from _runs(child, {**bare, "link": address} if good else bare)
        elif child.type == "code_inline":
            yield child.content, {**bare, "code": True}
        elif child.type in ("softbreak", "hardbreak"):
            yield "\n", bare
        elif child.type == "text":
            yield child.content, bare
        else:
            yield from _runs(child, bare)
