"""A folder of rule files, read and compiled; only files that changed are compiled anew.

Watching the folder and swapping rules in is the business of `runtime.reloader`.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from omiflow.engine.index import RuleSet
from omiflow.engine.rules import Rule
from omiflow.errors import UsageError
from omiflow.language.codes import BAD_PHRASE, UNREADABLE, WRONG_TYPE
from omiflow.language.compile_rules import compile_rule
from omiflow.language.facts import Facts
from omiflow.language.mistakes import problems_of
from omiflow.language.outline import Outline, gather_lists, outline, repeated_ids
from omiflow.language.source import Source, read
from omiflow.language.spec_rules import RuleFileSpec
from omiflow.language.telling import kind_of
from omiflow.language.writing import Templates, Writing
from omiflow.model import Problem

SUFFIXES = (".yaml", ".yml")
MOST_FILES = 10_000


@dataclass(frozen=True)
class RuleFile:
    """One file as it was read: its rules and lists, and what is wrong with it."""

    path: str
    text: str
    lists: Mapping[str, list[str]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def good(self) -> bool:
        """Tell whether nothing is wrong with it but what is worth a warning."""
        return not any(problem.severity == "error" for problem in self.problems)


@dataclass(frozen=True)
class Rulebook:
    """All rule files together, and the rule set they make."""

    files: Mapping[str, RuleFile]
    rules: RuleSet
    problems: tuple[Problem, ...] = ()

    @property
    def texts(self) -> dict[str, str]:
        """Give the text of each file, for showing problems."""
        return {path: file.text for path, file in self.files.items()}


@dataclass(frozen=True)
class _Compiled:
    """A file together with what it was made of."""

    outline: Outline
    lists: Mapping[str, list[str]]
    file: RuleFile


class Loader:
    """Compiles rule files against the facts of a configuration, remembering what it compiled."""

    def __init__(self, facts: Facts, *, templates: Templates | None = None) -> None:
        self.facts = facts
        self.templates = templates or Templates()
        self._compiled: dict[str, _Compiled] = {}

    def load(self, texts: Mapping[str, str], *, unreadable: Iterable[Problem] = ()) -> Rulebook:
        """Compile the texts of all rule files, by path."""
        steps = self.steps(texts, unreadable=unreadable)
        while True:
            try:
                next(steps)
            except StopIteration as stop:
                return cast("Rulebook", stop.value)

    def steps(self, texts: Mapping[str, str], *, unreadable: Iterable[Problem] = ()) -> Generator[str, None, Rulebook]:
        """Compile as `load` does, a file at a time; the generator returns the Rulebook.

        Yields the path of each file when it is done, so that a server can serve in between.
        """
        fresh: dict[str, Source] = {}
        outlines = {path: self._outline(path, texts[path], fresh) for path in sorted(texts)}
        lists, twice = gather_lists(outlines.values(), fresh)
        twice += repeated_ids(outlines.values(), fresh)
        compiled: dict[str, _Compiled] = {}
        for path, known in outlines.items():
            compiled[path] = self._file(known, lists, fresh.pop(path, None))
            yield path
        self._compiled = compiled
        files = {path: one.file for path, one in compiled.items()}
        return _together(files, lists, twice, unread=tuple(unreadable))

    def compile_source(self, stored: Mapping[str, Any], text: str) -> Rule | None:
        """Compile a rule whose source was stored; None when this version can't read it any more."""
        source = read(text, file="stored rule")
        writing = Writing(source, facts=self.facts, lists=stored.get("lists", {}), templates=self.templates)
        return compile_rule(writing, source.value, ())

    def _outline(self, path: str, text: str, fresh: dict[str, Source]) -> Outline:
        """Give the outline of a file; one that was not known is put with the `fresh` ones."""
        known = self._compiled.get(path)
        if known is not None and known.outline.text == text:
            return known.outline
        fresh[path] = read(text, file=path)
        return outline(fresh[path], text)

    def _file(self, outlined: Outline, lists: Mapping[str, list[str]], source: Source | None) -> _Compiled:
        """Compile a file, unless it and the lists that it may read are as they were."""
        lists = lists if "lists" in outlined.text else {}
        known = self._compiled.get(outlined.path)
        if known is not None and known.outline is outlined and known.lists == lists:
            return known
        source = source or read(outlined.text, file=outlined.path)
        writing = Writing(source, facts=self.facts, lists=lists, templates=self.templates)
        own, raw_rules = _outline(writing, source)
        compiled = [compile_rule(writing, raw, ("rules", number)) for number, raw in enumerate(raw_rules)]
        file = RuleFile(
            path=outlined.path,
            text=source.text,
            lists=own,
            rules=tuple(rule for rule in compiled if rule is not None),
            problems=_in_order([*source.problems, *_not_following(writing.problems, source.problems)]),
        )
        return _Compiled(outlined, lists, file)


