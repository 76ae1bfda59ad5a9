"""What a call carries of what its user is owed."""

from __future__ import annotations

import pytest

from omiflow.engine.owing import WAITS, carried, prompt_spends, said_by
from omiflow.model import Owed

NOW = 1_000.0


def owed(name: str, field: str, *, decided: float = NOW) -> Owed:
    return Owed(run_id=name, path="actions[0]", field=field, value=name, until=decided + WAITS)


OLD, NEW = owed("old", "message"), owed("new", "message", decided=NOW + 1)
PROMPT = owed("prompt", "notification")
BOTH = ("notification", "message")


@pytest.mark.parametrize(
    ("waiting", "answer", "after", "fields", "prompted", "expected"),
    [
        ([], {}, 5, BOTH, [], []),
        ([OLD, NEW], {}, 5, BOTH, [], [OLD]),
        ([OLD, PROMPT, NEW], {}, 5, BOTH, [NOW], [OLD, PROMPT]),
        ([OLD, PROMPT], {"message": "own"}, 5, BOTH, [NOW], [PROMPT]),
        ([OLD, PROMPT], {"notification": {}}, 5, BOTH, [NOW], [OLD]),
        ([OLD, PROMPT], {}, 5, ("message",), [NOW], [OLD]),
        ([OLD, NEW], {}, 60, BOTH, [], [OLD]),
        ([OLD, NEW], {}, 60.5, BOTH, [], [NEW]),
        ([PROMPT], {}, 40, BOTH, [NOW, NOW + 31], []),
        ([PROMPT], {}, 60, BOTH, [NOW, NOW + 30], [PROMPT]),
    ],
)
def test_a_call_carries_what_waited_longest_and_omi_reads(waiting, answer, after, fields, prompted, expected):  # noqa: PLR0917
    assert carried(waiting, answer, now=NOW + after, fields=fields, prompted=prompted) == expected


def test_a_prompt_that_is_carried_begins_omis_pause_anew():
    [spend] = prompt_spends([OLD, PROMPT], key="k", now=NOW)
    assert (spend.tally, spend.key, spend.at, spend.expires) == ("omi.prompt", "k", NOW, NOW + 30)


def test_what_was_carried_is_told_as_the_data_of_its_step():
    prompt = Owed(run_id="r", path="p", field="notification", value={"prompt": "well?", "params": []}, until=NOW)
    assert (said_by(OLD), said_by(prompt)) == ({"message": "old"}, {"prompt": "well?"})
