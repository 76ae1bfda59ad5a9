"""Where sentences end in written text, of any script.

Which words were said in one sentence is decided by `speech`, which has no need to know an abbreviation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CLOSING = "[\"'\u2019\u201d\u00bb)\\]\u300d\u300f\uff09]*"
_ARABIC_TO_KHMER = "\u061f\u06d4\u0589\u0964\u0965\u104b\u1362\u17d4"
_CHINESE_AND_JAPANESE = "\u3002\uff01\uff0e\uff1f\uff61"
_MARK = re.compile(  # with a run of marks taken as a whole, so that it is looked at once
    rf"(?<![.!?\u2026])[.!?\u2026]++{_CLOSING}+(?=\s|\Z)|[{_ARABIC_TO_KHMER}{_CHINESE_AND_JAPANESE}]+{_CLOSING}"
)
_GOES_ON = re.compile(r"\s+(\w)")
_ABBREVIATION = re.compile(
    r"(?:\b(?!I\b)[^\W\d_]|\b(?:bzw|ca|dr|mme|mr|mrs|ms|nr|prof|st|vs))\.\Z",
    re.IGNORECASE,
)
_LONGEST_ABBREVIATION = 6


def first_sentences(text: str, count: int) -> str:
    """Give the first `count` sentences of a text as they stand there; each line ends a sentence."""
    text = text.strip()
    if count < 1:
        return ""
    for number, end in enumerate(_ends(text), 1):
        if number == count:
            return text[:end]
    return text


def _ends(text: str) -> Iterator[int]:
    """Give the offsets behind each sentence."""
    begin = 0
    for line in text.splitlines(keepends=True):
        written = line.rstrip()
        last = 0
        for mark in _MARK.finditer(written):
            if _ends_one(written, mark):
                last = mark.end()
                yield begin + last
        if last < len(written):
            yield begin + len(written)
        begin += len(line)


def _ends_one(line: str, mark: re.Match[str]) -> bool:
    """Tell whether a mark ends a sentence; a full stop behind an abbreviation, or before a small letter, does not."""
    if mark[0][0] not in ".\u2026":
        return True
    goes_on = _GOES_ON.match(line, mark.end())
    if goes_on is not None and goes_on[1].islower():
        return False
    begin = max(mark.start() - _LONGEST_ABBREVIATION, 0)
    return mark[0] != "." or _ABBREVIATION.search(line, begin, mark.end()) is None
