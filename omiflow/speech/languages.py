"""Names of languages, as Omi and people write them.

What is known of a language is told by those who ask.
"""

from __future__ import annotations


def bare(language: str) -> str:
    """Give the code of a language without its region: `de` for "de", "DE", "de-AT" and "de_AT" (ISO 639-1)."""
    return language.replace("_", "-").partition("-")[0].casefold()
