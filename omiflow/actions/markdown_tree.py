"""Markdown as rules write it: read into a tree, and how text is kept from being read as markdown.

What becomes of the tree is left to those who send it.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_SIGNS = re.compile(r"[!-/:-@\[-`{-~]")
_ESCAPED = re.compile(rf"\\({_SIGNS.pattern})")
_CODE = frozenset(("fence", "code_block", "code_inline"))
_LINE_START = re.compile(r"(?:(?<=\n)|(?<=\r))[ \t]+|\A[ \t]+")
_TASK = re.compile(r"\[([ xX])\](?:[ \t]|\Z)")
_LINK = re.compile(r"(?:https?://|mailto:|tel:)\S+\Z", re.IGNORECASE)
_BOX = len("[ ]")


def tree_of(markdown: str) -> SyntaxTreeNode:
    """Read CommonMark with GitHub's tables and strikethrough; HTML in it is text.

    Escaped signs are signs in code too, where CommonMark would show the backslashes.
    """
    tokens = _PARSER.parse(markdown)
    for token in (inner for outer in tokens for inner in (outer, *(outer.children or ()))):
        if token.type in _CODE:
            token.content = _ESCAPED.sub(r"\1", token.content)
    return SyntaxTreeNode(tokens)


def escaped_markdown(text: str) -> str:
    """Put a backslash before every sign that markdown may give a meaning, and take away what indents a line."""
    return _SIGNS.sub(r"\\\g<0>", _LINE_START.sub(_unindented, text))


def task_of(item: SyntaxTreeNode) -> bool | None:
    """Tell whether a list's item is a task that is done (`[x]`) or not (`[ ]`), None when it is no task."""
    inline = _first_inline(item)
    box = _TASK.match(inline.content) if inline is not None else None
    return None if box is None else box[1] != " "


def without_box(text: str) -> str:
    """Take the box of a task from the beginning of its text."""
    return text[_BOX:].lstrip()


def plain_text(node: SyntaxTreeNode) -> str:
    """Give the words below a node on one line, without any markup."""
    if node.type in ("softbreak", "hardbreak"):
        return " "
    if node.type in ("text", "code_inline"):
        return node.content
    return "".join(plain_text(child) for child in node.children)


def link_of(node: SyntaxTreeNode) -> str | None:
    """Give the address of a link or picture, None when it is none that other people's programs can follow."""
    address = str(node.attrs.get("href") or node.attrs.get("src") or "")
    return address if _LINK.match(address) else None


def _first_inline(item: SyntaxTreeNode) -> SyntaxTreeNode | None:
    first = item.children[0] if item.children else None
    return first.children[0] if first is not None and first.type == "paragraph" else None


def _unindented(found: re.Match[str]) -> str:
    """Leave a blank where the text begins: what stands before it is not known here."""
    return "" if found.start() else " "
