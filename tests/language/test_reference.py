"""The reference page is what the descriptions give; `pytest tests/language --update` writes it anew."""

from __future__ import annotations

import re
from pathlib import Path

from omiflow.actions.table import ACTIONS
from omiflow.engine.filters import FILTERS
from omiflow.engine.names import NAMES
from omiflow.engine.operators import OPERATORS
from omiflow.language.codes import CODES
from omiflow.language.reference import reference
from omiflow.language.settings.spec import CONNECTIONS
from omiflow.language.spec_conditions import CONDITIONS
from omiflow.language.spec_rules import TRIGGERS
from omiflow.language.spec_steps import STEPS

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"
TEXT = reference(ACTIONS)


def test_the_page_is_up_to_date(update: bool) -> None:
    if update:
        PAGE.write_text(TEXT)
    assert PAGE.read_text() == TEXT


def test_everything_has_its_place() -> None:
    titles = re.findall(r"^#+ `(.+)`$", TEXT, re.MULTILINE)
    assert titles == [*TRIGGERS, *CONDITIONS, *STEPS, *ACTIONS, *CONNECTIONS]
    rows = set(re.findall(r"^\| (?:\*\*)?`([^`(]+)", TEXT, re.MULTILINE))
    assert {*OPERATORS, *NAMES, *FILTERS, *CODES} <= rows


def test_every_row_of_a_table_has_the_cells_of_its_head() -> None:
    for table in re.findall(r"((?:^\|.*\|\n)+)", TEXT, re.MULTILINE):
        cells = {len(re.split(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(cells) == 1, table


def test_no_cell_that_tells_what_something_is_is_empty() -> None:
    lines = TEXT.splitlines()
    assert [
        line for line in lines if re.search(r"\| *\|$", line) and not line.startswith(("| `not`", "| `ignore_case`"))
    ] == []
