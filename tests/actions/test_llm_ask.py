"""Asking a language model, by a real conversation with a server on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from omiflow.actions.data import check_data, rendered
from omiflow.actions.scope import Scope
from omiflow.actions.table import ACTIONS
from omiflow.errors import TemplateFault
from omiflow.model import Done, Outcome, Rejected, Retry

MakeScope = Callable[..., Scope]
ACTION = ACTIONS["llm.ask"]
SCHEMA = {"title": "string", "count": "integer"}
GOOD = '{"title": "tea", "count": 2}'


async def ask(scope: Scope, **data: Any) -> Outcome:
    assert ACTION.perform is not None
    return await ACTION.perform(rendered(ACTION.data, {"prompt": "what?", **data}), scope)


@pytest.fixture
def model(server: Any, scope: MakeScope) -> Scope:
    connection = {"type": "llm", "base_url": f"{server.url}/v1", "api_key": "sk-model-secret", "model": "small-1"}
    return scope(connection=connection)


def says(server: Any, content: Any, *, ending: str = "stop", **more: Any) -> None:
    message = {"role": "assistant", "content": content, **more}
    body = {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": ending}]}
    server.answers(200, json.dumps(body).encode())


def refuses(server: Any, message: str, status: int = 400) -> None:
    server.answers(status, json.dumps({"error": {"message": message}}).encode())


def sent(server: Any) -> list[Any]:
    return [json.loads(seen.body) for seen in server.seen]


async def test_a_prompt_goes_as_the_users_words_and_the_text_comes_back(server: Any, model: Scope) -> None:
    says(server, "Tea.")
    outcome = await ask(model, prompt="Tea? {{ 7*7 }}", system="Be short.", max_tokens=9, temperature=0)
    assert outcome == Done({"text": "Tea.", "json": None})
    assert (server.seen[0].method, server.seen[0].path) == ("POST", "/v1/chat/completions")
    assert server.seen[0].headers["authorization"] == "Bearer sk-model-secret"
    assert sent(server) == [
        {
            "model": "small-1",
            "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Tea? {{ 7*7 }}"}],
            "max_tokens": 9,
            "temperature": 0.0,
        }
    ]


async def test_a_server_without_a_key_gets_none(server: Any, scope: MakeScope) -> None:
    says(server, "Tea.")
    await ask(scope(connection={"type": "llm", "base_url": server.url, "model": "m"}))
    assert "authorization" not in server.seen[0].headers
    assert sent(server)[0]["messages"] == [{"role": "user", "content": "what?"}]


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f" {GOOD}\n",
        f"Sure!\n```json\n{GOOD}\n```\nAnything else?",
        f'<think>maybe {{"title": 3}}</think>\n{GOOD}',
    ],
)
async def test_with_a_schema_fields_come_back(server: Any, model: Scope, content: str) -> None:
    says(server, content)
    assert await ask(model, schema=SCHEMA) == Done({"text": content, "json": {"title": "tea", "count": 2}})
    (body,) = sent(server)
    wanted = body["response_format"]
    assert (wanted["type"], wanted["json_schema"]["strict"]) == ("json_schema", True)
    assert wanted["json_schema"]["schema"]["required"] == ["title", "count"]


async def test_a_server_that_refuses_schemas_is_told_in_words(server: Any, model: Scope) -> None:
    refuses(server, "response_format.type must be text or json_object")
    says(server, GOOD)
    outcome = await ask(model, schema=SCHEMA, system="Be short.")
    assert isinstance(outcome, Done)
    _, second = sent(server)
    assert second["response_format"] == {"type": "json_object"}
    assert second["messages"][0]["role"] == "system"
    assert second["messages"][0]["content"].startswith("Be short.\n\nAnswer with one JSON object")
    assert '"required": ["title", "count"]' in second["messages"][0]["content"]
    assert second["messages"][1] == {"role": "user", "content": "what?"}


async def test_a_server_that_knows_no_formats_is_only_told(server: Any, model: Scope) -> None:
    refuses(server, "unknown field response_format", 422)
    refuses(server, "unknown field response_format", 422)
    says(server, GOOD)
    assert isinstance(await ask(model, schema=SCHEMA), Done)
    assert "response_format" not in sent(server)[2]
    assert "JSON Schema" in sent(server)[2]["messages"][0]["content"]


async def test_a_server_that_goes_on_refusing_is_rejected(server: Any, model: Scope) -> None:
    refuses(server, "response_format is not for you")
    outcome = await ask(model, schema=SCHEMA)
    assert outcome == Rejected('\'127.0.0.1\' answered 400: {"error": {"message": "response_format is not for you"}}')
    assert len(server.seen) == 3


async def test_a_server_with_another_word_for_tokens_gets_that(server: Any, model: Scope) -> None:
    refuses(server, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
    says(server, "Tea.")
    assert isinstance(await ask(model, max_tokens=9), Done)
    assert sent(server)[1]["max_completion_tokens"] == 9
    assert "max_tokens" not in sent(server)[1]


async def test_a_malformed_answer_is_asked_for_once_more(server: Any, model: Scope) -> None:
    says(server, '{"title": "tea", "count": "two"}')
    says(server, GOOD)
    assert await ask(model, schema=SCHEMA) == Done({"text": GOOD, "json": {"title": "tea", "count": 2}})
    assert sent(server)[1]["messages"] == [
        {"role": "user", "content": "what?"},
        {"role": "assistant", "content": '{"title": "tea", "count": "two"}'},
        {
            "role": "user",
            "content": "That is not what was asked for: 'count' wants a whole number. "
            "Answer with one JSON object and nothing else. It has the form of this JSON Schema: "
            '{"type": "object", "properties": {"title": {"type": "string"}, "count": {"type": "integer"}}, '
            '"required": ["title", "count"], "additionalProperties": false}',
        },
    ]


@pytest.mark.parametrize("content", [None, "", " \n"])
async def test_an_empty_answer_is_asked_for_once_more(server: Any, model: Scope, content: Any) -> None:
    says(server, content)
    says(server, GOOD)
    assert await ask(model, schema=SCHEMA) == Done({"text": GOOD, "json": {"title": "tea", "count": 2}})
    first, again = sent(server)[1]["messages"]
    assert first == {"role": "user", "content": "what?"}
    assert again["role"] == "user"
    assert again["content"].startswith("That is not what was asked for: it is empty. Answer with one JSON object")


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("", "it is empty"),
        ("Sure, here you are!", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "the answer is not a mapping"),
        (f"[{GOOD}]", "the answer is not a mapping"),
        (f"{GOOD} or {GOOD}", "it is not JSON"),
        ('{"title": "tea"}', "'count' is missing"),
        ('{"title": "tea", "count": NaN}', "it is not JSON"),
        ('{"title": "tea", "count": 2, "extra": 1}', "'extra' was not asked for"),
    ],
)
async def test_an_answer_that_stays_malformed_is_rejected(server: Any, model: Scope, content: str, wrong: str) -> None:
    says(server, content)
    outcome = await ask(model, schema=SCHEMA)
    assert outcome == Rejected(f"the model's answer does not fit the schema: {wrong}")
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("content", "more", "reason"),
    [
        ("Te", {"ending": "length"}, "the model's answer was cut off; give it more max_tokens"),
        (None, {"refusal": "I can't."}, "the model refused to answer"),
        (None, {}, "the model's answer is empty"),
        ("  ", {}, "the model's answer is empty"),
        ([{"type": "text"}], {}, "the model's answer is empty"),
    ],
)
async def test_an_answer_without_a_text_is_rejected(
    server: Any, model: Scope, *, content: Any, more: dict[str, Any], reason: str
) -> None:
    says(server, content, **more)
    assert await ask(model) == Rejected(reason)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"choices": []}', b'{"choices": [{"message": 3}]}'])
async def test_what_is_no_chat_completion_is_rejected(server: Any, model: Scope, body: bytes) -> None:
    server.answers(200, body)
    assert await ask(model) == Rejected("the model's answer is no chat completion; check the connection's base_url")


async def test_an_answer_beyond_all_bounds_is_rejected(server: Any, model: Scope) -> None:
    says(server, "x" * 1_100_000)
    assert await ask(model) == Rejected("the model's answer is too long")


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (429, {"Retry-After": "7"}, Retry("'127.0.0.1' answered 429", after=7.0, throttled=True)),
        (503, {}, Retry("'127.0.0.1' answered 503")),
        (401, {}, Rejected("'127.0.0.1' answered 401: bad key ***")),
        (404, {}, Rejected("'127.0.0.1' answered 404: bad key ***")),
    ],
)
async def test_what_the_server_refuses_is_an_outcome(
    server: Any, model: Scope, *, status: int, headers: dict[str, str], outcome: Outcome
) -> None:
    server.answers(status, b"bad key sk-model-secret", headers)
    assert await ask(model) == outcome


async def test_all_questions_of_a_step_share_its_time(server: Any, model: Scope) -> None:
    says(server, "not JSON")
    server.outlasts()
    outcome = await ask(model, schema=SCHEMA)
    assert isinstance(outcome, Retry)
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"prompt": ""}, "at least 1 character"),
        ({"prompt": "x", "schema": {}}, "a schema names at least one field"),
        ({"prompt": "x", "schema": {"a": "thing"}}, "the type of field 'a' is not known"),
        ({"prompt": "x", "schema": {"a": "strng"}}, "unknown type 'strng'; did you mean 'string'?"),
        ({"prompt": "x", "schema": {"a": ["integr"]}}, "unknown type 'integr'; did you mean '[integer]'?"),
        ({"prompt": "x", "temperature": 3}, "less than or equal to 2"),
        ({"prompt": "x", "max_tokens": 0}, "greater than or equal to 1"),
        ({"prompt": "x", "fields": {"a": "string"}}, "Extra inputs"),
    ],
)
def test_a_wrong_question_is_a_problem(data: dict[str, Any], found: str) -> None:
    (error,) = check_data(ACTION.data, data)
    assert found in error["msg"]


def test_an_answer_that_was_made_up_has_fields_only_where_they_are_asked_for() -> None:
    fault = ACTIONS["llm.ask"].fault
    assert fault is not None
    data = ACTIONS["llm.ask"].data.model_validate({"prompt": "x"})
    assert fault(data, {}, {"text": "a", "json": None}) is None
    told = fault(data, {}, {"text": "a", "json": {"kind": "b"}})
    assert told == Rejected("the answer has 'json', which is null where no 'schema' is asked for")


def test_a_schema_may_come_out_of_templates() -> None:
    assert check_data(ACTION.data, {"prompt": "x", "schema": {"room": "{{ lists.rooms }}"}}) == []
    assert check_data(ACTION.data, {"prompt": "x", "schema": "{{ schema }}"}) == []
    with pytest.raises(TemplateFault, match="the type of field 'room' is not known"):
        rendered(ACTION.data, {"prompt": "x", "schema": {"room": "{{ lists.rooms }}"}})


@pytest.mark.parametrize(
    ("schema", "answer"),
    [
        (None, {"text": "text", "json": None}),
        ({"a": "integer", "b": ["x", "y"]}, {"text": '{"a":1,"b":"x"}', "json": {"a": 1, "b": "x"}}),
    ],
)
def test_a_dry_run_goes_on_with_an_answer_of_the_schemas_form(schema: Any, answer: Any) -> None:
    data = {"prompt": "x"} if schema is None else {"prompt": "x", "schema": schema}
    assert ACTION.foretold(ACTION.data.rendered(data)) == answer
