"""`file.append`: put a line behind the end of a file.

A file keeps no keys of what was appended: after a crash at the wrong moment the line is there twice.
"""

from __future__ import annotations

import anyio
from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.data import Text
from omiflow.actions.file_data import ANSWERS, Written, answer
from omiflow.actions.file_paths import misuse_of_path
from omiflow.actions.scope import Scope
from omiflow.model import Done, Outcome


class Line(Written):
    """The data of `file.append`."""

    text: Text = Field(description="What to put behind its end; a line break follows where it ends without one.")


async def perform(data: Line, scope: Scope) -> Outcome:
    """Append the text; answers `{path}`."""
    text = data.text if data.text.endswith("\n") else f"{data.text}\n"
    folder = scope.files.folder(scope.connection)
    fault = await anyio.to_thread.run_sync(folder.append, data.path, text.encode("utf-8", "replace"))
    return fault or Done(answer(data))


ACTION = Action(
    name="file.append",
    summary="Add a line to a file.",
    data=Line,
    perform=perform,
    connection="folder",
    misuse=misuse_of_path,
    placeholder=answer,
    answers=ANSWERS,
    example="""\
action: file.append
connection: vault
data: {path: "journal/{{ now.date() }}.md", text: "- {{ trigger.text }}"}
""",
)
