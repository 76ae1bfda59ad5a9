from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.actions.markdown_tree import escaped_markdown, link_of, task_of, tree_of

SIGNS = st.text(alphabet="ab1 \t\n*_~`[]()<>#+-.!|=&;:\\/{}$'\"\u00e4\U0001f600", max_size=60)


@given(SIGNS)
def test_escaped_text_is_nothing_but_paragraphs_with_its_words(text: str) -> None:
    tree = tree_of(escaped_markdown(text))
    kinds = {node.type for node in tree.walk()} - {"root", "paragraph", "inline", "text", "softbreak", "hardbreak"}
    assert kinds == set()
    shown = "".join(node.content if node.type == "text" else "" for node in tree.walk())
    assert "".join(shown.split()) == "".join(text.split())


@given(SIGNS)
def test_escaped_text_stays_text_inside_an_item_behind_words_and_in_a_heading(text: str) -> None:
    wanted = {"root", "paragraph", "inline", "text", "softbreak", "hardbreak"}
    escaped = escaped_markdown(text)
    for before, kinds in (("- ", {"bullet_list", "list_item"}), ("so: ", set()), ("# ", {"heading"})):
        assert {node.type for node in tree_of(before + escaped).walk()} <= wanted | kinds


@given(SIGNS)
def test_escaped_text_in_a_fence_is_there_as_it_was_said(text: str) -> None:
    said = " ".join(text.split())
    (fence,) = tree_of(f"```\n{escaped_markdown(said)}\n```").children
    assert fence.content == f"{said}\n"


def test_escaped_text_in_backticks_is_there_as_it_was_said() -> None:
    (paragraph,) = tree_of(f"`{escaped_markdown('a_b (c) {d}')}`").children
    assert paragraph.children[0].children[0].content == "a_b (c) {d}"


def test_a_box_that_was_interpolated_makes_no_task() -> None:
    written, spoken = tree_of(f"- [x] done\n- {escaped_markdown('[x] done')}").children[0].children
    assert (task_of(written), task_of(spoken)) == (True, None)


@pytest.mark.parametrize(
    ("markdown", "task"),
    [
        ("- [ ] a", False),
        ("- [x] a", True),
        ("- [X] a", True),
        ("- [x]", True),
        ("- [x]a", None),
        ("- a [x] b", None),
        ("-", None),
        ("- # [x] a", None),
    ],
)
def test_a_task_begins_with_a_box(markdown: str, task: bool | None) -> None:
    assert task_of(tree_of(markdown).children[0].children[0]) is task


@pytest.mark.parametrize(
    ("address", "followed"),
    [
        ("https://a.b/c", True),
        ("mailto:a@b.c", True),
        ("HTTP://a", True),
        ("tel:+49", True),
        ("/a", False),
        ("ftp://a", False),
        ("slack://open", False),
    ],
)
def test_only_addresses_that_others_can_follow_are_links(address: str, followed: bool) -> None:
    link = tree_of(f"[a]({address})").children[0].children[0].children[0]
    assert link.type == "link"
    assert (link_of(link) is not None) == followed


def test_html_is_text() -> None:
    assert {node.type for node in tree_of("<script>x</script>\n\na <b>c</b>").walk()} == {
        "root",
        "paragraph",
        "inline",
        "text",
    }
