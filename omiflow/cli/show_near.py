"""Near misses told for people, with the lines to add to rule files, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from omiflow.cli.page import Page
from omiflow.language.phrase_places import PhrasesPlace
from omiflow.omi.times import iso
from omiflow.speech.near import Offer, misheard
from omiflow.store.near_misses import NearMiss


@dataclass(frozen=True)
class Nearly:
    """What nearly was a phrase of a rule, the closest first, and where the `phrases` stand that have it.

    `offers` has a phrase for each that hears it, None where it would keep another phrase of the rule from being heard.
    """

    rule: str
    phrase: str
    file: str
    place: PhrasesPlace
    misses: Sequence[NearMiss]
    offers: Sequence[Offer | None]
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
        _tell_offers(page, one)
        if one.mostly_misheard:
            page.line("most of it is only misheard: `match: fuzzy` at this trigger hears that by itself", indent=2)


def _tell_offers(page: Page, one: Nearly) -> None:
    where = f"`phrases:` in {one.file}:{one.place.line}"
    beside = [offer.line for offer in one.offers if offer is not None and not offer.instead]
    instead = [offer.line for offer in one.offers if offer is not None and offer.instead]
    in_brackets = one.place.indent is None
    if beside:
        place = f"at the beginning of the brackets of {where}" if in_brackets else f"below {where}"
        page.line(f"to hear it too, add {place}", indent=2)
        _tell_lines(page, [", ".join(map(_unlisted, beside)) + ","] if in_brackets else beside, one)
    if instead:
        choice = "one of these " if len(instead) > 1 else ""
        page.line(f"to hear it too, write {choice}in the place of “{one.phrase}” in {where}", indent=2)
        _tell_lines(page, list(map(_unlisted, instead)) if in_brackets else instead, one)
    if None in one.offers:
        what = "the rest" if beside or instead else "it"
        page.line(f"a phrase that hears {what} too would keep others of this rule from being heard", indent=2)


def _tell_lines(page: Page, lines: Sequence[str], one: Nearly) -> None:
    for text in lines:
        page.line((text, "green"), indent=one.place.indent or 0)


def _unlisted(line: str) -> str:
    return line.removeprefix("- ")


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
                        "add": None if offer is None else offer.line,
                        "instead": offer is not None and offer.instead,
                    }
                    for miss, offer in zip(one.misses, one.offers, strict=True)
                ],
            }
            for one in found
        ]
    }
