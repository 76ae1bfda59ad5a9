"""What the rest of omiflow knows about an action: its name, its data, and how it may be repeated.

The actions themselves are in the files beside this one, their list is in `table`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from omiflow.actions.data import Data
from omiflow.actions.network import NetworkPolicy
from omiflow.actions.scope import Scope
from omiflow.model import Outcome, Rejected, Retry

GIVE_UP_AFTER = 28 * 3600.0
STALE_AFTER = 600.0

Perform = Callable[[Any, Scope], Awaitable[Outcome]]
Misuse = Callable[[Mapping[str, Any], Mapping[str, Any] | None], tuple[str, str] | None]
Refusal = Callable[[Mapping[str, Any], Mapping[str, Any], NetworkPolicy], tuple[str, str] | None]
Escape = Callable[[str], str]
Fault = Callable[[Any, Mapping[str, Any], Any], Retry | Rejected | None]
EscapeAt = Callable[[tuple[str | int, ...], Mapping[str, Any]], Escape | None]


@dataclass(frozen=True, kw_only=True)
class Action:
    """Describe one thing a step can do.

    `perform` is None for inline actions, whose data goes into the answer of the call that set off the rule.
    `connection` is the type of connection it can use; `connection_setting` is the setting without which it can't work,
    None when it works without a connection. Times are seconds: `timeout` bounds one attempt, `give_up_after` all of
    them; with `stale_after_speech` a run set off by speech, a tap or a tool gives up after `STALE_AFTER` instead.
    `repeatable` is False where a second attempt may do the thing twice. `interrupts` is True where a person is
    disturbed, `inside` where nothing leaves omiflow, so that the step waits for nobody. `answers` says what each key of
    its answer is; `placeholder_answer` is what a dry-run gives to the rest of the run, `placeholder` makes it of the
    data instead. `fault` says what is wrong with an answer that somebody made up, for this data and the settings of its
    connection, as `perform` says it of one that comes; None when nothing is. `misuse` tells of data as it is written,
    and the settings of its connection (None when they are not known), what could never be done: the key and what is
    wrong; `refusal` tells of them what the network policy refuses. `escape_at` gives for a place below `data` (keys and
    numbers), and the data as it is written, how interpolated text is kept text there.
    """

    name: str
    summary: str
    data: type[Data]
    example: str
    perform: Perform | None = None
    connection: str | None = None
    connection_setting: str | None = None
    repeatable: bool = True
    timeout: float = 20.0
    attempts: int = 8
    give_up_after: float = GIVE_UP_AFTER
    stale_after_speech: bool = False
    needs_app_key: bool = False
    interrupts: bool = False
    inside: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)
    placeholder_answer: Any = None
    placeholder: Callable[[Any], Any] | None = None
    fault: Fault | None = None
    misuse: Misuse | None = None
    refusal: Refusal | None = None
    escape_at: EscapeAt | None = None

    @property
    def inline(self) -> bool:
        """Tell whether it travels in the answer of the call that set off the rule."""
        return self.perform is None

    def foretold(self, data: Data) -> Any:
        """Give the answer with which a run goes on where nothing is performed."""
        return self.placeholder_answer if self.placeholder is None else self.placeholder(data)
