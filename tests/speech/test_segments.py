"""What names a segment, and who speaks in it."""

from __future__ import annotations

import pytest

from omiflow.model import Segment
from omiflow.speech.line import lines_of
from omiflow.speech.segments import latest, segment_key, speaker_key


def test_other_peoples_segments_do_not_interrupt_a_speaker() -> None:
    mine, theirs, mine_again = (
        Segment(id="1", text="any", is_user=True),
        Segment(id="2", text="hello there", speaker="SPEAKER_01"),
        Segment(id="3", text="advice", is_user=True),
    )
    user, other = lines_of([mine, theirs, mine_again])
    assert (user.speaker, user.is_user, user.words) == ("user", True, ["any", "advice"])
    assert (other.speaker, other.is_user, other.words) == ("voice:SPEAKER_01", False, ["hello", "there"])


@pytest.mark.parametrize(
    ("segment", "key"),
    [
        (Segment(is_user=True, person_id="p", speaker="SPEAKER_02"), "user"),
        (Segment(person_id="p", speaker="SPEAKER_02"), "person:p"),
        (Segment(speaker="SPEAKER_02", speaker_id=2), "voice:SPEAKER_02"),
        (Segment(speaker_id=2), "voice:SPEAKER_02"),
        (Segment(speaker=None, speaker_id=2), "voice:SPEAKER_02"),
        (Segment(speaker="user"), "voice:user"),
        (Segment(speaker=None), "voice:SPEAKER_00"),
    ],
)
def test_a_speaker_is_the_user_a_person_or_a_voice(segment: Segment, key: str) -> None:
    assert speaker_key(segment) == key


def test_of_a_segment_sent_twice_in_one_request_the_later_form_counts() -> None:
    first, other, longer = Segment(id="1", text="any"), Segment(id="2", text="now"), Segment(id="1", text="any advice")
    assert list(latest([first, other, longer]).values()) == [longer, other]
    (line,) = lines_of([first, other, longer])
    assert line.words == ["any", "advice", "now"]


def test_a_segment_is_known_by_its_id_or_else_by_what_it_holds() -> None:
    assert segment_key(Segment(id="abc")) == "abc"
    bare = Segment(text="hi", start=1.0, end=2.0)
    assert segment_key(bare) == segment_key(Segment(text="hi", start=1.0, end=2.0, is_user=True))
    others = [
        Segment(text="ho", start=1.0, end=2.0),
        Segment(text="hi", start=1.5, end=2.0),
        Segment(text="hi", start=1.0, end=2.5),
        Segment(text="hi", start=1.0, end=2.0, speaker="SPEAKER_01"),
    ]
    assert len({segment_key(segment) for segment in [bare, *others]}) == 5
