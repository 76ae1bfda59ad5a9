"""All actions by name; what each does is left to its own file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from omiflow.actions import (
    file_append,
    file_write,
    http_request,
    list_add,
    list_get,
    list_take,
    llm_ask,
    log_write,
    notify_send,
    notion_append,
    notion_create_page,
    notion_query,
    notion_update_page,
    omi_create_conversation,
    omi_create_facts,
    omi_create_memories,
    omi_notify,
    omi_prompt,
    omi_reply,
    slack_post_message,
    slack_update_message,
    slack_webhook,
    value_add,
    value_get,
    value_set,
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
            omi_create_facts.ACTION,
            slack_post_message.ACTION,
            slack_update_message.ACTION,
            slack_webhook.ACTION,
            notion_create_page.ACTION,
            notion_append.ACTION,
            notion_update_page.ACTION,
            notion_query.ACTION,
            http_request.ACTION,
            notify_send.ACTION,
            llm_ask.ACTION,
            file_append.ACTION,
            file_write.ACTION,
            list_add.ACTION,
            list_take.ACTION,
            list_get.ACTION,
            value_set.ACTION,
            value_add.ACTION,
            value_get.ACTION,
            log_write.ACTION,
        )
    }
)

PLANNED: frozenset[str] = frozenset(
    (
        "omi.read_conversations",
        "omi.read_memories",
        "omi.read_tasks",
        "omi.search_conversations",
    )
)
