"""Slack, any other service, and the report of what arrived."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from omiflow.emulator.emulate import DEMO_DIRECTORY
from omiflow.emulator.seen import (
    Arrival,
    Asked,
    HttpCall,
    Notification,
    NotionPage,
    Pushed,
    Refused,
    Seen,
    SlackHook,
    SlackPost,
)
from omiflow.emulator.server import serving, standin
from omiflow.errors import EnvironmentFault
from omiflow.language.settings.config import load_config

BEARER = {"Authorization": "Bearer xoxb-demo"}


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
async def world(seen: Seen) -> AsyncIterator[httpx.AsyncClient]:
    app: Any = standin(DEMO_DIRECTORY, seen=seen, clock=lambda: 1000.0)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://world") as client:
        yield client


async def test_slack_takes_a_post_and_numbers_it(world: httpx.AsyncClient, seen: Seen) -> None:
    posts = [{"channel": "#bikes", "text": "one"}, {"channel": "#bikes", "text": "two", "thread_ts": "1000.000001"}]
    answers = [(await world.post("/slack/api/chat.postMessage", headers=BEARER, json=post)).json() for post in posts]
    assert [answer["ts"] for answer in answers] == ["1000.000001", "1000.000002"]
    assert all(answer["ok"] and answer["channel"] == "#bikes" for answer in answers)
    last = seen.arrivals[-1]
    assert isinstance(last, SlackPost)
    assert (last.text, last.thread_ts) == ("two", "1000.000001")


async def test_slack_takes_a_change_of_a_post(world: httpx.AsyncClient, seen: Seen) -> None:
    change = {"channel": "#bikes", "ts": "1000.000001", "text": "done"}
    answer = (await world.post("/slack/api/chat.update", headers=BEARER, json=change)).json()
    assert (answer["ok"], answer["channel"], answer["ts"]) == (True, "#bikes", "1000.000001")
    (arrival,) = seen.arrivals
    assert isinstance(arrival, SlackPost)
    assert (arrival.text, arrival.ts) == ("done", "1000.000001")


async def test_slack_takes_a_form_too(world: httpx.AsyncClient, seen: Seen) -> None:
    form = {"channel": "C1", "blocks": '[{"type": "divider"}]'}
    answer = await world.post("/slack/api/chat.postMessage", headers=BEARER, data=form)
    assert answer.json()["ok"]
    (arrival,) = seen.arrivals
    assert isinstance(arrival, SlackPost)
    assert arrival.blocks == [{"type": "divider"}]


@pytest.mark.parametrize(
    ("headers", "body", "error"),
    [
        ({}, b'{"channel": "#a", "text": "x"}', "not_authed"),
        (BEARER, b'{"text": "x"}', "channel_not_found"),
        (BEARER, b'{"channel": "#a"}', "no_text"),
        (BEARER, b"nonsense", "invalid_json"),
    ],
)
async def test_slack_says_what_is_wrong_with_status_200(
    world: httpx.AsyncClient, seen: Seen, headers: dict[str, str], body: bytes, error: str
) -> None:
    answer = await world.post("/slack/api/chat.postMessage", headers=headers, content=body)
    assert (answer.status_code, answer.json()) == (200, {"ok": False, "error": error})
    assert [type(arrival) for arrival in seen.arrivals] == [Refused]


async def test_a_post_has_a_permalink(world: httpx.AsyncClient) -> None:
    where = {"channel": "#bikes", "message_ts": "1000.000001"}
    answer = await world.get("/slack/api/chat.getPermalink", headers=BEARER, params=where)
    assert answer.json()["permalink"].endswith("/bikes/p1000000001")


async def test_notion_makes_a_page_finds_it_again_changes_it_and_writes_on_it(
    world: httpx.AsyncClient, seen: Seen
) -> None:
    def words(text: str) -> list[dict[str, Any]]:
        return [{"type": "text", "text": {"content": text}}]

    properties = {
        "Name": {"title": words("Rent the stalls")},
        "Who": {"rich_text": words("Mirko")},
        "Due": {"date": {"start": "2026-11-26"}},
        "Tags": {"multi_select": [{"name": "fair"}]},
        "Done": {"checkbox": False},
    }
    schema = (await world.get("/notion/v1/databases/d1", headers=BEARER)).json()["properties"]
    assert [schema[name]["type"] for name in properties] == ["title", "rich_text", "date", "multi_select", "checkbox"]
    body = {"parent": {"database_id": "d1"}, "properties": properties, "children": [{"type": "divider"}]}
    page = (await world.post("/notion/v1/pages", headers=BEARER, json=body)).json()
    done = {"properties": {"Done": {"checkbox": True}}}
    assert (await world.patch(f"/notion/v1/pages/{page['id']}", headers=BEARER, json=done)).status_code == 200
    children = {"children": [{"type": "divider"}, {"type": "divider"}]}
    made = (await world.patch(f"/notion/v1/blocks/{page['id']}/children", headers=BEARER, json=children)).json()
    assert len({block["id"] for block in made["results"]} | {page["id"]}) == 3
    found = (await world.post("/notion/v1/databases/d1/query", headers=BEARER, json={})).json()["results"]
    assert [(one["id"], one["properties"]["Done"]["checkbox"]) for one in found] == [(page["id"], True)]
    assert [part["plain_text"] for part in found[0]["properties"]["Name"]["title"]] == ["Rent the stalls"]
    assert (await world.post("/notion/v1/databases/d2/query", headers=BEARER, json={})).json()["results"] == []
    plain = {"Who": "Mirko", "Due": "2026-11-26", "Tags": ["fair"], "Done": False}
    written = NotionPage(at=1000.0, title="Rent the stalls", properties=plain, blocks=[{"type": "divider"}])
    assert seen.arrivals[0] == written
    assert [type(arrival) for arrival in seen.arrivals] == [NotionPage] * 3


async def test_a_page_of_a_database_has_all_of_its_properties(world: httpx.AsyncClient) -> None:
    name = {"title": [{"type": "text", "text": {"content": "Rent the stalls"}}]}
    body = {"parent": {"database_id": "d1"}, "properties": {"Name": name}}
    made = (await world.post("/notion/v1/pages", headers=BEARER, json=body)).json()
    page = (await world.get(f"/notion/v1/pages/{made['id']}", headers=BEARER)).json()
    schema = (await world.get("/notion/v1/databases/d1", headers=BEARER)).json()["properties"]
    kinds = {name: value["type"] for name, value in schema.items()}
    assert {name: value["type"] for name, value in page["properties"].items()} == kinds
    empty = [page["properties"][name][kind] for name, kind in kinds.items() if name != "Name"]
    assert empty == [[], [], None, False, None, [], None, None]
    assert page == made
    found = (await world.post("/notion/v1/databases/d1/query", headers=BEARER, json={})).json()["results"]
    assert found == [page]


async def test_a_page_below_a_page_has_a_title_only(world: httpx.AsyncClient) -> None:
    body = {"parent": {"page_id": "p1"}, "properties": {"title": {"title": []}}}
    made = (await world.post("/notion/v1/pages", headers=BEARER, json=body)).json()
    page = (await world.get(f"/notion/v1/pages/{made['id']}", headers=BEARER)).json()
    assert list(page["properties"]) == ["title"]


@pytest.mark.parametrize(
    ("call", "properties", "status"),
    [
        (("POST", "pages", {}), {}, 401),
        (("GET", "pages/1", BEARER), {}, 404),
        (("POST", "pages", BEARER), {"Whom": {"rich_text": []}}, 400),
        (("POST", "pages", BEARER), {"Who": {"title": []}}, 400),
        (("POST", "pages", BEARER), {"Who": "Mirko"}, 400),
        (("PATCH", "pages/1", BEARER), {}, 404),
    ],
)
async def test_notion_refuses_as_notion_does(
    world: httpx.AsyncClient, seen: Seen, call: tuple[str, str, dict[str, str]], properties: Any, status: int
) -> None:
    method, path, headers = call
    answer = await world.request(method, f"/notion/v1/{path}", headers=headers, json={"properties": properties})
    assert (answer.status_code, answer.json()["object"]) == (status, "error")
    assert [type(arrival) for arrival in seen.arrivals] == [Refused]


def question(prompt: str, **fields: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {"model": "small", "messages": [{"role": "user", "content": prompt}]}
    if fields:
        schema = {"type": "object", "properties": fields}
        asked["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    return asked


@pytest.mark.parametrize(
    ("form", "said", "value"),
    [
        ({"type": "string"}, "My budget is small, I fear.", "small"),
        ({"type": "string"}, "No word of it.", ""),
        ({"type": "number"}, "Our budget is 9 000 euros.", 9000),
        ({"type": "number"}, "The budget's 1.5 million!", 1.5),
        ({"type": "integer"}, "Who knows?", 0),
        ({"type": "boolean"}, "Yes.", True),
        ({"type": "string", "enum": ["low", "high"]}, "Quite High.", "high"),
        ({"type": "string", "enum": ["low", "high"]}, "Hm.", "low"),
        ({"type": "array", "items": {"type": "string"}}, "Hm.", []),
        ({"type": "object", "properties": {"name": {"type": "string"}}}, "My name is Ana.", {"name": "Ana"}),
    ],
)
async def test_the_model_fills_in_what_stands_behind_a_fields_name(
    world: httpx.AsyncClient, seen: Seen, form: Any, said: str, value: Any
) -> None:
    asked = question(said, budget=form)
    answer = (await world.post("/llm/v1/chat/completions", headers=BEARER, json=asked)).json()
    choice = answer["choices"][0]
    assert json.loads(choice["message"]["content"]) == {"budget": value}
    assert choice["finish_reason"] == "stop"
    (arrival,) = seen.arrivals
    assert isinstance(arrival, Asked)
    assert (arrival.model, arrival.prompt) == ("small", said)


@pytest.mark.parametrize(
    ("headers", "body", "status"), [({}, question("Hello."), 401), (BEARER, {"messages": []}, 400), (BEARER, [], 400)]
)
async def test_the_model_refuses_what_is_no_question(
    world: httpx.AsyncClient, seen: Seen, headers: dict[str, str], body: Any, status: int
) -> None:
    answer = await world.post("/llm/v1/chat/completions", headers=headers, json=body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert [type(arrival) for arrival in seen.arrivals] == [Refused]


async def test_the_model_gives_the_answers_it_was_told_once_each_and_in_order(world: httpx.AsyncClient) -> None:
    for told in ('{"budget": "high"}', "It is Zoë."):
        assert (await world.post("/llm/answers", content=told)).json() == {}
    answers = [
        (await world.post("/llm/v1/chat/completions", headers=BEARER, json=question("Hm.", budget={"type": "string"})))
        for _ in range(3)
    ]
    said = [answer.json()["choices"][0]["message"]["content"] for answer in answers]
    assert said == ['{"budget": "high"}', "It is Zoë.", '{"budget":""}']


async def test_the_model_gives_the_last_words_back_without_a_form(world: httpx.AsyncClient) -> None:
    asked = question("First.\nAnd last.")
    answer = (await world.post("/llm/v1/chat/completions", headers=BEARER, json=asked)).json()
    assert answer["choices"][0]["message"]["content"] == "And last."


async def test_ntfy_takes_a_notification_for_a_topic(world: httpx.AsyncClient, seen: Seen) -> None:
    sent = {"topic": "guardian", "title": "Call", "message": "her"}
    assert (await world.post("/", json=sent)).json()["topic"] == "guardian"
    assert list(seen.arrivals) == [Pushed(at=1000.0, topic="guardian", title="Call", message="her")]


async def test_ntfy_refuses_a_notification_without_a_topic(world: httpx.AsyncClient, seen: Seen) -> None:
    assert (await world.post("/", json={"message": "x"})).status_code == 400
    assert [type(arrival) for arrival in seen.arrivals] == [Refused]


async def test_an_incoming_webhook_says_ok(world: httpx.AsyncClient, seen: Seen) -> None:
    answer = await world.post("/slack/hook/family/evening", json={"text": "soup"})
    assert (answer.status_code, answer.text) == (200, "ok")
    assert list(seen.arrivals) == [SlackHook(at=1000.0, hook="family/evening", text="soup", blocks=[])]


@pytest.mark.parametrize(("body", "error"), [(b"{}", "no_text"), (b"[1]", "invalid_payload"), (b"", "invalid_payload")])
async def test_an_incoming_webhook_refuses_what_it_cannot_post(
    world: httpx.AsyncClient, body: bytes, error: str
) -> None:
    answer = await world.post("/slack/hook/family", content=body)
    assert (answer.status_code, answer.text) == (400, error)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_any_other_call_is_written_down_without_its_secrets(
    world: httpx.AsyncClient, seen: Seen, method: str
) -> None:
    headers = {**BEARER, "Idempotency-Key": "run-1"}
    answer = await world.request(method, "/http/home/scenes/night?room=1&room=2", headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    (call,) = seen.arrivals
    assert isinstance(call, HttpCall)
    assert (call.method, call.path, call.query) == (method, "home/scenes/night", {"room": ["1", "2"]})
    assert call.headers["idempotency-key"] == "run-1"
    assert "xoxb" not in str(call)


@pytest.mark.parametrize(
    ("sent", "kept"), [(b'{"on": false}', {"on": False}), (b"", None), (b"plain", "plain"), (b"\xff", "\ufffd")]
)
async def test_a_body_is_kept_as_json_or_as_text(world: httpx.AsyncClient, seen: Seen, sent: bytes, kept: Any) -> None:
    await world.post("/http/x", content=sent)
    (call,) = seen.arrivals
    assert isinstance(call, HttpCall)
    assert call.body == kept


async def test_the_report_tells_what_arrived_by_kind(world: httpx.AsyncClient) -> None:
    await world.post("/slack/hook/family", json={"text": "soup"})
    report = (await world.get("/seen")).json()
    assert report["total"] == 1
    assert report["seen"] == [{"kind": "slack_hook", "at": 1000.0, "hook": "family", "text": "soup", "blocks": []}]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/slack/api/chat.delete", 404),
        ("GET", "/v2/integrations/demo-app/notification", 405),
        ("PUT", "/", 405),
        ("GET", "/notion/v1/users", 404),
    ],
)
async def test_a_call_that_leads_nowhere_is_told_and_counted(
    world: httpx.AsyncClient, seen: Seen, method: str, path: str, status: int
) -> None:
    assert (await world.request(method, path)).status_code == status
    said = f"nothing takes {method} here; GET / tells what there is"
    assert list(seen.arrivals) == [Refused(at=1000.0, path=path, status=status, detail=said)]


async def test_what_it_offers_is_a_configuration_that_leads_to_it(world: httpx.AsyncClient, tmp_path: Path) -> None:
    (tmp_path / "omiflow.yaml").write_text((await world.get("/")).text)
    loaded = load_config(None, folder=tmp_path, environ={})
    assert loaded.problems == []
    assert loaded.config is not None
    app, omi = loaded.config.apps["default"], loaded.config.omi_base_url
    assert DEMO_DIRECTORY.keys == {app.omi_app_id: app.api_key}
    slack, hook, notion, model, phone, service = loaded.config.connections.values()
    key, token = {"Authorization": f"Bearer {app.api_key}"}, {"Authorization": f"Bearer {slack['token']}"}
    to = f"{omi}/v2/integrations/{app.omi_app_id}/notification?uid=u&message=hello"
    answers = [
        await world.post(to, headers=key),
        await world.post(f"{slack['base_url']}/chat.postMessage", headers=token, json={"channel": "#a", "text": "x"}),
        await world.post(hook["webhook_url"], json={"text": "x"}),
        await world.post(f"{notion['base_url']}/v1/pages", headers=BEARER, json={}),
        await world.post(f"{model['base_url']}/chat/completions", headers=BEARER, json=question("Hello.")),
        await world.post("/", json={"topic": phone["to"][0].rpartition("/")[2], "message": "x"}),
        await world.post(f"{service['base_url']}/lamp"),
    ]
    assert [answer.status_code for answer in answers] == [200] * 7
    assert phone["to"] == ["ntfy://world/NAME"]
    report = (await world.get("/seen")).json()
    kinds = ["notification", "slack_post", "slack_hook", "notion_page", "asked", "pushed", "http_call"]
    assert [arrival["kind"] for arrival in report["seen"]] == kinds


def test_only_the_newest_arrivals_are_kept_and_listeners_hear_all() -> None:
    heard: list[Arrival] = []
    seen = Seen(keep=2)
    seen.listen(heard.append)
    for number in range(3):
        seen.add(Notification(at=number, app_id="a", uid="u", message=str(number)))
    assert [arrival.at for arrival in seen.arrivals] == [1, 2]
    assert (seen.total, len(heard)) == (3, 3)


async def test_the_world_is_served_on_loopback() -> None:
    app = standin(DEMO_DIRECTORY, seen=Seen(), clock=lambda: 0.0)
    async with serving(app, port=0) as port, httpx.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{port}/seen")).json() == {"total": 0, "seen": []}


async def test_a_port_that_is_taken_is_said_so() -> None:
    app = standin(DEMO_DIRECTORY, seen=Seen(), clock=lambda: 0.0)
    async with serving(app, port=0) as port:
        with pytest.raises(EnvironmentFault, match=f"port {port} can't be had"):
            await serving(app, port=port).__aenter__()
