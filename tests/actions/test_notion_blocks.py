from __future__ import annotations

from typing import Any

import pytest

from omiflow.actions.notion_blocks import Block, blocks_of, children_of
from omiflow.actions.notion_languages import language_of


def told(blocks: list[Block]) -> list[Any]:
    """Say blocks in short: their type, words and what stands below."""
    short = []
    for block in blocks:
        inner = block[block["type"]]
        words = "".join(piece["text"]["content"] for piece in inner.get("rich_text", []))
        short.append((block["type"], words, *([told(children_of(block))] if children_of(block) else [])))
    return short


@pytest.mark.parametrize(
    ("markdown", "blocks"),
    [
        ("# a\n## b\n### c\n#### d", [("heading_1", "a"), ("heading_2", "b"), ("heading_3", "c"), ("heading_3", "d")]),
        ("a\nb\n\nc", [("paragraph", "a\nb"), ("paragraph", "c")]),
        ("- a\n  - b\n    1. c\n- d", [("bulleted_list_item", "a", [("bulleted_list_item", "b", [("numbered_list_item", "c")])]), ("bulleted_list_item", "d")]),
        ("1. a\n\n   b", [("numbered_list_item", "a", [("paragraph", "b")])]),
        ("- ```\n  a\n  ```", [("bulleted_list_item", "", [("code", "a")])]),
        ("- [ ] a\n- [x] b\n  - c", [("to_do", "a"), ("to_do", "b", [("bulleted_list_item", "c")])]),
        ("- [x] **a**", [("to_do", "a")]),
        ("> a\n>\n> - b", [("quote", "a", [("bulleted_list_item", "b")])]),
        ("---", [("divider", "")]),
        ("```py\na\nb\n```", [("code", "a\nb")]),
        ("![face](https://a/b.png)", [("paragraph", "face")]),
        ("", []),
    ],
)  # fmt: skip
def test_markdown_becomes_blocks(markdown: str, blocks: list[Any]) -> None:
    assert told(blocks_of(markdown)) == blocks


def test_words_keep_their_looks_and_links() -> None:
    (block,) = blocks_of("a **b *c*** ~~d~~ `e` [f](https://omi.me) [g](/there)")
    assert [(piece["text"]["content"], piece["text"].get("link"), sorted(piece.get("annotations", {}))) for piece in block["paragraph"]["rich_text"]] == [
        ("a ", None, []),
        ("b ", None, ["bold"]),
        ("c", None, ["bold", "italic"]),
        (" ", None, []),
        ("d", None, ["strikethrough"]),
        (" ", None, []),
        ("e", None, ["code"]),
        (" ", None, []),
        ("f", {"url": "https://omi.me"}, []),
        (" g", None, []),
    ]  # fmt: skip


def test_a_task_tells_whether_it_is_done() -> None:
    assert [block["to_do"]["checked"] for block in blocks_of("- [ ] a\n- [X] b")] == [False, True]


def test_a_table_keeps_its_cells_and_its_head() -> None:
    (table,) = blocks_of("|a|b|\n|-|-|\n|1|**2**|\n|3|")
    assert (table["table"]["table_width"], table["table"]["has_column_header"]) == (2, True)
    cells = [row["table_row"]["cells"] for row in children_of(table)]
    assert [["".join(piece["text"]["content"] for piece in cell) for cell in row] for row in cells] == [
        ["a", "b"],
        ["1", "2"],
        ["3", ""],
    ]
    assert cells[1][1][0]["annotations"] == {"bold": True}


def test_a_long_table_goes_on_in_another_one() -> None:
    tables = blocks_of("|a|\n|-|\n" + "|1|\n" * 150)
    assert [(len(children_of(table)), table["table"]["has_column_header"]) for table in tables] == [
        (100, True),
        (51, False),
    ]


@pytest.mark.parametrize("kind", ["paragraph", "bulleted_list_item", "code"])
def test_long_words_are_cut_and_lose_nothing(kind: str) -> None:
    words = ("abc " * 25_000).strip()
    before = {"paragraph": "", "bulleted_list_item": "- ", "code": "    "}[kind]
    blocks = blocks_of(before + words)
    every = [*blocks, *(child for block in blocks for child in children_of(block))]
    pieces = [piece["text"]["content"] for block in every for piece in block[block["type"]]["rich_text"]]
    assert "".join(pieces) == words
    assert max(map(len, pieces)) <= 2000
    assert len(every) == 3


def test_a_block_never_has_more_than_a_hundred_pieces() -> None:
    blocks = blocks_of("a **b** " * 120)
    assert [len(block["paragraph"]["rich_text"]) for block in blocks] == [100, 100, 40]


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("", "plain text"),
        ("py", "python"),
        ("JS {1}", "javascript"),
        ("c++", "c++"),
        ("brainfuck", "plain text"),
        ("text", "plain text"),
        ("YML", "yaml"),
    ],
)
def test_a_language_has_notions_name(info: str, language: str) -> None:
    assert language_of(info) == language
