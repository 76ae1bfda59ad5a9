"""Prompts whose placeholders nobody can speak, and answers Omi would drop."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.engine.inline import PLACEHOLDERS, PROMPT, REPLY, Seal, checked, notification, unread_reason
from omiflow.engine.sandbox import Sandbox
from omiflow.engine.templates import Template
from omiflow.errors import TemplateFault

SEAL = Seal("0123abcd")
SANDBOX = Sandbox()
READ_BY_OMI = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def prompt(source, **spoken):
    return SEAL.open(Template(SANDBOX, source).render({**SEAL.names(), **spoken}))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ omi.user_name }} asks", "{{user_name}} asks"),
        ("{{ user_name }} asks", "{{user_name}} asks"),
        ("{{ omi.user_facts }}", "{{user_facts}}"),
        ("{{ user_context }}{{ user_chat }}", "{{user_context}}{{user_chat}}"),
        ("{{ omi.user_name | upper }} {{ omi.user_name | title }}", "{{user_name}} {{user_name}}"),
        ("{{ 'for ' ~ omi.user_name }}", "for {{user_name}}"),
        ("{{ 'a' if omi.user_name else 'b' }}", "a"),
        ('{"json": {"a": 1} }', '{"json": {"a": 1} }'),
        ('{"a": {"b": 1}}', '{"a": {"b": 1} }'),
        ("single { and } stay", "single { and } stay"),
        ("{{ '{{' }}user_facts{{ '}}' }}", "{ {user_facts} }"),
    ],
)
def test_a_prompt_is_written_for_omi(source, text):
    assert prompt(source) == text


@pytest.mark.parametrize(
    ("spoken", "text"),
    [
        ("{{user_facts}}", "{ {user_facts} }"),
        ("{{ user_name }}", "{ { user_name } }"),
        ("{{{user_facts}}}", "{ { {user_facts} } }"),
        ("{{{{user_facts}}}}", "{ { { {user_facts} } } }"),
        ("{% if x %}", "{% if x %}"),
        ("⟦0123abcd:user_facts⟧", "⟦0123abcd:user_facts⟧"),
        ("⟦1:1⟧", "⟦1:1⟧"),
        ("{ a }", "{ a }"),
        ("{", "{"),
        ("{{ omi.user_facts }}", "{ { omi.user_facts } }"),
    ],
)
def test_braces_that_are_spoken_stay_text(spoken, text):
    assert prompt("{{ said }}", said=spoken) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ a }}{{ b }}", "{ {user_facts} }"),
        ("{{ a }}{user_facts}{{ c }}", "{ {user_facts} }"),
        ("{{ a }}{{ omi.user_name }}{{ c }}", "{ {{user_name}} }"),
        ("{{ a }}{{ user_name }}", "{ {{user_name}}"),
    ],
)
def test_a_brace_at_the_end_of_a_value_joins_nothing(source, text):
    assert prompt(source, a="{", b="{user_facts}}", c="}") == text


@given(
    st.lists(st.sampled_from(["{", "}", "{{", "}}", "user_facts", " ", "⟦", "⟧", ":1", "omi."]), max_size=8).map(
        "".join
    )
)
def test_nobody_can_speak_a_placeholder(spoken):
    written = prompt("{{ a }}{{ omi.user_name }}{{ a }} { {{ a }} }{{ a }}", a=spoken)
    assert READ_BY_OMI.findall(written) == ["user_name"]
    assert written.count("{{") == written.count("}}") == 1


def test_every_placeholder_of_omi_has_a_name():
    assert set(SEAL.names()) == {*PLACEHOLDERS, "omi"}
    assert set(SEAL.names()["omi"]) == set(PLACEHOLDERS)


def test_the_whole_data_of_a_prompt_is_opened():
    marks = SEAL.names()
    data = {"prompt": marks["user_name"], "context": {"question": "{{x}}", "filters": {"people": [marks["user_chat"]]}}}
    assert SEAL.opened(data) == {
        "prompt": "{{user_name}}", "context": {"question": "{ {x} }", "filters": {"people": ["{{user_chat}}"]}},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("action", "data", "sound"),
    [
        (PROMPT, {"prompt": "p"}, {"prompt": "p"}),
        (PROMPT, {"prompt": 12345}, {"prompt": "12345"}),
        (PROMPT, {"prompt": "p", "context": None}, {"prompt": "p"}),
        (PROMPT, {"prompt": "p", "context": {"question": None, "filters": {"people": None}}}, {"prompt": "p"}),
        (
            PROMPT,
            {"prompt": "p", "context": {"question": "q", "filters": {"topics": ["a", 1], "dates": None}}},
            {"prompt": "p", "context": {"question": "q", "filters": {"topics": ["a", "1"]}}},
        ),
        (REPLY, {"message": "m"}, {"message": "m"}),
        (REPLY, {"message": 1.5}, {"message": "1.5"}),
    ],
)
def test_the_data_of_an_answer_is_made_sound(action, data, sound):
    assert checked(action, data) == sound


@pytest.mark.parametrize(
    ("action", "data", "message"),
    [
        (PROMPT, {"prompt": None}, "'prompt' wants text, got null"),
        (PROMPT, {"prompt": True}, "'prompt' wants text, got true or false"),
        (PROMPT, {"prompt": ["a"]}, "'prompt' wants text, got a list"),
        (PROMPT, {"prompt": "p", "context": "c"}, "'context' wants a mapping, got text"),
        (PROMPT, {"prompt": "p", "context": {"question": {}}}, "'context.question' wants text, got a mapping"),
        (PROMPT, {"prompt": "p", "context": {"filters": [1]}}, "'context.filters' wants a mapping, got a list"),
        (
            PROMPT,
            {"prompt": "p", "context": {"filters": {"people": "x"}}},
            "'context.filters.people' wants a list, got text",
        ),
        (
            PROMPT,
            {"prompt": "p", "context": {"filters": {"people": [None]}}},
            "'context.filters.people[0]' wants text, got null",
        ),
        (REPLY, {"message": None}, "'message' wants text, got null"),
        (REPLY, {}, "'message' wants text, got null"),
    ],
)
def test_what_omi_could_not_read_is_a_fault(action, data, message):
    with pytest.raises(TemplateFault, match=re.escape(message)):
        checked(action, data)


def test_a_notification_is_as_omi_wants_it():
    data = {"prompt": "p", "context": {"question": "q"}}
    assert notification(data, ("user_name",)) == {"prompt": "p", "params": ["user_name"], "context": {"question": "q"}}


@pytest.mark.parametrize(
    ("action", "data", "event", "reason"),
    [
        (REPLY, {"message": "12345"}, "realtime_transcript", "Omi drops messages of 5 characters or fewer"),
        (REPLY, {"message": "123456"}, "realtime_transcript", None),
        (REPLY, {"message": "1"}, "memory_created", None),
        (REPLY, {"message": " "}, "memory_created", "the message is empty"),
        (PROMPT, {"prompt": "1234"}, "realtime_transcript", "Omi drops prompts under 5 characters"),
        (PROMPT, {"prompt": "12345"}, "realtime_transcript", None),
        (PROMPT, {"prompt": "x" * 128_000}, "realtime_transcript", None),
        (PROMPT, {"prompt": "x" * 128_001}, "realtime_transcript", "Omi refuses prompts over 128000 characters"),
    ],
)
def test_what_omi_would_drop_is_not_sent(action, data, event, reason):
    assert unread_reason(action, data, event) == reason
