"""Tells on a terminal what is played and what came of it, as one timeline.

Where on the line it stands is left to `rows`.
"""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from omiflow.emulator.played import Answered, Capped, Failed, Happening, Messaged, Prompted, Sent, Skipped
from omiflow.emulator.rows import Rows
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
from omiflow.omi.recorded import Recorded, event_of

WEARER = "bold cyan"
OTHERS = "blue"
WORLD = "bold magenta"
RESULT = "bold green"
FAULT = "bold red"
PLACEHOLDER = re.compile(r"\{\{.*?\}\}")
SLOW = 1.0


class Timeline:
    """A listener to both sides of the stand-in that prints what it hears; times are shown in `timezone`."""

    def __init__(self, console: Console, *, timezone: tzinfo = UTC) -> None:
        self.rows = Rows(console, timezone=timezone)
        self._words: dict[str, str] = {}

    def happened(self, happening: Happening) -> None:
        """Print what the sender did, or what Omi made of an answer."""
        match happening:
            case Sent(attempt=1, request=request):
                self._sent(request)
            case Failed(reason=reason, again_in=None):
                self.rows.result("failed", f"{reason}; the event is lost", style=FAULT)
            case Failed(reason=reason, again_in=wait):
                self.rows.result("failed", f"{reason}; once more in {wait:g} s", style=FAULT)
            case Answered(took=took) if took >= SLOW:
                self.rows.result("slow", f"the answer took {took:.1f} s", style=FAULT)
            case Messaged(message=message):
                self.rows.result("omi says", message, style=RESULT)
            case Prompted(prompt=prompt):
                self.rows.result("prompt", _prompt(prompt.prompt), style=RESULT)
            case Capped():
                self.rows.result("dropped", "Omi takes one prompt in 30 seconds", style=FAULT)
            case Skipped(reason=reason):
                self.rows.result("skipped", reason, style=FAULT)

    def arrived(self, arrival: Arrival) -> None:
        """Print what came in at one of the stand-in's APIs."""
        match arrival:
            case Notification(message=message):
                self.rows.result("notify", message, style=RESULT)
            case Memories(memories=memories, text=text):
                for content in [memory["content"] for memory in memories] or [text or ""]:
                    self.rows.result("memory", content, style=RESULT)
            case Conversation(text=text):
                self.rows.result("new talk", text, style=RESULT)
            case SlackPost(channel=channel, text=text):
                self.rows.result("slack", _headed(channel, text or "(blocks)"), style=RESULT)
            case SlackHook(hook=hook, text=text):
                self.rows.result("slack", _headed(f"webhook {hook}", text or "(blocks)"), style=RESULT)
            case NotionPage(title=title, properties=properties):
                self.rows.result("notion", _headed(title or "a page", _brief(properties)), style=RESULT)
            case Asked(model=model, answer=answer):
                self.rows.result("model", _headed(f"{model} answers", answer), style=RESULT)
            case Pushed(topic=topic, title=title, message=message):
                said = f"{title}\n{message}" if title else message
                self.rows.result("push", _headed(topic, said), style=RESULT)
            case HttpCall(method=method, path=path, body=body):
                self.rows.result("http", _headed(f"{method} /{path}", _brief(body)), style=RESULT)
            case Refused(path=path, status=status, detail=detail):
                self.rows.result("refused", f"{path}: {status} {detail}", style=FAULT)

    def _sent(self, request: Recorded) -> None:
        body = _decoded(request.body)
        event, webhook = event_of(request) or ("request", None)
        match event:
            case "realtime_transcript":
                self._speech(_at(body, "segments") or body, at=request.at)
            case "memory_created":
                self._world(request, "conversation", _conversation(_at(body, "structured")))
            case "day_summary":
                summary = _at(body, "summary_json")
                headline = f"{_at(summary, 'day_emoji') or ''} {_at(summary, 'headline') or 'the day in short'}"
                self._world(request, "day summary", headline.strip())
            case "button_event":
                self._world(request, "button", str(_at(body, "button_event") or "tap").replace("_", " "))
            case _:
                self._world(request, event, _headed(webhook or request.path, _brief(body)))

    def _world(self, request: Recorded, name: str, text: str | Text) -> None:
        self.rows.event(name, text, at=request.at, style=WORLD)

    def _speech(self, segments: Any, *, at: float | None) -> None:
        for segment in segments if isinstance(segments, list) else []:
            text, known = str(_at(segment, "text") or ""), str(_at(segment, "id"))
            name, style = ("you", WEARER) if _at(segment, "is_user") else (_voice(segment), OTHERS)
            again = self._words.get(known)
            if known != "None":
                self._words[known] = text
            note = "" if again is None else "  (sent again)" if again == text else "  (sent again, corrected)"
            self.rows.event(name, Text.assemble(text, (note, "dim")), at=at, style=style)


def _voice(segment: Any) -> str:
    return f"voice {_at(segment, 'speaker_id') or 0}"


def _conversation(structured: Any) -> Text:
    items = [item for item in _at(structured, "action_items") or [] if not _at(item, "completed")]
    title = f"{_at(structured, 'emoji') or ''} {_at(structured, 'title') or 'untitled'}".strip()
    facts = [str(_at(structured, "category") or "other")]
    if items:
        facts.append(f"{len(items)} to do")
    return Text.assemble((title, "bold"), ("  " + ", ".join(facts), "dim"))


def _prompt(prompt: str) -> Text:
    text = Text(prompt, style="italic")
    text.highlight_regex(PLACEHOLDER, "bold yellow")
    return text


def _headed(head: str, text: str) -> Text:
    lines = text.strip("\n")
    return Text.assemble((head, "bold"), "\n" if "\n" in lines else "  ", lines)


def _brief(body: Any) -> str:
    """Give a flat object as `name: value` pairs, anything else as JSON."""
    if body is None:
        return ""
    if isinstance(body, dict) and not any(isinstance(value, dict | list) for value in body.values()):
        return " · ".join(f"{name}: {value}" for name, value in body.items() if value is not None)
    return body if isinstance(body, str) else msgspec.json.encode(body).decode()


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _at(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
