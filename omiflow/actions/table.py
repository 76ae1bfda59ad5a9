"""All actions by name; what each does is left to its own file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from omiflow.actions import (
    http_request,
    log_write,
    omi_create_conversation,
    omi_create_memories,
    omi_notify,
    omi_prompt,
    omi_reply,
    slack_post_message,
    slack_webhook,
)
from omiflow.actions.action import Action

ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        action.name: action
        for action in (
            omi_prompt.ACTION,
            omi_reply.ACTION,
            omi_notify.ACTION,
            omi_create_conversation.ACTION,
            omi_create_memories.ACTION,
            slack_post_message.ACTION,
            slack_webhook.ACTION,
            http_request.ACTION,
            log_write.ACTION,
        )
    }
)

PLANNED: frozenset[str] = frozenset(
    (
        "file.append",
        "file.write",
        "list.add",
        "list.get",
        "list.take",
        "llm.ask",
        "notify.send",
        "notion.append",
        "notion.create_page",
        "notion.query",
        "notion.update_page",
        "omi.create_facts",
        "omi.read_conversations",
        "omi.read_memories",
        "omi.read_tasks",
        "omi.search_conversations",
        "slack.update_message",
        "value.add",
        "value.get",
        "value.set",
    )
)
