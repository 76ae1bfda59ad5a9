"""What is wrong with a template and where in its text: Jinja's complaints in the words of somebody who writes a rule.

Which names a template may use is left to the caller.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from omiflow.engine.inline import PLACEHOLDERS
from omiflow.engine.sandbox import Sandbox
from omiflow.engine.templates import Template, TemplateMistake
from omiflow.language.codes import BAD_TEMPLATE, NOT_YET, NOTHING_MATCHED, UNKNOWN_IN_TEMPLATE, UNKNOWN_LIST
from omiflow.language.nearest import did_you_mean, nearest, offer
from omiflow.language.other_words import ours
from omiflow.language.telling import not_yet

PLANNED_NAMES = frozenset({"correlate", "batch", "wait"})
PLANNED_PATHS = frozenset({("user", "settings")})
PARTS = {
    "trigger": ("id", "phrase", "text", "slots", "segments"),
    "matched": ("action_items",),
    "user": ("uid", "name", "timezone", "group"),
    "app": ("name", "variables"),
    "session": ("text",),
    "repeat": ("item", "index", "first", "last"),
}
"""What the names hold of which omiflow alone says what is in them."""
FUNCTIONS = ("timedelta", "today_at")
"""Functions that are there in every template."""
OF_MAPPINGS = frozenset({"get", "items", "keys", "values"})

_TAGS = re.compile(r"\{#.*?(?:#\}|\Z)|\{\{.*?(?:\}\}|\Z)|\{%.*?(?:%\}|\Z)", re.DOTALL)
_STRING = r"'[^']*'|\"[^\"]*\""
_UNKNOWN = re.compile(r"unknown (filter|test) '([\w.]+)'")
_AT = re.compile(r"unexpected char (.+) at (\d+)", re.DOTALL)
_UNKNOWN_TAG = re.compile(r"encountered unknown tag '(\w+)'")
_NEVER_CLOSED = re.compile(r"innermost block that needs to be closed is '(\w+)'")
_STATEMENTS = ("if", "elif", "else", "endif", "for", "endfor", "set", "endset", "macro", "endmacro", "raw", "endraw")
_SIGNS = {
    "&": "; write 'and'",
    "?": "; write '… if … else …'",
    "$": "; write 'event' for the payload, such as '{{ event.structured.title }}'",
    "!": "; write 'not'",
}
"""Signs of other languages, and what Jinja has instead."""
_TOKENS = (
    ("'end of print statement'", "'}}'"),
    ("'end of statement block'", "'%}'"),
    ("end of template", "end of the text"),
    ("expected token", "expected"),
    ("missing end of comment tag", "'#}' is missing"),
)
_ADVICE = (("got '='", "; write '==' to compare"), ("unexpected '}'", "; write '}}' to end it"))
"""What to write where Jinja's complaint ends like this."""
_LEFT_TO_CHANCE = frozenset({"random", "shuffle"})


class Misread(NamedTuple):
    """A mistake in a template: a stretch of its text and what is wrong there.

    It is not `certain` where the name may be given by a part of the rule that could not be read.
    """

    offset: int
    length: int
    message: str
    code: str
    certain: bool = True


def unreadable(sandbox: Sandbox, text: str, mistake: TemplateMistake) -> Misread:
    """Give what keeps a template from being read."""
    said = f"{str(mistake)[:1].lower()}{str(mistake)[1:].rstrip('.')}"
    unknown = _UNKNOWN.match(said)
    if unknown is not None:
        return _unknown_word(sandbox, text, kind=unknown[1], word=unknown[2])
    char = _AT.fullmatch(said)
    if char is not None:
        meant = _SIGNS.get(char[1].strip("'"), "")
        message = f"this template can't be read: unexpected {char[1]}{meant}"
        return Misread(int(char[2]), 1, message, BAD_TEMPLATE)
    offset, length = _culprit(sandbox, text, mistake.line, said)
    return Misread(offset, length, _in_our_words(said), BAD_TEMPLATE)


