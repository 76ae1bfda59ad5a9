"""Notifications through Apprise, to a real server on loopback."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest

from omiflow.actions.apprise_library import is_service, kind_of_service
from omiflow.actions.data import rendered
from omiflow.actions.scope import Scope
from omiflow.actions.table import ACTIONS
from omiflow.model import Done, Outcome, Rejected, Retry

MakeScope = Callable[..., Scope]
ACTION = ACTIONS["notify.send"]


async def send(scope: Scope, **data: Any) -> Outcome:
    assert ACTION.perform is not None
    return await ACTION.perform(rendered(ACTION.data, data), scope)


def to(*urls: str) -> dict[str, Any]:
    return {"type": "notify", "to": list(urls)}


async def test_every_service_of_the_connection_gets_the_text_as_it_is(server: Any, scope: MakeScope) -> None:
    server.answers(200)
    services = to(f"json://127.0.0.1:{server.port}/a", f"json://127.0.0.1:{server.port}/b")
    text = "<b>Tea</b> & **cake** :smile: \\n {{ 7*7 }}"
    assert await send(scope(connection=services), message=text, title="Omi <i>") == Done()
    assert sorted(seen.path.rstrip("/") for seen in server.seen) == ["/a", "/b"]
    assert [(body["title"], body["message"]) for body in (json.loads(seen.body) for seen in server.seen)] == [
        ("Omi <i>", text),
        ("Omi <i>", text),
    ]


async def test_a_service_that_does_not_take_it_is_tried_again(server: Any, scope: MakeScope) -> None:
    server.answers(500)
    services = to(f"json://127.0.0.1:{server.port}/secret-topic")
    outcome = await send(scope(connection=services), message="tea")
    assert outcome == Retry("service 1 of 1 ('json') did not take the notification")


async def test_one_dead_service_does_not_keep_the_others_from_it(server: Any, scope: MakeScope) -> None:
    server.answers(200)
    services = to("json://127.0.0.1:1/dead", f"json://127.0.0.1:{server.port}/alive")
    outcome = await send(scope(connection=services), message="tea")
    assert outcome == Retry("service 1 of 2 ('json') did not take the notification")
    assert [seen.path.rstrip("/") for seen in server.seen] == ["/alive"]


async def test_a_service_that_hangs_is_given_up_in_time(server: Any, scope: MakeScope) -> None:
    server.outlasts()
    services = to(f"json://127.0.0.1:{server.port}/?rto=30")
    outcome = await send(scope(connection=services), message="tea")
    assert outcome == Retry("service 1 of 1 ('json') did not answer within 20 s")


async def test_a_redirect_is_not_followed(server: Any, scope: MakeScope) -> None:
    server.answers(302, b"", {"Location": "/elsewhere"})
    assert isinstance(await send(scope(connection=to(f"json://127.0.0.1:{server.port}/a")), message="tea"), Retry)
    assert len(server.seen) == 1


@pytest.mark.parametrize("services", [{"type": "notify"}, to(), to("nonsense://secret-topic")])
async def test_without_a_service_it_is_rejected(scope: MakeScope, services: dict[str, Any]) -> None:
    outcome = await send(scope(connection=services), message="tea")
    assert isinstance(outcome, Rejected)
    assert "secret" not in outcome.reason


async def test_nothing_of_a_service_is_logged(server: Any, scope: MakeScope, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers(404)
    services = to(f"json://user:hunter2@127.0.0.1:{server.port}/secret-topic", "nonsense://secret-topic")
    await send(scope(connection=services), message="tea")
    assert not re.search("secret-topic|hunter2|tea", caplog.text)


@pytest.mark.parametrize(
    "url", ["ntfys://topic", "mailto://kim:secret@example.com", "json://127.0.0.1", "NTFYS://topic"]
)
def test_a_url_of_a_service_is_known(url: str) -> None:
    assert is_service(url)
    assert kind_of_service(url) in ("ntfys", "mailto", "json")


@pytest.mark.parametrize(
    "url", ["", "topic", "https://example.com", "slack://x", "file:///etc/passwd", "json://", "\0"]
)
def test_other_urls_are_not(url: str) -> None:
    assert not is_service(url)
