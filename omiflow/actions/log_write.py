"""`log.write`: leave a line in omiflow's own log; where logs go is left to the configuration."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.data import Data, Templated, Text
from omiflow.actions.scope import Scope
from omiflow.model import Done, Outcome


class LogLine(Data):
    """The data of `log.write`."""

    message: Text = Field(description="What to write, as it is.")
    level: Templated[Literal["debug", "info", "warning", "error"]] = Field(
        default="info", description="How much it matters."
    )


async def perform(data: LogLine, scope: Scope) -> Outcome:
    """Write the line as a value of its own, so that nothing in it is read as a format or another line."""
    write = {
        "debug": scope.log.debug,
        "info": scope.log.info,
        "warning": scope.log.warning,
        "error": scope.log.error,
    }[data.level]
    write("log.write", message=data.message, run_id=scope.run_id, step=scope.step)
    return Done()


ACTION = Action(
    name="log.write",
    summary="Write a line into omiflow's log.",
    data=LogLine,
    perform=perform,
    example="""\
action: log.write
data: {message: "heard {{ trigger.text }}", level: debug}
""",
)