def read_folder(folder: Path) -> tuple[dict[str, str], list[Problem]]:
    """Read every rule file below a folder, in path order; hidden files and folders are skipped.

    Raises UsageError when the folder can't be read at all.
    """
    if not folder.exists():
        raise UsageError(
            f"there is no rules folder '{folder}'; make one with 'omiflow init', or name another with --rules"
        )
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for path in rule_paths(folder):
        name = str(path)
        if path.exists() and not path.is_file():
            problems.append(_unreadable(name, "this is no file; rename it or move it away"))
            continue
        try:
            texts[name] = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            problems.append(_unreadable(name, f"the file is not UTF-8 (byte {error.start}); save it as UTF-8"))
        except OSError as error:
            problems.append(_unreadable(name, f"the file can't be read: {error.strerror or error}"))
    return texts, problems


def rule_paths(folder: Path) -> list[Path]:
    """List the rule files below a folder, each folder once; a file is taken as it is."""
    if folder.is_file():
        return [folder]
    found: list[Path] = []
    seen: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True, onerror=_refuse):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(place, name) for name in files if name.endswith(SUFFIXES) and not name.startswith(".")]
        if len(found) > MOST_FILES:
            raise UsageError(f"'{folder}' has more than {MOST_FILES} rule files")
    return sorted(found)


def _refuse(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise UsageError(f"the folder '{error.filename}' can't be read: {error.strerror}") from error


def _unreadable(name: str, message: str) -> Problem:
    return Problem(file=name, line=1, column=1, message=message, code=UNREADABLE)


def _outline(writing: Writing, source: Source) -> tuple[dict[str, list[str]], list[Any]]:
    """Check the outermost keys of a file; give its lists and its rules as written."""
    value = source.value
    if value is None:
        return {}, []
    if not isinstance(value, dict):
        writing.wrong((), f"a rule file is a mapping with 'rules', got {kind_of(value)}", code=WRONG_TYPE)
        return {}, []
    rules = value.get("rules")
    outline = {key: item for key, item in value.items() if key != "rules"}
    try:
        spec = RuleFileSpec.model_validate(outline)
    except ValidationError as error:
        writing.problems += problems_of(error.errors(), source=source, model=RuleFileSpec)
        spec = RuleFileSpec()
    _cut_items(writing, spec.lists)
    if rules is None:
        return spec.lists, []
    if not isinstance(rules, list):
        writing.wrong(("rules",), f"'rules' wants a list, got {kind_of(rules)}", code=WRONG_TYPE)
        return spec.lists, []
    return spec.lists, rules


def _cut_items(writing: Writing, lists: Mapping[str, list[str]]) -> None:
    """Report items of lists that YAML cut off at a `#`."""
    for name, items in lists.items():
        for number in range(len(items)):
            loc = ("lists", name, number)
            hint = writing.source.cut(loc)
            if hint is not None:
                writing.wrong(loc, "a comment begins inside this phrase", code=BAD_PHRASE, hint=hint)


def _not_following(found: list[Problem], from_yaml: list[Problem]) -> list[Problem]:
    """Leave out what is wrong only because YAML could not read what stands there."""
    places = {(problem.line, problem.column) for problem in from_yaml}
    return [problem for problem in found if (problem.line, problem.column) not in places]


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.line, problem.column)))


def _together(
    files: dict[str, RuleFile], lists: Mapping[str, list[str]], twice: list[Problem], *, unread: tuple[Problem, ...]
) -> Rulebook:
    """Put the rules of the files without mistakes into one set."""
    for path in {problem.file for problem in twice}:
        mine = [problem for problem in twice if problem.file == path]
        files[path] = replace(files[path], problems=_in_order([*files[path].problems, *mine]))
    good = [rule for file in files.values() if file.good for rule in file.rules]
    problems = (*unread, *(problem for file in files.values() for problem in file.problems))
    return Rulebook(files=files, rules=RuleSet(good, lists=lists), problems=problems)
