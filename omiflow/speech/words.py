"""Split a text into the words that phrases are compared with.

Case, punctuation, hyphens and typographic variants are gone from a word's text; leaving out fillers and finding
phrases are left to others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import msgspec


class Word(msgspec.Struct, frozen=True):
    """One word as it is compared, and where it stands in the text as written.

    `start` and `end` are character offsets in the text; `sentence` counts the ends of sentences before the word.
    """

    text: str
    start: int
    end: int
    sentence: int


def _mark_ranges() -> str:
    """Give all combining marks of Unicode as ranges of a character class; the blocks without any are passed over."""
    blocks = (
        (0x300, 0x3100),
        (0xA66F, 0xABEE),
        (0xFB1E, 0xFB1F),
        (0xFE00, 0xFE30),
        (0x101FD, 0x12000),
        (0x16A00, 0x17000),
        (0x1B000, 0x1F000),
        (0xE0100, 0xE01F0),
    )
    runs: list[list[int]] = []
    for first, end in blocks:
        for code in range(first, end):
            if unicodedata.category(chr(code)).startswith("M"):
                if runs and runs[-1][1] == code - 1:
                    runs[-1][1] = code
                else:
                    runs.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in runs)


_MARKS = _mark_ranges()
_UNSPACED = (  # Thai, Lao, Myanmar, Khmer, Han, Hiragana, Katakana
    "\u0e01-\u0e7f\u0e80-\u0eff\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17ff"
    "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_ASCII_BARE = "".join(chr(code).lower() if chr(code).isalnum() else " " for code in range(128))
"""The ASCII characters as they are compared."""
_RUN = re.compile(rf"[\w{_MARKS}]+")
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_PIECE = re.compile(f"[{_UNSPACED}][{_MARKS}]*|[^{_UNSPACED}]+")
# An apostrophe belongs to the word before a short ending ("it's", "I'd've") and in scripts where it is a letter
# ("сім'я"); elsewhere it parts two words ("l'ami", "last time'cause").
_ASCII_JOINT = re.compile(r"(?<=[a-z0-9])'(?=(?:s|t|d|m|n|re|ve|ll)(?![a-z0-9]))")
_JOINT = re.compile(rf"(?<=[\w{_MARKS}])'(?=(?:s|t|d|m|n|re|ve|ll)(?![\w{_MARKS}])|[\u0370-\u1dff])")
_APOSTROPHE = re.compile("[`\u00b4\u2018\u2019\u02bb\u02bc\uff07]")
_UNSEEN = re.compile(  # with the points of Arabic and Hebrew, which most people leave out
    "[\u00ad\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u0652\u0670\u200c\u200d\u2060\ufe0e\ufe0f\ufeff]"
)
_SENTENCE_END = re.compile(  # with the marks of Arabic, Urdu, Hindi, Chinese and Japanese; "..." only hesitates
    rf"[!?\u061f\u06d4\u0964\u0965\u3002\uff01\uff0e\uff1f\uff61]|(?<!\.)\.(?![\w{_MARKS}.])"
)
_ABBREVIATED = re.compile(
    r"\b(?:dr|mr|mrs|ms|mme|prof|nr|vs|ca|bzw|usw|evtl|jr|st|jan|feb|aug|sept|oct|nov|dec|z\.\s?b|d\.\s?h|u\.\s?a|e\.g|i\.e)\Z",
    re.IGNORECASE,
)
_MAY_END = re.compile(r"\b(?:[ap]\.\s?m|(?:[a-z]{1,2}\.)+[a-z]|inc|ltd|corp|etc|approx)\Z", re.IGNORECASE)
"""An abbreviation that often stands at the end of a sentence, but then the next one begins with a capital letter."""
_LONGEST_ABBREVIATED = 6
_NEW_SENTENCE = re.compile(r"\.\s+[^\W\d_a-z]")
_DAY_OF_MONTH = re.compile(
    r"(?<=\d)\.\s+(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)\b",
    re.IGNORECASE,
)


def normalised(text: str) -> list[str]:
    """Give the words of a text as they are compared: the texts of `tokens(text)`, faster."""
    if not text.isascii():
        text = _APOSTROPHE.sub("'", text)
        if not text.isascii():
            return _pieces(_JOINT.sub("", _folded(text)))
    if "'" in text or "`" in text:
        text = _ASCII_JOINT.sub("", text.lower().replace("`", "'"))
    return text.translate(_ASCII_BARE).split()


def tokens(text: str) -> list[Word]:
    """Give the words of a text with their places and the number of their sentence."""
    folded, places = _folded_with_places(_APOSTROPHE.sub("'", text))
    for joint in reversed(list(_JOINT.finditer(folded))):
        del places[joint.start()]
    folded = _JOINT.sub("", folded)
    ends = list(_sentence_ends(text))
    words: list[Word] = []
    sentence = passed = 0
    for run in _RUN.finditer(folded):
        for piece in _PIECE.finditer(folded, run.start(), run.end()):
            start, end = places[piece.start()][0], places[piece.end() - 1][1]
            if passed < len(ends) and ends[passed] < start:
                sentence += 1
                while passed < len(ends) and ends[passed] < start:
                    passed += 1
            words.append(Word(piece.group(), start, end, sentence))
    return words


def ends_sentence(text: str, after: int = 0) -> bool:
    """Say whether a sentence ends behind the offset `after`."""
    return any(end >= after for end in _sentence_ends(text))


def unspaced(before: str, after: str) -> bool:
    """Say whether two letters stand next to each other without a space, in the scripts that have none."""
    return bool(_HAS_UNSPACED.match(before) and _HAS_UNSPACED.match(after))


def _sentence_ends(text: str) -> Iterator[int]:
    """Give where sentences end; the full stop of an abbreviation or of a day of the month ends none."""
    for mark in _SENTENCE_END.finditer(text):
        at = mark.start()
        if mark[0] == ".":
            before = text[max(at - _LONGEST_ABBREVIATED, 0) : at]
            if _ABBREVIATED.search(before) or _DAY_OF_MONTH.match(text, at):
                continue
            if _MAY_END.search(before) and not _NEW_SENTENCE.match(text, at):
                continue
        yield at


def _pieces(folded: str) -> list[str]:
    runs: list[str] = _RUN.findall(folded)
    if not _HAS_UNSPACED.search(folded):
        return runs
    return [piece for run in runs for piece in _PIECE.findall(run)]


def _folded(text: str) -> str:
    """Take case, width and invisible signs out of a text; dotless and dotted i are one letter, as Turkish needs."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("\u0131", "i").replace("i\u0307", "i")
    return _UNSEEN.sub("", folded).replace("_", " ")


def _folded_with_places(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Fold a text; for each character of the result, give the span in `text` that it comes from."""
    if text.isascii():
        return text.lower().replace("_", " "), [(at, at + 1) for at in range(len(text))]
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not _continues(text[end]):
            piece = _folded(text[start:end])
            pieces.append(piece)
            places.extend([(start, end)] * len(piece))
            start = end
    return "".join(pieces), places


def _continues(character: str) -> bool:
    """Say whether a character may melt into the one before it when it is normalised: marks, Hangul's later letters."""
    first = unicodedata.normalize("NFKC", character)[0]
    return unicodedata.category(first).startswith("M") or "\u1160" <= first <= "\u11ff"