def unknown_names(
    text: str, unknown: Iterable[str], *, names: Collection[str], later: Collection[str], slots: Collection[str]
) -> list[Misread]:
    """Give the names that a template uses and that there are not; `later` are those given too late for it."""
    found = []
    for name in sorted(unknown):
        offset = place_of(
            text, rf"(?<![\w.]){name}\b", last=bool(re.search(rf"\b(?:for|set)\s[\w\s,]*\b{name}\b", text))
        )
        code = NOT_YET if name in PLANNED_NAMES else UNKNOWN_IN_TEMPLATE
        certain = (
            name in PLANNED_NAMES
            or name in PLACEHOLDERS
            or name == "omi"
            or nearest(name, {*names, *FUNCTIONS}) is not None
        )
        found.append(Misread(offset, len(name), _unknown_name(name, names, later, slots), code, certain))
    return sorted(found)


def unknown_parts(template: Template) -> list[Misread]:
    """Give the parts that a template reads of omiflow's own names and that they don't have."""
    found = []
    for name, part in sorted({path[:2] for path in template.paths if path[0] in PARTS and path[0] not in template.own}):
        if part in PARTS[name]:
            continue
        offset = place_of_part(template.source, name, part)
        if (name, part) in PLANNED_PATHS:
            found.append(Misread(offset, len(part), not_yet(f"{name}.{part}"), NOT_YET))
        else:
            message = f"'{name}' has no '{part}'{did_you_mean(part, PARTS[name])}"
            found.append(Misread(offset, max(1, len(part)), message, UNKNOWN_IN_TEMPLATE))
    return sorted(found)


def unknown_slots(template: Template, slots: Collection[str]) -> list[Misread]:
    """Give the slots that a template reads and that no phrase of its rule has."""
    found = []
    for name in sorted({path[2] for path in template.paths if path[:2] == ("trigger", "slots") and len(path) > 2}):  # noqa: PLR2004
        if name in slots or name in OF_MAPPINGS or "trigger" in template.own:
            continue
        offset = place_of_part(template.source, "slots", name)
        advice = did_you_mean(name, sorted(slots)) if slots else "; no phrase of this rule has a slot"
        message = f"'trigger.slots' has no '{name}'{advice}"
        found.append(Misread(offset, max(1, len(name)), message, UNKNOWN_IN_TEMPLATE))
    return sorted(found)


def unknown_lists(template: Template, unknown: Collection[str], *, lists: Collection[str]) -> list[Misread]:
    """Tell of lists that a template reads and that no rule file has; `lists` are those that there are."""
    found = []
    for name in sorted(unknown):
        if name in OF_MAPPINGS or "lists" in template.own:
            continue
        offset = place_of_part(template.source, "lists", name)
        message = f"unknown list '{name}'{did_you_mean(name, sorted(lists))}"
        found.append(Misread(offset, max(1, len(name)), message, UNKNOWN_LIST))
    return sorted(found)


def nothing_matched(template: Template) -> list[Misread]:
    """Give where a template reads the matched action items, for a rule that has no condition that finds any."""
    if ("matched", "action_items") not in {path[:2] for path in template.paths} or "matched" in template.own:
        return []
    message = "'matched.action_items' is never there: this rule has no condition 'action_items'"
    offset = place_of_part(template.source, "matched", "action_items")
    return [Misread(offset, len("action_items"), message, NOTHING_MATCHED)]


def place_of(text: str, pattern: str, *, last: bool = False) -> int:
    """Give the offset of the first or last match inside the tags of a template, strings left out; 0 without a match."""
    wanted = re.compile(rf"{_STRING}|(?P<it>{pattern})")
    tags = [tag for tag in _TAGS.finditer(text) if not tag[0].startswith("{#")]
    found = [
        one.start("it")
        for tag in tags
        for one in wanted.finditer(text, tag.start(), tag.end())
        if one["it"] is not None
    ]
    return found[-1 if last else 0] if found else 0


def place_of_part(text: str, name: str, part: str) -> int:
    """Give the offset of a part that is read of a name, or else of anything."""
    word = re.escape(part)
    read = rf"\s*(?:\.\s*{word}\b|\[\s*(?:'{word}'|\"{word}\"))"
    whole = place_of(text, rf"(?<!\w){name}{read}")
    begin = whole + len(name) if whole else place_of(text, read)
    return max(text.find(part, begin), 0)


