"""What both ways of writing a file take and answer."""

from __future__ import annotations

from pydantic import Field

from omiflow.actions.data import Data, Text

ANSWERS = {"path": "The file's path, as it was given."}


class Written(Data):
    """A file to write."""

    path: Text = Field(description="The file, in the folder of the connection or in `files` of the data folder.")


def answer(data: Written) -> dict[str, str]:
    """Give what the rest of the run learns."""
    return {"path": data.path}
