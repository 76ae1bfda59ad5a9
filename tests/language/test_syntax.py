"""YAML that can't be read, told in plain words, by whichever parser reads it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from omiflow.language.composing import Composer
from omiflow.language.places import Lines
from omiflow.language.source import read
from omiflow.language.syntax import explain
from omiflow.model import Problem

PARSERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]

RULE = "rules:\n  - id: x\n    triggers:\n      - trigger: realtime_transcript\n"

SYNTAX = [
    ("a tab", "a:\n\tb: 1\n", (2, 1), "a tab is used for indentation; use spaces"),
    ("a tab after spaces", "a:\n  - b\n\t- c\n", (3, 1), "a tab is used for indentation; use spaces"),
    ("no colon, before a key", "a\nb: 1\n", (1, 1), "a ':' is missing after 'a'"),
    ("no colon, between keys", "a: 1\nfoo\nb: 2\n", (2, 1), "a ':' is missing after 'foo'"),
    ("no space after the colon", "a:b\nc: d\n", (1, 2), "a space is missing after 'a:'"),
    ("two colons", "a: b: c\n", (1, 5), "': ' can't stand inside text that is not quoted; quote the text"),
    ("an open double quote", 'a: "x\n', (1, 4), 'this quote is never closed; end the text with "'),
    ("an open single quote", "a: 'x\nb: y\n", (1, 4), "this quote is never closed; end the text with '"),
    (
        "a quote that runs into the next",
        'a: "x\nb: "y"\n',
        (1, 4),
        'this quote runs on to line 2, where another one begins; close it with "',
    ),
    ("an open bracket", "a: [1, 2\nb: 3\n", (1, 4), "this '[' is never closed; end it with ']'"),
    ("an open bracket over lines", "a: [\n  x,\n  y\nb: c\n", (1, 4), "this '[' is never closed; end it with ']'"),
    ("an open brace", "a: {b: 1\n", (1, 4), "this '{' is never closed; end it with '}'"),
    ("an open bracket behind an anchor", "a: &q [x\n", (1, 7), "this '[' is never closed; end it with ']'"),
    ("the wrong bracket", "k: [a, b}\n", (1, 9), "unexpected '}'; ',' or ']' should come here"),
    ("a bracket too many", "a: [b]]\n", (1, 7), "unexpected ']'; quote text that begins with it"),
    ("two commas", "a: [1,,2]\n", (1, 7), "a value is missing before ','"),
    (
        "a line indented too little",
        "a:\n  b: 1\n c: 2\n",
        (3, 2),
        "bad indentation: this line belongs to none above; indent it like the line it continues",
    ),
    (
        "a line indented too much",
        "a: x\n  b: y\n",
        (2, 3),
        "bad indentation: the key above has its value already; indent this key like the one above",
    ),
    ("a key in a list", "- a\nb: 1\n", (2, 1), "unexpected 'b:'; '- ' should come here as in the lines above"),
    (
        "an item among keys",
        "b: 1\n- a\n",
        (2, 1),
        "unexpected '-'; a key with ':' should come here as in the lines above",
    ),
    (
        "a list beside its key",
        "a: - b\n",
        (1, 4),
        "a list can't begin behind other text; put '-' on a line of its own, below the key",
    ),
    ("a second value", "{a: b}\nc: d\n", (2, 1), "unexpected 'c:' behind a value; quote the whole text"),
    ("a key without a name", ": b\n", (1, 1), "a key is missing before ':'"),
    ("text behind quotes", "a: 'x' y\n", (1, 8), "unexpected 'y' behind a value; quote the whole text"),
    ("text that begins with @", "a: @x\n", (1, 4), "text can't begin with '@'; quote it"),
    ("an unknown escape", 'x: "C:\\dir"\n', (1, 7), "unknown escape '\\d' in double quotes; use single quotes"),
    ("half an escape", 'a: "\\x\\n"\n', (1, 5), "unknown escape '\\x' in double quotes; use single quotes"),
    ("text behind a block's mark", "a: |x\n  y\n", (1, 5), "the text of a block begins on the line below '|' or '>'"),
    ("a star", "- *any* thing\n", (1, 3), "'*' begins the name of an anchor; quote text that begins with it"),
    ("an unreadable tag", "a: !foo!bar x\n", (1, 4), "a tag can't be read; quote text that begins with '!'"),
    ("windows line breaks", "a:\r\n  b: ]\r\n", (2, 6), "unexpected ']'; quote text that begins with it"),
    ("an emoji before", "🎉: [\n", (1, 4), "this '[' is never closed; end it with ']'"),
]

UNQUOTED = [
    ("- [the] lights on\n", 'quote this phrase: - "[the] lights on"'),
    ("- {x} y\n", 'quote this phrase: - "{x} y"'),
    ("phrases: [call {name} now]\n", 'quote this phrase: "call {name} now"'),
    ("phrases: [{slot} on]\n", 'quote this phrase: "{slot} on"'),
    ("phrases: [[the] lights on]\n", 'quote this phrase: "[the] lights on"'),
    ("phrases: [fine, turn [the] lights on, (a|b) c]\n", 'quote this phrase: "turn [the] lights on"'),
    ("phrases: [call me #1, hey]\nb: c\n", 'quote this phrase: "call me #1"'),
    ("phrases: [fine,\n  call {name}]\n", 'quote this phrase: "call {name}"'),
    ("- call me: now: ok\n", 'quote this phrase: - "call me: now: ok"'),
    ("- call me: now: ok  # comment\n", 'quote this phrase: - "call me: now: ok"'),
    ('- "the" lights\n', "quote this phrase: - '\"the\" lights'"),
    ("- 'tis the season\n", 'quote this phrase: - "\'tis the season"'),
    ("- @omi listen\n", 'quote this phrase: - "@omi listen"'),
    (RULE + "        phrases:\n        - remember: {x} now\n", 'quote this phrase: - "remember: {x} now"'),
    (RULE + "        phrases:\n          # talk\n\n          - a: {x} b\n", 'quote this phrase: - "a: {x} b"'),
    ("a: {x} y\n", 'quote this text: a: "{x} y"'),
    ("- a: {x} y\n", 'quote this text: a: "{x} y"'),
    ("a: 'it's'\n", 'quote this text: a: "it\'s"'),
    ("text: {{ x }} y\n", 'quote this template: text: "{{ x }} y"'),
    ("text: {{ event['a'] }}\n", "quote this template: text: \"{{ event['a'] }}\""),
    ("text: {% if x %} a\n", 'quote this template: text: "{% if x %} a"'),
    ("a: [{{ x['a'] }}, b]\n", "quote this template: \"{{ x['a'] }}\""),
    ("data: {text: {{ x }} y, b: 1}\n", 'quote this template: text: "{{ x }} y"'),
    ('a: "x\n', None),
    ("a: [1, 2\nb: 3\n", None),
    ("a:\n  b: 1\n c: 2\n", None),
    ("k: [a, b}\n", None),
]


def problems(text: str, loader: Any) -> list[Problem]:
    lines = Lines(text)
    composer = Composer(lines, file="a.yaml", tags=frozenset())
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        composer.compose(yaml.parse(text, Loader=loader))
    composer.stop(explain(caught.value, lines, brackets=composer.brackets, quoted=composer.quoted))
    return composer.problems


@pytest.mark.parametrize("loader", PARSERS)
@pytest.mark.parametrize(("text", "place", "message"), [case[1:] for case in SYNTAX], ids=[case[0] for case in SYNTAX])
def test_a_syntax_error_says_what_is_wrong_and_what_would_be_right(
    text: str, place: tuple[int, int], message: str, loader: Any
) -> None:
    assert [(one.message, (one.line, one.column)) for one in problems(text, loader)] == [(message, place)]


@pytest.mark.parametrize("loader", PARSERS)
@pytest.mark.parametrize(("text", "hint"), UNQUOTED)
def test_text_that_was_not_quoted_is_answered_with_the_quoted_one(text: str, hint: str | None, loader: Any) -> None:
    assert [one.hint for one in problems(text, loader)] == [hint]


@pytest.mark.parametrize("text", [case[1] for case in SYNTAX] + [case[0] for case in UNQUOTED])
def test_a_source_that_breaks_has_no_value(text: str) -> None:
    source = read(text, file="a.yaml")
    assert source.value is None
    assert len(source.problems) == 1
