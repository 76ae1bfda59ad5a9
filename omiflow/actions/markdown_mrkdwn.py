"""Markdown turned into mrkdwn, the markup of Slack's texts.

Slack knows no way to escape its signs for bold, italic, strike and code: where such a sign of a text could be taken
for markup, another sign that looks like it takes its place. Source: Slack's "Formatting text for app surfaces".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from markdown_it.tree import SyntaxTreeNode

from omiflow.actions.markdown_tree import link_of, plain_text, task_of, tree_of, without_box

_MARKS = {"strong": "*", "em": "_", "s": "~"}
_ALIKE = str.maketrans({"*": "\u2217", "_": "\uff3f", "~": "\u223c", "`": "\u02cb"})
_TICKS_ALIKE = str.maketrans({"`": "\u02cb"})
_NO_WIDTH = "\u200b"
_SIGNS = re.compile(r"[*_~`]+")
_QUOTING = re.compile(r"^>", re.MULTILINE)
_ADDRESS = re.compile(r"(https?://[^\s<>`]+)", re.IGNORECASE)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_INDENT = "    "
_BULLETS = "•◦▪"
_SAFE_BETWEEN = frozenset("*_~")
"""Alone between two letters or two blanks, these begin nothing."""
_BOXES = {False: "☐ ", True: "☑ "}
_LINE = "─" * 10


def mrkdwn(markdown: str) -> str:
    """Turn markdown into Slack's mrkdwn: headings become bold lines, tables code, pictures links."""
    return _stacked(tree_of(markdown).children, between="\n\n", depth=0)


def escaped_mrkdwn(text: str) -> str:
    """Escape the three signs with which Slack marks links and mentions."""
    return text.translate(_ESCAPES)


def literal_mrkdwn(text: str) -> str:
    """Give text that Slack shows as it is; addresses are left alone, Slack finds no markup in them.

    Slack knows no way to escape its marks: those that would begin something are replaced by signs that look alike.
    """
    parts = [part if number % 2 else _SIGNS.sub(_harmless, part) for number, part in enumerate(_ADDRESS.split(text))]
    return escaped_mrkdwn(_QUOTING.sub(f"{_NO_WIDTH}>", "".join(parts)))


def _stacked(nodes: Iterable[SyntaxTreeNode], *, between: str, depth: int) -> str:
    return between.join(text for text in (_block(node, depth) for node in nodes) if text)


def _block(node: SyntaxTreeNode, depth: int) -> str:  # noqa: PLR0911 - one for each kind of block
    match node.type:
        case "heading":
            bold = _inline(node.children[0], frozenset({"strong"}))
            return f"*{bold}*" if bold.strip() else ""
        case "paragraph":
            return _inline(node.children[0], frozenset())
        case "bullet_list" | "ordered_list":
            return _list(node, depth)
        case "blockquote":
            inner = _stacked(node.children, between="\n", depth=depth)
            return "\n".join(f"> {line}" for line in inner.split("\n"))
        case "fence" | "code_block":
            return _code(node.content)
        case "table":
            return _table(node)
        case "hr":
            return _LINE
    return _stacked(node.children, between="\n", depth=depth)


def _list(node: SyntaxTreeNode, depth: int) -> str:
    first = int(node.attrs.get("start", 1))
    lines = []
    for number, item in enumerate(node.children, first):
        done = task_of(item)
        mark = f"{number}. " if node.type == "ordered_list" else f"{_BULLETS[min(depth, len(_BULLETS) - 1)]} "
        inner = _stacked(item.children, between="\n", depth=depth + 1)
        if done is not None:
            mark, inner = _BOXES[done], without_box(inner)
        lines.append(mark + inner.replace("\n", f"\n{_INDENT}"))
    return "\n".join(lines)


def _code(text: str) -> str:
    inside = escaped_mrkdwn(text.rstrip("\n")).replace("```", "```".translate(_TICKS_ALIKE))
    return f"```\n{inside}\n```"


def _table(node: SyntaxTreeNode) -> str:
    rows = [[plain_text(cell) for cell in row.children] for part in node.children for row in part.children]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return _code("\n".join(lines))


def _inline(node: SyntaxTreeNode, inside: frozenset[str]) -> str:
    """Join the pieces of a line; a mark next to a letter is kept apart from it, or Slack would not see it."""
    text, sealed = "", False
    for piece, marked in _pieces(node, inside):
        if not piece:
            continue
        touching = text[-1:].isalnum() if marked else piece[0].isalnum()
        text += _NO_WIDTH + piece if touching and (marked or sealed) else piece
        sealed = marked
    return text


def _pieces(node: SyntaxTreeNode, inside: frozenset[str]) -> Iterable[tuple[str, bool]]:
    """Give the texts below a node, and of each whether it stands in marks of its own."""
    for child in node.children:
        mark = _MARKS.get(child.type)
        if mark is not None and child.type not in inside:
            inner = _inline(child, inside | {child.type})
            yield (f"{mark}{inner}{mark}", True) if inner.strip() else (inner, False)
        elif child.type == "text":
            yield literal_mrkdwn(child.content), False
        elif child.type == "code_inline":
            yield f"`{escaped_mrkdwn(child.content.translate(_TICKS_ALIKE))}`", True
        elif child.type in ("softbreak", "hardbreak"):
            yield " " if inside else "\n", False
        elif child.type in ("link", "image"):
            yield _link(child), False
        else:
            yield _inline(child, inside), False


def _link(node: SyntaxTreeNode) -> str:
    address, label = link_of(node), plain_text(node)
    if address is None:
        return literal_mrkdwn(label)
    escaped = escaped_mrkdwn(address).replace("|", "%7C")
    return f"<{escaped}|{literal_mrkdwn(label)}>" if label.strip() and label != address else f"<{escaped}>"


def _harmless(found: re.Match[str]) -> str:
    start, end = found.span()
    before, after = found.string[max(start - 1, 0) : start], found.string[end : end + 1]
    inside_word = before.isalnum() and after.isalnum()
    alone = before.isspace() and after.isspace()
    safe = (inside_word or alone) and found[0] in _SAFE_BETWEEN
    return found[0] if safe else found[0].translate(_ALIKE)
