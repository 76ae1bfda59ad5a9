"""The names of an event, and who spoke."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from omiflow.engine.names import EVENT_WIDE, NAMES, EventNames, Now, event_names, spoken_text
from omiflow.engine.sandbox import Sandbox
from omiflow.engine.surroundings import App, Person, Surroundings
from omiflow.engine.templates import Template
from omiflow.errors import TemplateFault
from omiflow.model import Event, Segment

SEGMENTS = [Segment(text=" a ", is_user=True), Segment(text=""), Segment(text="b"), Segment(text="c", is_user=True)]


@pytest.mark.parametrize(("speaker", "text"), [("any", "a b c"), ("user", "a c"), ("other", "b")])
def test_the_words_of_a_speaker_are_joined(speaker, text):
    assert spoken_text(SEGMENTS, speaker) == text


def test_all_names_of_an_event_are_given():
    event = Event(id="e", name="webhook", app="a", uid=None, at=0, received=0, body={})
    zone = ZoneInfo("UTC")
    frozen = {"trigger": {}, "matched": {}, "user": {}, "app": {}}
    names = event_names(EventNames(event, {}, zone), frozen=frozen, lists={}, now=0, zone=zone)
    assert set(names) == set(EVENT_WIDE)
    assert set(NAMES) == {*EVENT_WIDE, "today_at", "timedelta", "repeat", "omi"}


def test_now_is_in_the_users_zone():
    assert Now.at(1_772_442_000, ZoneInfo("America/New_York")).isoformat() == "2026-03-02T04:00:00-05:00"


def test_an_unknown_user_has_the_zone_of_the_configuration():
    known = Person("u1", "Asia/Tokyo", name="Kim", group="family")
    surroundings = Surroundings(apps={}, people={"u1": known}, timezone="Europe/Berlin")
    assert surroundings.person("u1") is known
    assert surroundings.person("u2") == Person("u2", "Europe/Berlin")
    assert surroundings.person(None).zone == ZoneInfo("Europe/Berlin")
    assert Surroundings(apps={}, language="de").person("u2") == Person("u2", "UTC", language="de")


def test_a_rule_sees_of_user_and_app_what_it_may():
    assert Person("u1", "UTC", name="Kim", group="g").names() == {
        "uid": "u1", "name": "Kim", "timezone": "UTC", "group": "g",
    }  # fmt: skip
    assert App("a", omi_app_id="secret", variables={"x": 1}).names() == {"name": "a", "variables": {"x": 1}}


def render(template: str) -> object:
    """Render a template that sees what was asked of its session."""
    zone = ZoneInfo("UTC")
    event = Event(id="e", name="webhook", app="a", uid=None, at=0, received=0, body={})
    said = [(now, number % 2 == 0, str(now)) for number, now in enumerate((-4000, -3600, -121, -120, -90, -1, 0, 1))]
    frozen = {"trigger": {}, "matched": {}, "user": {}, "app": {}, "session": {"said": said, "now": 0}}
    names = event_names(EventNames(event, {}, zone), frozen=frozen, lists={}, now=0, zone=zone)
    return Template(Sandbox(), template).render(names)


@pytest.mark.parametrize(
    ("template", "asked"),
    [
        ("{{ session.text() }}", "-120 -90 -1 0"),
        ("{{ session.text('90s') }}", "-90 -1 0"),
        ("{{ session.text(last='1h', speaker='user') }}!", "-121 -90 0!"),
        ("{{ session.text(last=none, speaker='other') }}", "-3600 -120 -1"),
        ("{{ session.text(last=user.nothing) }}", "-4000 -3600 -121 -120 -90 -1 0"),
        ("{{ session }}, {{ session.text }}, {{ session.said }}", "session, , "),
    ],
)
def test_a_template_asks_the_session_for_the_words_of_a_while(template, asked):
    assert render(template) == asked


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("last='soon'", "wants a duration: 'soon' is no duration; write it like '45s', '10m', '1h30m' or '7d'"),
        ("last=120", "wants a duration as text, such as last='2m', got a number"),
        ("speaker='me'", "knows the speakers 'any', 'user' and 'other', got 'me'"),
        ("speaker=none", "knows the speakers 'any', 'user' and 'other', got null"),
        ("speaker=[1]", "knows the speakers 'any', 'user' and 'other', got a list"),
    ],
)
def test_what_no_session_can_tell_is_a_fault(call, said):
    with pytest.raises(TemplateFault) as caught:
        render(f"{{{{ session.text({call}) }}}}")
    assert str(caught.value) == f"'session.text' {said}"


def test_where_nobody_speaks_the_session_is_silent():
    zone = ZoneInfo("UTC")
    event = Event(id="e", name="webhook", app="a", uid=None, at=0, received=0, body={})
    frozen = {"trigger": {}, "matched": {}, "user": {}, "app": {}}
    names = event_names(EventNames(event, {}, zone), frozen=frozen, lists={}, now=0, zone=zone)
    assert Template(Sandbox(), "{{ session.text() }}").render(names) == ""
