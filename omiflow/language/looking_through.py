"""Telling the mistakes of a rule or test, also those below a misspelt key.

What a misspelt key stands for is guessed by `salvage`, what a mistake is called is said by `mistakes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from omiflow.language.mistakes import problems_of
from omiflow.language.salvage import MOST_ROUNDS, as_meant, complaints, only_guessed
from omiflow.language.telling import Loc
from omiflow.language.writing import Writing


def look_through(
    writing: Writing, form: type[BaseModel], raw: Any, errors: Sequence[ErrorDetails], loc: Loc
) -> tuple[Any, list[ErrorDetails], list[ErrorDetails]]:
    """Report what pydantic complains about in a form at `loc`, and in what its misspelt parts were meant to be.

    Gives the form as it was meant, the complaints about what was misspelt, and those that are left. The source of
    `writing` is left as it was meant too.
    """
    misspelt: list[ErrorDetails] = []
    left = list(errors)
    for _ in range(MOST_ROUNDS):
        meant = as_meant(form, raw, left)
        if not meant.misspelt:
            break
        writing.problems += problems_of(meant.misspelt, source=writing.source, model=form, prefix=loc)
        for place, name in meant.renamed:
            writing.source = writing.source.renamed((*loc, *place), name)
        misspelt += meant.misspelt
        raw, left = meant.raw, complaints(form, meant.raw)
    told = [one for one in left if not only_guessed(one, misspelt)]
    writing.problems += problems_of(told, source=writing.source, model=form, prefix=loc)
    return raw, misspelt, left
