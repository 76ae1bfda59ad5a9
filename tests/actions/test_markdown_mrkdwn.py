from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.actions.markdown_mrkdwn import escaped_mrkdwn, literal_mrkdwn, mrkdwn
from omiflow.actions.markdown_tree import escaped_markdown


@pytest.mark.parametrize(
    ("markdown", "slack"),
    [
        ("# Head", "*Head*"),
        ("### Head **bold** *it*", "*Head bold _it_*"),
        ("#", ""),
        ("one\ntwo\n\nthree", "one\ntwo\n\nthree"),
        ("**b** *i* ~~s~~ `c`", "*b* _i_ ~s~ `c`"),
        ("***both***", "_*both*_"),
        ("**over\ntwo lines**", "*over two lines*"),
        ("mid**dle**word", "mid\u200b*dle*\u200bword"),
        ("**a***b*", "*a*_b_"),
        ("[Omi](https://omi.me/?a=1&b=2)", "<https://omi.me/?a=1&amp;b=2|Omi>"),
        ("<https://omi.me>", "<https://omi.me>"),
        ("[a|b](https://omi.me/x|y)", "<https://omi.me/x%7Cy|a|b>"),
        ("[a](/there)", "a"),
        ("[a](javascript:alert)", "[a](javascript:alert)"),
        ("![face](https://a.b/c.png)", "<https://a.b/c.png|face>"),
        ("- a\n- b\n  - c\n    - d", "• a\n• b\n    ◦ c\n        ▪ d"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("- [ ] a\n- [x] b", "☐ a\n☑ b"),
        ("- a\n\n  more", "• a\n    more"),
        ("> a\n> b\n>\n> - c", "> a\n> b\n> • c"),
        ("```py\na < b\n```", "```\na &lt; b\n```"),
        ("    code", "```\ncode\n```"),
        ("````\n```\n````", "```\n\u02cb\u02cb\u02cb\n```"),
        ("a\n\n---\n\nb", "a\n\n──────────\n\nb"),
        ("|a|b|\n|-|-|\n|ccc|*d*|", "```\na    b\nccc  d\n```"),
        ("a & b < c", "a &amp; b &lt; c"),
        ("<!channel> <@U1>", "&lt;!channel&gt; &lt;@U1&gt;"),
        ("2 * 3 = 6, snake_case_name", "2 * 3 = 6, snake_case_name"),
        (r"\*not bold\* \_nor\_ \`this\`", "\u2217not bold\u2217 \uff3fnor\uff3f \u02cbthis\u02cb"),
        (r"https://a.b/\_x\_/~y_ \_x", "https://a.b/_x_/~y_ \uff3fx"),
        (r"\> no quote", "\u200b&gt; no quote"),
        (" \n", ""),
    ],
)  # fmt: skip
def test_markdown_becomes_slacks_markup(markdown: str, slack: str) -> None:
    assert mrkdwn(markdown) == slack


@given(st.text(alphabet="ab *_~`<>&!@#|\n-1.[]()", max_size=40))
def test_text_that_was_interpolated_is_no_markup_in_slack(text: str) -> None:
    shown = mrkdwn(f"so {escaped_markdown(text)}")
    assert not re.search(r"[<>`]|&(?!amp;|lt;|gt;)", shown)
    for sign in "*_~":
        assert not re.search(rf"(?:^|[^A-Za-z0-9]){re.escape(sign)}[^\s]", shown, re.MULTILINE)


def test_the_three_signs_of_slack_are_escaped() -> None:
    assert escaped_mrkdwn("<!channel> & *b*") == "&lt;!channel&gt; &amp; *b*"


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("a *bold* b", "a ∗bold∗ b"),
        ("_x_ and ~y~", "＿x＿ and ∼y∼"),
        ("run `rm`", "run ˋrmˋ"),
        ("```\nx", "ˋˋˋ\nx"),
        ("snake_case 2*3 a * b", "snake_case 2*3 a * b"),
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
        ("> quoted\n>more > than", "\u200b&gt; quoted\n\u200b&gt;more &gt; than"),
        ("https://a.example/_x_*y*", "https://a.example/_x_*y*"),
    ],
)
def test_spoken_text_is_no_markup_for_slack(said: str, sent: str) -> None:
    assert literal_mrkdwn(said) == sent
