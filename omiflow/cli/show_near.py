"""Near misses told for people, with the lines to add to rule files, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from omiflow.cli.page import Page
from omiflow.language.phrase_places import PhrasesPlace
from omiflow.omi.times import iso
from omiflow.speech.near import Near, line, misheard
from omiflow.store.near_misses import NearMiss


@dataclass(frozen=True)
class Nearly:
    """What nearly was a phrase of a rule, the closest first, and where the `phrases` stand that have it."""

    rule: str
    phrase: str
    file: str
    place: PhrasesPlace
    misses: Sequence[NearMiss]
    fuzzy: bool

    @property
    def mostly_misheard(self) -> bool:
        """Tell whether `match: fuzzy` would hear most of them."""
        would = sum(misheard(self.phrase, miss.said) for miss in self.misses)
        return not self.fuzzy and 2 * would > len(self.misses)


def tell_near(page: Page, found: Sequence[Nearly], *, zone: str, clock: Callable[[float], str]) -> None:
    """Tell what was said, and below it what to add, ready to be pasted."""
    for number, one in enumerate(found):
        if number:
            page.line()
        page.line((one.rule, "bold"), "  nearly “", (one.phrase, "italic"), "”")
        rows = [(miss.said, str(miss.edits), str(miss.count), clock(miss.at)) for miss in one.misses]
        page.rows(("said", "letters", "times", f"last, {zone}"), rows)
        where = f"{one.file}:{one.place.line}"
        lines = [_line(one.phrase, miss) for miss in one.misses]
        if one.place.indent is None:
            page.line(f"to hear it too, add inside the brackets of `phrases:` in {where}", indent=2)
            page.line((", ".join(text.removeprefix("- ") for text in lines) + ",", "green"))
        else:
            page.line(f"to hear it too, add below `phrases:` in {where}", indent=2)
            for text in lines:
                page.line((text, "green"), indent=one.place.indent)
        if one.mostly_misheard:
            page.line("most of it is only misheard: `match: fuzzy` at this trigger hears that by itself", indent=2)


def near_document(found: Sequence[Nearly]) -> dict[str, Any]:
    """Give the JSON document of near misses: phrases in the order of the files, each with its misses."""
    return {
        "near": [
            {
                "rule": one.rule,
                "phrase": one.phrase,
                "file": one.file,
                "line": one.place.line,
                "fuzzy_hears_most": one.mostly_misheard,
                "misses": [
                    {
                        "said": miss.said,
                        "edits": miss.edits,
                        "count": miss.count,
                        "at": iso(miss.at),
                        "app": miss.app,
                        "uid": miss.uid,
                        "event_id": miss.event_id,
                        "add": _line(one.phrase, miss),
                    }
                    for miss in one.misses
                ],
            }
            for one in found
        ]
    }


def _line(phrase: str, miss: NearMiss) -> str:
    return line(Near(phrase, miss.said, miss.edits))
