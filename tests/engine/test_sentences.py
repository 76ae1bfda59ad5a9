"""Where sentences end, in any script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.engine.sentences import first_sentences


@pytest.mark.parametrize(
    ("text", "count", "first"),
    [
        ("One. Two! Three?", 1, "One."),
        ("One. Two! Three?", 2, "One. Two!"),
        ("One. Two! Three?", 9, "One. Two! Three?"),
        ("  One.  Two. ", 2, "One.  Two."),
        ("One. Two.", 0, ""),
        ("One. Two.", -1, ""),
        ("", 1, ""),
        ("no mark at all", 1, "no mark at all"),
        ("really? yes. no.", 1, "really?"),
        # what a full stop does not end
        ("Dr. Kim pays 3.50 at 10.30. Then she goes.", 1, "Dr. Kim pays 3.50 at 10.30."),
        ("See J. R. Smith, e.g. on omi.me. Now.", 1, "See J. R. Smith, e.g. on omi.me."),
        ("Das kostet z. B. 5 Euro. Gut.", 1, "Das kostet z. B. 5 Euro."),
        ("So do I. Then we left.", 1, "So do I."),
        ("Well... maybe so. Yes.", 1, "Well... maybe so."),
        ("Well... Maybe.", 1, "Well..."),
        ("Wait… what? Yes.", 1, "Wait… what?"),
        ("What?! No.", 1, "What?!"),
        ('He said "Go." Then he went.', 1, 'He said "Go."'),
        ("(Really.) Yes.", 1, "(Really.)"),
        # lines
        ("A title\nA text. More.", 1, "A title"),
        ("A title\r\n\r\nA text. More.", 2, "A title\r\n\r\nA text."),
        # other scripts
        ("今日は会議。明日は休み！次は？", 2, "今日は会議。明日は休み！"),
        ("「はい。」と言った。次。", 1, "「はい。」"),
        ("यह है। वह है।", 1, "यह है।"),
        ("كيف حالك؟ بخير.", 1, "كيف حالك؟"),
        ("یہ ہے۔ وہ ہے۔", 1, "یہ ہے۔"),
        ("Это дом. Это сад.", 1, "Это дом."),
        ("Ջուր։ Հաց։", 1, "Ջուր։"),
    ],
)
def test_the_first_sentences_of_a_text_are(text, count, first):
    assert first_sentences(text, count) == first


@given(st.text(alphabet='aA .!?…。\n")»।I', max_size=40), st.integers(0, 12))
def test_the_first_sentences_are_the_beginning_of_the_text_and_more_of_them_are_longer(text, count):
    some, more = first_sentences(text, count), first_sentences(text, count + 1)
    assert text.strip().startswith(more)
    assert more.startswith(some)
    assert first_sentences(some, count) == some