def _unknown_name(name: str, names: Collection[str], later: Collection[str], slots: Collection[str]) -> str:
    if name in PLACEHOLDERS:
        return f"'{name}' is a placeholder of Omi's; it can stand only in the prompt of omi.prompt"
    if name == "omi":
        return "'omi' has Omi's placeholders; it can stand only in the prompt of omi.prompt"
    if name == "repeat":
        return "'repeat' is there only inside the sequence of a repeat"
    if name in PLANNED_NAMES:
        return not_yet(name)
    if name in later:
        return f"'{name}' is not there yet; this rule gives that name further on"
    holders = ["trigger.slots"] if name in slots else [one for one in PARTS if name in PARTS[one] and one in names]
    offer = did_you_mean(name, sorted(names))
    if nearest(name, names) is None and holders:
        offer = f"; did you mean '{holders[0]}.{name}'?"
    elif nearest(name, names) is None and nearest(name, FUNCTIONS):
        offer = did_you_mean(name, FUNCTIONS)
    return f"unknown name '{name}'{offer}"


def _unknown_word(sandbox: Sandbox, text: str, *, kind: str, word: str) -> Misread:
    before = r"\|\s*" if kind == "filter" else r"\bis\s+(?:not\s+)?"
    offset = place_of(text, before + re.escape(word) + r"\b")
    offset = text.find(word, offset)
    guess = nearest(
        word, [known for known in (sandbox.filters if kind == "filter" else sandbox.tests) if known.isidentifier()]
    )
    advice = offer(word, guess) if guess else ""
    if word in _LEFT_TO_CHANCE:
        advice = "; nothing in a template is left to chance, so that a run comes out the same when it is repeated"
    message = f"unknown {kind} '{word}'{advice}"
    return Misread(offset, len(word), message, UNKNOWN_IN_TEMPLATE)


def _in_our_words(said: str) -> str:
    never_closed = _NEVER_CLOSED.search(said)
    tag = _UNKNOWN_TAG.match(said)
    if tag is not None and never_closed is not None and ours(tag[1].lower(), _STATEMENTS) is None:
        block = never_closed[1]
        return f"'{{% {tag[1]} %}}' can't stand inside '{{% {block} %}}'; '{{% end{block} %}}' is missing before it"
    if never_closed is not None and tag is None:
        return f"'{{% {never_closed[1]} %}}' is never closed; '{{% end{never_closed[1]} %}}' is missing"
    if tag is not None and tag[1] in _STATEMENTS:
        return f"'{{% {tag[1]} %}}' belongs to nothing that begins above"
    if tag is not None:
        guess = nearest(tag[1], _STATEMENTS)
        return f"unknown tag '{tag[1]}'" + (f"; did you mean '{guess}'?" if guess else "")
    if said.startswith("a template can't"):
        return said
    for theirs, our in _TOKENS:
        said = said.replace(theirs, our)
    advice = next((advice for end, advice in _ADVICE if said.endswith(end)), "")
    return f"this template can't be read: {said}{advice}"


def _culprit(sandbox: Sandbox, text: str, line: int, said: str) -> tuple[int, int]:
    """Find the tag that Jinja complains about, of which it tells the line; else give the start of that line."""
    begin = sum(len(one) + 1 for one in text.split("\n")[: line - 1])
    end = begin + len(text[begin:].split("\n", maxsplit=1)[0])
    tags = [tag for tag in _tags(text) if tag[0] <= end and tag[0] + tag[1] > begin]
    never_closed, unknown = _NEVER_CLOSED.search(said), _UNKNOWN_TAG.match(said)
    word = unknown[1] if unknown else never_closed[1] if never_closed else None
    if word is not None:
        opening = re.compile(rf"\{{%[-+]?\s*{word}\b")
        of_word = [tag for tag in tags if opening.match(text, tag[0])]
        tags = of_word or [tag for tag in _tags(text) if opening.match(text, tag[0])][-1:]
    elif len(tags) > 1:
        tags = [tag for tag in tags if _fails(sandbox, text[tag[0] : tag[0] + tag[1]], said)] or tags
    return tags[0] if tags else (begin, 1)


def _tags(text: str) -> Iterator[tuple[int, int]]:
    return ((tag.start(), tag.end() - tag.start()) for tag in _TAGS.finditer(text))


def _fails(sandbox: Sandbox, tag: str, said: str) -> bool:
    """Tell whether a tag alone makes Jinja say the same; unfinished blocks alone say something else."""
    try:
        Template(sandbox, tag)
    except TemplateMistake as mistake:
        return str(mistake).rstrip(".").lower() == said.lower()
    return False
