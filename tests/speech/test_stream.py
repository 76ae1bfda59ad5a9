"""What counts as news, and what was answered already."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.model import Mark, Segment
from omiflow.speech.phrases import Hit, Phrase, PhraseIndex
from omiflow.speech.stream import Stream
from omiflow.speech.utterance import utterances

INDEX = PhraseIndex([Phrase("any advice", "rule"), Phrase("advice please", "rule")])


def _hits(segments: list[Segment], index: PhraseIndex = INDEX) -> list[Hit]:
    return [hit for said in utterances(segments) for hit in index.find(said)]


def _answered(stream: Stream, segments: list[Segment]) -> list[str]:
    """Go through one request as the engine does, and give the texts that fired."""
    fresh = stream.fresh(segments)
    unfired = stream.unfired("rule", _hits(segments), fresh=fresh)
    marks = stream.marks("rule", unfired)
    stream.keep(segments)
    stream.restore_marks(marks)
    return [hit.text for hit in unfired]


def test_only_new_corrected_and_reattributed_segments_are_fresh() -> None:
    stream = Stream()
    stream.keep([Segment(id="1", text="one"), Segment(id="2", text="two"), Segment(id="3", text="three")])
    sent = [
        Segment(id="1", text="one"),
        Segment(id="2", text="two more"),
        Segment(id="3", text="three", is_user=True),
        Segment(id="4", text="four"),
    ]
    assert stream.fresh(sent) == sent[1:]


def test_looking_for_fresh_segments_does_not_change_the_stream() -> None:
    stream, sent = Stream(), [Segment(id="1", text="one")]
    assert stream.fresh(sent) == stream.fresh(sent) == sent


def test_a_segment_without_id_is_known_by_speaker_times_and_text() -> None:
    stream = Stream()
    stream.keep([Segment(text="one", start=1.0, end=2.0)])
    later = Segment(text="one", start=3.0, end=4.0)
    assert stream.fresh([Segment(text="one", start=1.0, end=2.0), later]) == [later]


def test_the_oldest_segments_and_their_marks_are_forgotten() -> None:
    stream = Stream(limit=2)
    first = Segment(id="1", text="any advice")
    assert _answered(stream, [first]) == ["any advice"]
    stream.keep([Segment(id="2"), Segment(id="3")])
    assert stream.fresh([first, Segment(id="2"), Segment(id="3")]) == [first]
    assert _answered(stream, [first]) == ["any advice"]


def test_a_segment_that_comes_again_is_kept_longer() -> None:
    stream = Stream(limit=2)
    for key in ("1", "2", "1", "3"):
        stream.keep([Segment(id=key)])
    assert stream.fresh([Segment(id="1"), Segment(id="2")]) == [Segment(id="2")]


def test_a_request_beyond_the_limit_is_kept_whole() -> None:
    stream, sent = Stream(limit=2), [Segment(id=str(number)) for number in range(5)]
    stream.keep(sent)
    assert stream.fresh(sent) == []


def test_an_occurrence_fires_once_through_repeats_corrections_extensions_and_reattribution() -> None:
    stream = Stream()
    assert _answered(stream, [Segment(id="1", text="Any advice")]) == ["Any advice"]
    for again in (
        Segment(id="1", text="Any advice"),
        Segment(id="1", text="any advice?"),
        Segment(id="1", text="So, any advice please?"),
        Segment(id="1", text="So, any advice please?", is_user=True),
    ):
        assert _answered(stream, [again]) == []


def test_a_second_occurrence_in_an_extended_segment_fires() -> None:
    stream = Stream()
    assert _answered(stream, [Segment(id="1", text="Any advice?")]) == ["Any advice"]
    assert _answered(stream, [Segment(id="1", text="Any advice? Hello? Any advice now?")]) == ["Any advice"]
    assert _answered(stream, [Segment(id="1", text="Any advice? Hello? Any advice now? Please.")]) == []


def test_more_words_in_an_open_slot_are_the_same_occurrence_wherever_they_come() -> None:
    stream, index = Stream(), PhraseIndex([Phrase("remind me to {task}", "rule")])
    first = Segment(id="1", text="remind me to buy")
    requests = [
        [first],
        [first, Segment(id="2", text="milk")],
        [first, Segment(id="2", text="milk and bread. Remind me to"), Segment(id="3", text="sing")],
    ]
    fired = []
    for sent in requests:
        unfired = stream.unfired("rule", _hits(sent, index), fresh=stream.fresh(sent))
        marks = stream.marks("rule", unfired)
        stream.keep(sent)
        stream.restore_marks(marks)
        fired.append([hit.slots["task"] for hit in unfired])
    assert fired == [["buy"], [], ["sing"]]


def test_the_same_words_in_another_segment_fire_again() -> None:
    stream = Stream()
    assert _answered(stream, [Segment(id="1", text="any advice")]) == ["any advice"]
    assert _answered(stream, [Segment(id="1", text="any advice"), Segment(id="2", text="any advice")]) == ["any advice"]


def test_a_phrase_that_a_correction_completes_with_an_unchanged_segment_fires() -> None:
    stream, second = Stream(), Segment(id="2", text="advice")
    assert _answered(stream, [Segment(id="1", text="give me an"), second]) == []
    assert _answered(stream, [Segment(id="1", text="give me any"), second]) == ["any advice"]


def test_an_unchanged_occurrence_does_not_fire_even_if_it_never_did() -> None:
    stream, sent = Stream(), [Segment(id="1", text="any advice")]
    stream.keep(sent)
    assert stream.unfired("rule", _hits(sent), fresh=stream.fresh(sent)) == []


def test_overlapping_hits_of_a_rules_triggers_are_one_occurrence() -> None:
    sent = [Segment(id="1", text="any advice please"), Segment(id="2", text="any advice", is_user=True)]
    hits = _hits(sent, PhraseIndex([Phrase("advice please", ("rule", 0)), Phrase("any advice", ("rule", 1))]))
    assert len(hits) == 3
    unfired = Stream().unfired("rule", hits, fresh=sent)
    assert [(hit.owner, hit.segment_ids) for hit in unfired] == [(("rule", 1), ("1",)), (("rule", 1), ("2",))]


def test_of_hits_that_begin_together_the_longest_is_the_occurrence() -> None:
    sent = [Segment(id="1", text="any advice"), Segment(id="2", text="please")]
    hits = _hits(sent, PhraseIndex([Phrase("any advice", ("rule", 0)), Phrase("any advice please", ("rule", 1))]))
    assert [hit.text for hit in Stream().unfired("rule", hits, fresh=sent)] == ["any advice please"]


def test_marks_count_on_from_what_fired_and_belong_to_the_segment_where_the_words_end() -> None:
    stream = Stream()
    sent = [Segment(id="1", text="any advice any"), Segment(id="2", text="advice, any advice")]
    stream.keep(sent)
    stream.fired("rule", "2", 1)
    hits = stream.unfired("rule", _hits(sent), fresh=sent)
    assert [hit.segment_ids for hit in hits] == [("1",), ("2",)]
    assert stream.marks("rule", hits) == [
        Mark(rule="rule", segment="1", count=1),
        Mark(rule="rule", segment="2", count=2),
    ]


def test_rules_are_marked_apart_and_a_mark_never_falls() -> None:
    stream, sent = Stream(), [Segment(id="1", text="any advice")]
    stream.keep(sent)
    stream.restore_marks([Mark(rule="rule", segment="1", count=1), Mark(rule="rule", segment="1", count=0)])
    assert stream.unfired("rule", _hits(sent), fresh=sent) == []
    assert len(stream.unfired("another", _hits(sent), fresh=sent)) == 1


def test_a_stream_rebuilt_from_events_and_marks_answers_as_before() -> None:
    sent = [Segment(id="1", text="any advice"), Segment(text="any advice", start=9.0, is_user=True)]
    stream = Stream()
    marks = stream.marks("rule", stream.unfired("rule", _hits(sent), fresh=sent))
    rebuilt = Stream()
    rebuilt.keep(sent)
    rebuilt.restore_marks(marks)
    corrected = [Segment(id="1", text="any advice!"), sent[1]]
    assert rebuilt.fresh(sent) == []
    assert _answered(rebuilt, corrected) == []


_segments = st.lists(
    st.builds(
        Segment,
        id=st.sampled_from([None, "1", "2", "3"]),
        text=st.sampled_from(["any", "advice", "any advice", "any advice please any advice", ""]),
        is_user=st.booleans(),
        start=st.sampled_from([0.0, 1.0]),
    ),
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_segments, max_size=3), _segments)
def test_a_repeated_request_has_nothing_fresh_and_fires_nothing(
    earlier: list[list[Segment]], sent: list[Segment]
) -> None:
    stream = Stream()
    for segments in [*earlier, sent]:
        _answered(stream, segments)
    assert stream.fresh(sent) == []
    assert _answered(stream, sent) == []


@settings(max_examples=200, deadline=None)
@given(_segments)
def test_in_an_empty_stream_every_occurrence_fires(sent: list[Segment]) -> None:
    assert _answered(Stream(), sent) == [hit.text for hit in _hits(sent)]
