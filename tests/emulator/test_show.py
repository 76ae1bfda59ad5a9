from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from omiflow.emulator.answers import Prompt
from omiflow.emulator.played import Answered, Capped, Failed, Happening, Messaged, Prompted, Sent, Skipped
from omiflow.emulator.seen import (
    Arrival,
    Asked,
    Conversation,
    HttpCall,
    Memories,
    Notification,
    NotionPage,
    Pushed,
    Refused,
    SlackHook,
    SlackPost,
)
from omiflow.emulator.show import Timeline
from omiflow.omi.recorded import Recorded

MORNING = 1_795_072_440.0  # 2026-11-19 07:14 UTC


class Screen:
    def __init__(self) -> None:
        self._written = io.StringIO()
        self.timeline = Timeline(Console(file=self._written, width=100, highlight=False))

    def lines(self) -> list[str]:
        return [line.rstrip() for line in self._written.getvalue().splitlines() if line.strip()]


def sent(event: str, body: Any, *, path: str = "", at: float | None = MORNING) -> Sent:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Sent(request=Recorded(event=event, path=path, body=raw, at=at, source="day:1"), attempt=1)


def segment(text: str, *, is_user: bool = True, known_as: str | None = None) -> dict[str, Any]:
    return {"id": known_as, "text": text, "is_user": is_user, "speaker_id": 2}


def test_speech_shows_who_said_what_and_the_time_once() -> None:
    screen = Screen()
    spoken = {"segments": [segment("Did she eat?", is_user=False), segment("Twice.")]}
    screen.timeline.happened(sent("realtime_transcript", spoken))
    screen.timeline.happened(sent("realtime_transcript", {"segments": [segment("At least.")]}, at=MORNING + 3))
    assert screen.lines() == [
        "Thursday, 19 November 2026 " + "─" * 73,
        " 07:14  voice 2              Did she eat?",
        "        you                  Twice.",
        "        you                  At least.",
    ]


def test_words_that_come_again_are_marked() -> None:
    screen = Screen()
    for text in ("you think of it?", "you think of it?", "you think about it?"):
        screen.timeline.happened(sent("realtime_transcript", {"segments": [segment(text, known_as="s1")]}))
    assert [line.split("  ")[-1].strip() for line in screen.lines()[1:]] == [
        "you think of it?",
        "(sent again)",
        "(sent again, corrected)",
    ]


ITEMS = [{"description": "a", "completed": False}, {"description": "b", "completed": True}]


@pytest.mark.parametrize(
    ("event", "path", "body", "line"),
    [
        (
            "memory_created",
            "",
            {"structured": {"title": "Stand-up", "emoji": "🚲", "category": "work", "action_items": ITEMS}},
            " 07:14  conversation         🚲 Stand-up  work, 1 to do",
        ),
        ("memory_created", "", {}, " 07:14  conversation         untitled  other"),
        ("day_summary", "", {"summary_json": {"headline": "Soup"}}, " 07:14  day summary          Soup"),
        ("day_summary", "", {"summary": "{}"}, " 07:14  day summary          the day in short"),
        ("button_event", "", {"button_event": "double_tap"}, " 07:14  button               double tap"),
        ("webhook", "/hooks/t/webhook/deploy", {"a": 1, "b": None}, " 07:14  webhook              deploy  a: 1"),
        ("webhook", "/hooks/t/webhook/deploy", {"a": [1]}, ' 07:14  webhook              deploy  {"a":[1]}'),
    ],
)
def test_an_event_takes_one_line(event: str, path: str, body: Any, line: str) -> None:
    screen = Screen()
    screen.timeline.happened(sent(event, body, path=path))
    assert screen.lines()[1:] == [line]


@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"[1, 2]", b'{"segments": 3}', b'{"structured": "x"}', b"null"])
@pytest.mark.parametrize("event", ["realtime_transcript", "memory_created", "day_summary", "button_event", "webhook"])
def test_a_strange_body_does_not_end_the_show(event: str, body: bytes) -> None:
    Screen().timeline.happened(sent(event, body))


