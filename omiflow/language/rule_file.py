"""A rule file as it is read, with its outermost keys as they were meant.

What stands below them is left to `outline` and `load`.
"""

from __future__ import annotations

from dataclasses import replace

from omiflow.language.codes import UNKNOWN_KEY
from omiflow.language.nearest import offer
from omiflow.language.salvage import certain
from omiflow.language.source import Source, read
from omiflow.language.spec_rules import RuleFileSpec
from omiflow.language.telling import at


def read_rule_file(text: str, *, file: str) -> Source:
    """Read a rule file; what is wrong with it, misspelt outermost keys too, is in the source's problems."""
    source = read(text, file=file)
    for key in [*source.value] if isinstance(source.value, dict) else ():
        name = certain(key, RuleFileSpec) if isinstance(key, str) else None
        if name is not None and name != key and name not in source.value:
            told = at(source, (key,), f"unknown key '{key}'{offer(key, name)}", code=UNKNOWN_KEY, of_key=True)
            source = replace(source.renamed((key,), name), problems=[*source.problems, told])
    return source
