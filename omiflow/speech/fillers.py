"""The sounds people make while they look for words.

Only sounds that mean nothing in ordinary phrases are here; a phrase that has one of them wants to hear it, which the
phrase index sees to. What an owner adds in `omiflow.yaml` may be any word.
"""

from __future__ import annotations

from collections.abc import Mapping

from omiflow.speech.languages import bare

FILLERS_OF: Mapping[str, frozenset[str]] = {
    "en": frozenset({"um", "umm", "uh", "uhh", "uhm", "erm", "hm", "hmm", "hmmm", "mm", "mmm", "mhm"}),
    "de": frozenset({"äh", "ähh", "ähm", "öh", "öhm", "hm", "hmm", "mhm"}),
    "fr": frozenset({"euh", "heu", "hm", "hmm"}),
    "es": frozenset({"eh", "ehm", "mmm"}),
    "it": frozenset({"eh", "ehm", "mmm"}),
    "nl": frozenset({"uh", "uhm", "eh", "ehm", "hmm"}),
    "sv": frozenset({"öh", "öhm", "äh", "hmm"}),
    "pl": frozenset({"yyy", "eee", "mmm"}),
    "ru": frozenset({"эм", "ээ", "эээ", "мм", "ммм", "хм", "хмм"}),
}
FILLERS: frozenset[str] = frozenset().union(*FILLERS_OF.values())


def fillers_of(language: str | None, more: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Give the fillers of a language (ISO 639-1, any case, with or without a region), `more` by language among them.

    Of a language that isn't known all there are; of one without a table of its own, all tables.
    """
    if language is None:
        return FILLERS.union(*more.values())
    spoken = bare(language)
    known, added = FILLERS_OF.get(spoken, FILLERS), more.get(spoken)
    return known | added if added else known
