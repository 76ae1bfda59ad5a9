"""Markdown as a key of an action's data, bounded so that what somebody writes to slow a parser down stays bearable."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from omiflow.actions.data import Text

MOST_MARKDOWN = 100_000


def _bounded(text: str) -> str:
    if len(text) > MOST_MARKDOWN:
        raise ValueError(f"'markdown' has {len(text):,} characters; at most {MOST_MARKDOWN:,} are taken")
    return text


Markdown = Annotated[Text, AfterValidator(_bounded)]
