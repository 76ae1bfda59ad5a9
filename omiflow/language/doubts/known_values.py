"""The values that Omi gives to those fields that have a fixed choice (Omi's protocol, 1.4 and 1.7).

Comparing them with what a rule asks for is left to `values`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class KnownValues:
    """Values of a field; `closed` tells that there are no others."""

    values: tuple[str, ...]
    closed: bool = False


def _closed(values: str) -> KnownValues:
    return KnownValues(tuple(values.split()), closed=True)


def _open(values: str) -> KnownValues:
    return KnownValues(tuple(values.split()))


_ITEMS = ("memory_created", "structured", "action_items")

KNOWN_VALUES: Mapping[tuple[str, ...], KnownValues] = MappingProxyType(
    {
        ("memory_created", "structured", "category"): _closed(
            "personal education health finance legal philosophy spiritual science entrepreneurship parenting romantic "
            "travel inspiration technology business social work sports politics literature history architecture music "
            "weather news entertainment psychology real design family economics environment other"
        ),
        ("memory_created", "visibility"): _closed("private shared public"),
        ("memory_created", "status"): _closed("completed in_progress processing failed"),
        ("memory_created", "source"): _open(
            "omi friend fieldy bee plaud frame friend_com apple_watch phone phone_call desktop openglass screenpipe "
            "workflow sdcard external_integration limitless rayban_meta onboarding unknown"
        ),
        (*_ITEMS, "capture_owner"): _closed("user other unknown"),
        (*_ITEMS, "due_certainty"): _closed("confirmed tentative"),
        (*_ITEMS, "capture_kind"): _open("explicit_command clear_commitment direct_request inferred_next_step"),
        (*_ITEMS, "candidate_action"): _open("create update complete"),
        ("memory_created", "structured", "sections", "kind"): _open("main side_notes"),
        ("memory_created", "structured", "meeting_type"): _open(
            "interview intro sales customer one_on_one team_sync planning demo social other"
        ),
        ("memory_created", "structured", "participants", "source"): _open("roster transcript"),
        ("memory_created", "structured", "insights", "kind"): _open("prior_meeting goal memory person"),
        ("memory_created", "transcript_segments", "speaker_label_source"): _open("manual auto carried"),
        ("button_event", "gesture"): _closed("single_tap double_tap long_tap"),
    }
)
"""By event and path of fields; lists on the way are passed through."""
