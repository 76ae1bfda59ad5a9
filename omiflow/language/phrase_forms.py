"""The forms of phrases for people to read, each with words that it fits; what they mean is decided in `speech`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PhraseForm:
    """One form: a phrase that shows it, what it means, and words that are heard as it."""

    phrase: str
    means: str
    heard: str


PHRASE_FORMS = (
    PhraseForm("what do you think", "These words in this order, next to each other.", "So, what do you think?"),
    PhraseForm("hey omi [what do you] think", "Bracketed words may be missing.", "Hey Omi, think."),
    PhraseForm("should I (really|actually) go", "One of these.", "Should I actually go?"),
    PhraseForm("wake me [(up|again)] now", "Brackets and choices may stand inside each other.", "Wake me up now."),
    PhraseForm(
        "remind me to {task}",
        "A slot: the fewest words that let the rest fit; at the end, all words up to a pause or a full stop.",
        "Remind me to call Ana tomorrow.",
    ),
    PhraseForm(
        "{person:list people} called",
        "A slot that takes an entry of the list `people` and gives its value.",
        "Ana called.",
    ),
    PhraseForm(
        "I spent {amount:number} [euros]",
        "A slot that takes a number, in words or in digits, and gives it.",
        "I spent twelve fifty.",
    ),
    PhraseForm(
        "wake me {when:time}",
        "A slot that takes a time and gives its moment in the user's zone, the next one where several could be meant.",
        "Wake me tomorrow at nine.",
    ),
)
"""The forms that a phrase may be made of."""
