"""What somebody says stays what was said, whatever it looks like: compiled, interpreted, and read as receivers do."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest
import yaml

from omiflow.actions.data import rendered
from omiflow.actions.markdown_mrkdwn import mrkdwn
from omiflow.actions.markdown_tree import plain_text, tree_of
from omiflow.actions.scope import Scope
from omiflow.actions.table import ACTIONS
from omiflow.engine.inline import Seal
from omiflow.engine.interpret import Perform, RunView, interpret
from omiflow.engine.names import EventNames, event_names
from omiflow.errors import TemplateFault
from omiflow.language.facts import AppFacts, Facts
from omiflow.language.load import Loader
from omiflow.model import Done, Event, Rejected

X = "{{ event.x }}"
PAGE = "0123456789abcdef0123456789abcdef"
WORDS = [
    "{{ 7*7 }}", "{{user_facts}}", "{% for x in y %}", "{#", "⟦1:0⟧", "{0.__class__}", "%(x)s",
    "<!channel>", "<@U123> & <https://evil.example|click>", "&lt;!here&gt;", "<script>", "</script>", "<img src=x onerror=alert(1)>",
    "**bold**", "_a_ *b* ~c~ `d`", "# head", "- item", "1. one", "> quote", "---", "[link](https://evil.example)", "![](https://evil.example/x.png)",
    "<https://evil.example>", "https://evil.example/x", "| a | b |\n|---|---|", "```\ncode\n```", "    code", "- [ ] task", "a\\*b\\", "line  \nbreak",
    '"}, "x": {"', "'; DROP TABLE runs; --", "x: !env SECRET", "yes", "null", "0x10", "[1, 2]", '{"a": 1}',
    "../..", "..", ".", "a/../../b", "/etc/passwd", "C:\\x", "@evil.example/", "//evil.example", "?a=b&c=d#e", "%0d%0a", "%2e%2e%2f",
    "a\nb", "a\r\nX-Evil: 1", "a\r\n\r\nGET / HTTP/1.1", "\x00", "\u202ex", "\u2028", "😀 ü 会议",
]  # fmt: skip

STEPS: dict[str, dict[str, Any]] = {
    "omi.prompt": {"prompt": f"{{{{ user_name }}}} said: {X}.", "context": {"question": f"What is {X}?", "filters": {"people": [X]}}},
    "omi.reply": {"message": f"You said: {X}."},
    "omi.notify": {"message": f"You said: {X}."},
    "omi.create_conversation": {"text": f"Said: {X}."},
    "omi.create_memories": {"memories": [{"content": f"Said: {X}.", "tags": [X]}]},
    "omi.create_facts": {"text": f"Said: {X}."},
    "slack.post_message": {
        "channel": "#c",
        "text": f"<!here> *{X}*",
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": f"<https://a.example|a> {X}"}},
            {"type": "header", "text": {"type": "plain_text", "text": f"<{X}>"}},
        ],
    },
    "slack.update_message": {"channel": "C1", "ts": "1.2", "markdown": f"Said: {X} ."},
    "slack.webhook": {"text": X},
    "notion.create_page": {"database": PAGE, "title": f"<{X}>", "properties": {"Name": X}, "markdown": f"Said: {X} ."},
    "notion.append": {"page": PAGE, "markdown": f"Said: {X} ."},
    "notion.update_page": {"page": PAGE, "properties": {"Name": f"**{X}**"}},
    "notion.query": {"database": PAGE, "filter": {"property": "Name", "rich_text": {"equals": X}}},
    "http.request": {
        "method": "POST",
        "url": f"/notes/{X}",
        "query": {"q": f"a {X}"},
        "json": {"said": X, "more": [f"<{X}>"]},
    },
    "notify.send": {"message": f"Said: {X}.", "title": X},
    "llm.ask": {"system": "You sort.", "prompt": f"Sort: {X}."},
    "file.append": {"path": "notes.md", "text": f"- {X}."},
    "file.write": {"path": "notes.md", "text": X},
    "list.add": {"name": "shopping", "item": X},
    "list.take": {"name": "shopping", "item": X},
    "list.get": {"name": f"n{X}"},
    "value.set": {"name": "v", "value": {"said": X}},
    "value.add": {"name": f"n{X}"},
    "value.get": {"name": f"n{X}"},
    "log.write": {"message": f"Said: {X}."},
}  # fmt: skip

FACTS = Facts(
    apps={"default": AppFacts("default", scopes=frozenset({"user_name"}), has_key=True)},
    connections={
        "slack": {"type": "slack", "token": "t", "webhook_url": "https://hooks.slack.com/x"},
        "notion": {"type": "notion", "token": "t"},
        "http": {"type": "http", "base_url": "http://crm.example/api"},
        "me": {"type": "notify", "to": ["json://localhost"]},
        "model": {"type": "llm", "base_url": "http://model.example", "model": "m"},
    },
)
SEAL = Seal("a secret of this test")


def asked(action: str, data: Mapping[str, Any], words: str, **options: Any) -> Perform:
    """Compile a rule with one step, and interpret it on an event whose `x` are the words."""
    inline = ACTIONS[action].inline
    trigger = {"trigger": "realtime_transcript"} if inline else {"trigger": "webhook", "name": "in"}
    step = {"action": action, "data": data, **options}
    rule = {"id": "r", "triggers": [trigger], "actions": [step]}
    if "variables" in options:
        rule["variables"] = step.pop("variables")
    book = Loader(FACTS).load({"r.yaml": yaml.safe_dump({"rules": [rule]}, allow_unicode=True)})
    assert [problem.message for problem in book.problems if problem.severity == "error"] == []
    event = Event(id="e", name="webhook", app="default", uid="u1", at=0, received=0, body={"x": words}, webhook="in")
    zone = ZoneInfo("UTC")
    frozen: dict[str, Any] = {"trigger": {}, "matched": {}, "user": {}, "app": {}}
    base = event_names(EventNames(event, {"x": words}, zone), frozen=frozen, lists={}, now=0, zone=zone)
    view = RunView(event=event, payload={"x": words}, base={**base, **SEAL.names()}, matched={})
    course = interpret(book.rules.rules[0], view, {})
    told = next(course)
    while not isinstance(told, Perform):
        told = course.send(None)
    return told


def texts(value: Any, place: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], str]:
    """List the texts of nested data by their place."""
    if isinstance(value, str):
        return {place: value}
    parts = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    return {inner: text for key, item in parts for inner, text in texts(item, (*place, key)).items()}


def as_mrkdwn(text: str) -> str:
    text = text.translate(str.maketrans({"\u2217": "*", "\uff3f": "_", "\u223c": "~", "\u02cb": "`", "\u200b": None}))
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def as_markdown(text: str) -> str:
    tree = tree_of(text)
    assert {node.type for node in tree.walk()} <= {"root", "paragraph", "inline", "text", "softbreak", "hardbreak"}
    return " ".join(" ".join(plain_text(node) for node in tree.children).split())


def as_slacks_markdown(text: str) -> str:
    assert not set("<>") & set(mrkdwn(text).replace("&lt;", "").replace("&gt;", ""))
    return as_markdown(text)


def as_url(url: str) -> str:
    before, _, part = url.rpartition("/")
    assert before == "/notes"
    assert not set(part) & set("?#\\@: \r\n")
    return f"{before}/{unquote(part)}"


READ: dict[tuple[str, str], Callable[[str], str]] = {
    ("slack.post_message", "text"): as_mrkdwn,
    ("slack.webhook", "text"): as_mrkdwn,
    ("slack.post_message", "blocks"): as_mrkdwn,
    ("slack.update_message", "markdown"): as_slacks_markdown,
    ("notion.create_page", "markdown"): as_markdown,
    ("notion.append", "markdown"): as_markdown,
    ("http.request", "url"): as_url,
}


def test_each_action_is_looked_at() -> None:
    assert set(STEPS) == set(ACTIONS)


@pytest.mark.parametrize("action", STEPS)
def test_words_arrive_as_they_were_said_and_nowhere_else(action: str) -> None:
    for words in WORDS:
        sent = asked(action, STEPS[action], words).data
        if action == "omi.prompt":
            sent = SEAL.opened(sent)
        written, arrived = texts(STEPS[action]), texts(sent)
        assert set(arrived) == set(written)
        for place, text in written.items():
            read = READ.get((action, str(place[0])), str)
            wanted = text.replace(X, words)
            if action == "omi.prompt":
                wanted = text.replace(X, SEAL.open(words)).replace("{{ user_name }}", "{{user_name}}")
            if read in (as_markdown, as_slacks_markdown):
                wanted = " ".join(wanted.replace("\x00", "\ufffd").split())
            if read is as_mrkdwn and place[-2:] == ("text", "text") and place[1] == 1:
                read = str
            assert read(arrived[place]) == wanted, (words, place)


@pytest.mark.parametrize("words", WORDS)
def test_words_behind_the_value_that_a_url_begins_with_stay_one_part_of_it(words: str) -> None:
    for url in (f"{{{{ at }}}}/notes/{X}", "{{ at ~ '/notes/' ~ event.x }}", "{{ at + '/notes/' + event.x }}"):
        sent = asked(
            "http.request", {"method": "GET", "url": url}, words, variables={"at": "{{ 'https://a.example' }}"}
        )
        assert sent.data["url"].startswith("https://a.example/notes/")
        assert as_url(sent.data["url"].removeprefix("https://a.example")) == f"/notes/{words}"


@pytest.mark.parametrize("words", WORDS)
def test_words_name_no_placeholder_of_omis_prompts(words: str) -> None:
    told = asked("omi.prompt", STEPS["omi.prompt"], words)
    prompt = SEAL.opened(told.data)
    assert told.step.params == ("user_name",)
    assert prompt["prompt"].startswith("{{user_name}} said: ")
    assert "{{" not in prompt["prompt"].removeprefix("{{user_name}}") + prompt["context"]["question"]


@pytest.mark.parametrize("words", [words for words in WORDS if set(words) & set("<>")])
def test_words_mark_nothing_in_slack(words: str) -> None:
    blocks = "{{ [{'type': 'section', 'text': {'type': 'mrkdwn', 'text': event.x}}] }}"
    by_name = "{{ made }}"
    kinds: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"text": X}, {}),
        ({"text": f"a {X}"}, {}),
        ({"text": "{{ event.x | upper }}"}, {}),
        ({"text": "{% set y %}{{ event.x }}{% endset %}{{ y }}"}, {}),
        ({"text": by_name}, {"made": X}),
        ({"blocks": blocks}, {}),
        ({"blocks": by_name}, {"made": [{"type": "context", "elements": [{"type": "mrkdwn", "text": f"a {X}"}]}]}),
        ({"blocks": [{"type": "section", "text": by_name}]}, {"made": {"type": "mrkdwn", "text": X}}),
        ({"blocks": [by_name]}, {"made": {"type": "section", "fields": [{"type": "mrkdwn", "text": X}]}}),
    ]
    for data, variables in kinds:
        sent = asked("slack.webhook", data, words, variables=variables).data
        assert not {"<", ">"} & set("".join(texts(sent).values())), data


def test_words_that_the_author_means_as_markup_are_markup() -> None:
    for text in ("{{ event.x | safe }}", "a {{ event.x | safe }}"):
        assert asked("slack.webhook", {"text": text}, "<!here>").data["text"].endswith("<!here>")


@pytest.fixture
def crm(server: Any, scope: Callable[..., Scope]) -> Callable[..., Scope]:
    def make(**changes: Any) -> Scope:
        connection = {"type": "http", "base_url": f"{server.url}/api", "headers": {"Authorization": "Bearer b"}}
        return scope(connection=connection, **changes)

    return make


async def test_words_change_nothing_about_a_request_but_what_it_says(server: Any, crm: Callable[..., Scope]) -> None:
    server.answers(200, b"{}")
    data = {"method": "POST", "url": f"/notes/{X}?a={X}", "query": {"q": X}, "form": {"f": X, "g": "h"}}
    for words in WORDS:
        server.seen.clear()
        told = asked("http.request", data, words, idempotency_key="k")
        outcome = await perform(told, crm())
        assert isinstance(outcome, Done | Rejected), words
        for seen in server.seen:
            path = urlsplit(seen.target).path
            assert path.startswith("/api/notes/")
            assert path.count("/") == 3
            assert [name for name, _ in seen.query] == ["a", "q"]
            assert unquote(path.removeprefix("/api/notes/")) == words
            assert dict(seen.query) == {"a": words, "q": words}
            assert parse_qsl(seen.body.decode(), keep_blank_values=True) == [("f", words), ("g", "h")]
            assert "x-evil" not in seen.headers
        climbs = isinstance(outcome, Rejected) and "climbs" in outcome.reason
        assert len(server.seen) == int(not climbs)
        assert not climbs or ".." in unquote(words)


async def test_words_in_a_header_or_a_key_add_no_header(server: Any, crm: Callable[..., Scope]) -> None:
    server.answers(200, b"{}")
    data = {"method": "POST", "url": "/notes", "headers": {"X-Said": X}}
    for words in WORDS:
        for options in ({}, {"idempotency_key": X}):
            server.seen.clear()
            told = asked("http.request", data if not options else {**data, "headers": {}}, words, **options)
            await perform(told, crm(idempotency_key=told.idempotency_key or "k"))
            assert len(server.seen) <= 1
            for seen in server.seen:
                assert "x-evil" not in seen.headers
                assert seen.headers["authorization"] == "Bearer b"
                assert seen.body == b""


@pytest.mark.parametrize("path", [X, f"notes/{X}", f"notes/{X}.md", f"{X}/a.md"])
async def test_words_in_a_path_lead_nowhere_else(path: str, scope: Callable[..., Scope], tmp_path: Path) -> None:
    for words in WORDS:
        outcome = await perform(asked("file.append", {"path": path, "text": X}, words), scope())
        assert isinstance(outcome, Done | Rejected)
    files = [Path(place, name) for place, _, names in os.walk(tmp_path) for name in names]
    assert files
    assert all(found.is_relative_to(tmp_path / "data" / "files") for found in files)


async def perform(told: Perform, scope: Scope) -> Any:
    action = ACTIONS[told.step.action]
    assert action.perform is not None
    try:
        data = rendered(action.data, told.data)
    except TemplateFault as fault:
        return Rejected(str(fault))
    return await action.perform(data, scope)
