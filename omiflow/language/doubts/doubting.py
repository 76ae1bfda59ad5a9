"""A rule that was compiled without a mistake and is looked through for what is hardly meant.

What is doubtful is found by the other files of this folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from omiflow.engine.conditions import Condition, Group
from omiflow.engine.rules import ActionStep, ChooseStep, IfStep, Rule, Step, Trigger, steps_inside
from omiflow.language.doubts.emitted import Emitted
from omiflow.language.doubts.payload_fields import Seen, seen_payload
from omiflow.language.scalars import resolve
from omiflow.language.telling import Loc
from omiflow.language.writing import Writing
from omiflow.speech.template import PhraseProblem, PhraseTemplate, read_phrase

MOST_SHOWN = 4
LONGEST_SHOWN = 40

_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@dataclass
class Doubting:
    """A rule that stands at `loc` of a file, and the file that warnings go to.

    `emitted` is what is known of the payloads of a rule that only emitted events set off.
    """

    writing: Writing
    rule: Rule
    loc: Loc
    emitted: Emitted | None = None

    def payload(self, says: str) -> Seen:
        """Give the payload as the rule finds it."""
        return seen_payload(self.events, says) if self.emitted is None else Seen(says, self.emitted.shapes)

    @cached_property
    def senders(self) -> tuple[str, ...]:
        """Name the events that the rule's triggers listen to, emitted ones by the name they were given."""
        return self.events if self.emitted is None else self.emitted.names

    @cached_property
    def events(self) -> tuple[str, ...]:
        """List the events that the rule's triggers listen to, by the names of the triggers."""
        return tuple(dict.fromkeys(trigger.listens_to for trigger in self.rule.triggers))

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """List all steps of the rule, each before those inside it."""
        return tuple(every_step(self.rule))

    @property
    def said_events(self) -> str:
        """Name the events of the rule in a sentence that denies something of all of them."""
        return joined(self.events, "or")

    def loc_of(self, path: str) -> Loc:
        """Give the location of a part of the rule, by its path inside the rule."""
        return (*self.loc, *parts_of(path))

    def warn(self, loc: Loc, message: str, *, code: str, of_key: bool = False) -> None:
        """Report something hardly meant at the place of a value, or of its key."""
        self.writing.warn(loc, message, code=code, of_key=of_key)

    def warn_inside(self, loc: Loc, word: str, message: str, *, code: str, offset: int | None = None) -> None:
        """Report something hardly meant at a word of a text; without an offset, where the text first has it."""
        text = self.written(loc)
        at = text.find(word) if offset is None and isinstance(text, str) else offset or 0
        length = max(1, len(word))
        self.writing.wrong_inside(loc, max(at, 0), message, code=code, length=length, severity="warning")

    def written(self, loc: Loc) -> object:
        """Give the value at a location as it is written, None where there is none."""
        value: object = self.writing.source.value
        for part in loc:
            if isinstance(value, list) and isinstance(part, int):
                value = value[part]
            elif isinstance(value, dict):
                value = value.get(part)
            else:
                return None
        return value

    def phrases(self) -> Iterator[tuple[Trigger, Loc, PhraseTemplate]]:
        """Give the phrases of the triggers that can be understood, and where they stand."""
        for number, trigger in enumerate(self.rule.triggers):
            for place, phrase in enumerate(trigger.phrases):
                with suppress(PhraseProblem):
                    yield trigger, (*self.loc, "triggers", number, "phrases", place), read_phrase(phrase)

    def conditions(self) -> Iterator[Condition]:
        """Give all conditions of the rule and of its steps, also those inside others."""
        waiting: list[Condition] = [condition for listed in self.lists_of_conditions() for condition in listed][::-1]
        while waiting:
            condition = waiting.pop()
            yield condition
            if isinstance(condition, Group):
                waiting += condition.inner[::-1]

    def lists_of_conditions(self) -> Iterator[tuple[Condition, ...]]:
        """Give each list of conditions of which all must hold: the rule's own first, then those of its steps."""
        yield self.rule.conditions
        for step in self.steps:
            if isinstance(step, ActionStep | IfStep) and isinstance(step.check, tuple):
                yield step.check
            elif isinstance(step, ChooseStep):
                yield from (choice.conditions for choice in step.choices)


def parts_of(path: str) -> Loc:
    """Give the keys and numbers that the path of a part of a rule is made of."""
    return tuple(name or int(number) for name, number in _PART.findall(path))


def every_step(rule: Rule) -> Iterator[Step]:
    """Give all steps of a rule, each before those inside it."""
    waiting = list(rule.actions[::-1])
    while waiting:
        step = waiting.pop()
        yield step
        waiting += steps_inside(step)[::-1]


def shown(value: object) -> str:
    """Write a value as YAML would want it, text in quotes where it looks like something else, long lists cut."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, list):
        return f"[{', '.join(shown(one) for one in value[:MOST_SHOWN])}{', …' if len(value) > MOST_SHOWN else ''}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {shown(one)}' for name, one in value.items())}}}"
    text = str(value)
    text = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
    return f'"{text}"' if isinstance(value, str) and not isinstance(resolve(value), str) else text


def joined(names: Sequence[str], word: str = "and") -> str:
    """Give names as a sentence has them."""
    return f" {word} ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
