"""`file.write`: put a whole file in the place of what was there."""

from __future__ import annotations

from functools import partial

import anyio
from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.data import Text
from omiflow.actions.file_data import ANSWERS, Written, answer
from omiflow.actions.file_paths import misuse_of_path
from omiflow.actions.scope import Scope
from omiflow.model import Done, Outcome


class Content(Written):
    """The data of `file.write`."""

    text: Text = Field(description="All that is in it afterwards.")


async def perform(data: Content, scope: Scope) -> Outcome:
    """Write the file; answers `{path}`."""
    folder = scope.files.folder(scope.connection)
    text, step = data.text.encode("utf-8", "replace"), f"{scope.run_id}:{scope.step}"
    fault = await anyio.to_thread.run_sync(partial(folder.write, step=step), data.path, text)
    return fault or Done(answer(data))


ACTION = Action(
    name="file.write",
    summary="Write a file, in the place of what was there.",
    data=Content,
    perform=perform,
    connection="folder",
    misuse=misuse_of_path,
    placeholder=answer,
    answers=ANSWERS,
    example="""\
action: file.write
connection: vault
data: {path: "meetings/{{ event.id }}.md", text: "# {{ event.structured.title }}"}
""",
)