REQUEST = Recorded(event="webhook", source="day:1")
PROMPT = Prompt(prompt="Ask [bold]{{user_name}}", params=[], context={})


@pytest.mark.parametrize(
    ("happening", "line"),
    [
        (Prompted(uid="u", prompt=PROMPT), " ╰▸ prompt           Ask [bold]{{user_name}}"),
        (Capped(uid="u", prompt=PROMPT), " ╰▸ dropped          Omi takes one prompt in 30 seconds"),
        (Messaged(uid="u", message="Beware!", route="app"), " ╰▸ omi says         Beware!"),
        (
            Failed(request=REQUEST, attempt=1, reason="status 500", again_in=5),
            " ╰▸ failed           status 500; once more in 5 s",
        ),
        (
            Failed(request=REQUEST, attempt=4, reason="status 500", again_in=None),
            " ╰▸ failed           status 500; the event is lost",
        ),
        (Answered(request=REQUEST, status=200, body=b"{}", took=2.04), " ╰▸ slow             the answer took 2.0 s"),
        (Skipped(request=REQUEST, reason="'day:1' is no event"), " ╰▸ skipped          'day:1' is no event"),
    ],
)
def test_what_omi_makes_of_an_answer_stands_below_it(happening: Happening, line: str) -> None:
    screen = Screen()
    screen.timeline.happened(happening)
    assert screen.lines() == ["        " + line]


@pytest.mark.parametrize(
    "happening",
    [
        Answered(request=REQUEST, status=200, body=b"{}", took=0.01),
        Sent(request=REQUEST, attempt=2),
    ],
)
def test_an_ordinary_answer_and_another_try_take_no_line(happening: Happening) -> None:
    screen = Screen()
    screen.timeline.happened(happening)
    assert screen.lines() == []


@pytest.mark.parametrize(
    ("arrival", "lines"),
    [
        (Notification(at=0, app_id="a", uid="u", message="the dynamo"), ["╰▸ notify the dynamo"]),
        (
            Memories(at=0, app_id="a", uid="u", text="", memories=[{"content": "x"}, {"content": "y"}], text_source=""),
            ["╰▸ memory x", "╰▸ memory y"],
        ),
        (Memories(at=0, app_id="a", uid="u", text="long", memories=[], text_source=""), ["╰▸ memory long"]),
        (
            Conversation(at=0, app_id="a", uid="u", text="hi", text_source="", text_source_spec=None, language="en"),
            ["╰▸ new talk hi"],
        ),
        (
            SlackPost(at=0, channel="#b", text="*Up*\n• one", blocks=[], thread_ts=None, ts="1"),
            ["╰▸ slack #b", "*Up*", "• one"],
        ),
        (SlackHook(at=0, hook="family", text="", blocks=[{}]), ["╰▸ slack webhook family (blocks)"]),
        (
            HttpCall(at=0, method="POST", path="home/night", query={}, headers={}, body={"on": False}),
            ["╰▸ http POST /home/night on: False"],
        ),
        (
            NotionPage(at=0, title="Stalls", properties={"Who": "Mirko", "Due": None}, blocks=[]),
            ["╰▸ notion Stalls Who: Mirko"],
        ),
        (NotionPage(at=0, title="", properties={}, blocks=[{}]), ["╰▸ notion a page"]),
        (Asked(at=0, model="small", prompt="?", answer="yes"), ["╰▸ model small answers yes"]),
        (Pushed(at=0, topic="me", title="", message="x"), ["╰▸ push me x"]),
        (Pushed(at=0, topic="me", title="Call", message="her"), ["╰▸ push me", "Call", "her"]),
        (Refused(at=0, path="/v2", status=403, detail="wrong key"), ["╰▸ refused /v2: 403 wrong key"]),
    ],
)
def test_what_arrives_stands_below_what_set_it_off(arrival: Arrival, lines: list[str]) -> None:
    screen = Screen()
    screen.timeline.arrived(arrival)
    assert [" ".join(line.split()) for line in screen.lines()] == lines
