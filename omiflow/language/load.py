"""A folder of rule files, read and compiled; only files that changed are compiled anew.

Watching the folder and swapping rules in is the business of `runtime.reloader`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from omiflow.engine.index import RuleSet
from omiflow.engine.rules import Rule
from omiflow.errors import UsageError
from omiflow.language.compile_rules import compile_rule
from omiflow.language.facts import Facts
from omiflow.language.mistakes import WRONG_TYPE, kind_of, problems_of
from omiflow.language.source import Source, read
from omiflow.language.spec_rules import RuleFileSpec
from omiflow.language.writing import Templates, Writing
from omiflow.model import Problem

TWICE = "E107"
UNREADABLE = "E108"
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
    stamp: str = ""

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


class Loader:
    """Compiles rule files against the facts of a configuration, remembering what it compiled."""

    def __init__(self, facts: Facts, *, templates: Templates | None = None) -> None:
        self.facts = facts
        self.templates = templates or Templates()
        self._sources: dict[str, tuple[str, Source]] = {}
        self._compiled: dict[str, RuleFile] = {}

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
        sources = {path: self._source(path, texts[path]) for path in sorted(texts)}
        lists, twice = _lists(sources)
        files: dict[str, RuleFile] = {}
        for path, source in sources.items():
            files[path] = self._file(path, source, lists)
            yield path
        self._sources = {path: self._sources[path] for path in sources}
        self._compiled = dict(files)
        return _together(files, lists, [*unreadable, *twice])

    def compile_source(self, stored: Mapping[str, Any], text: str) -> Rule | None:
        """Compile a rule whose source was stored; None when this version can't read it any more."""
        source = read(text, file="stored rule")
        writing = Writing(source, facts=self.facts, lists=stored.get("lists", {}), templates=self.templates)
        return compile_rule(writing, source.value, ())

    def _source(self, path: str, text: str) -> Source:
        known = self._sources.get(path)
        if known is not None and known[0] == text:
            return known[1]
        source = read(text, file=path)
        self._sources[path] = (text, source)
        return source

    def _file(self, path: str, source: Source, lists: Mapping[str, list[str]]) -> RuleFile:
        stamp = hashlib.sha256(f"{source.text}\n{sorted(lists.items())}".encode(errors="surrogatepass")).hexdigest()
        known = self._compiled.get(path)
        if known is not None and known.stamp == stamp:
            return known
        writing = Writing(source, facts=self.facts, lists=lists, templates=self.templates)
        writing.problems += source.problems
        own, raw_rules = _outline(writing, source)
        compiled = [compile_rule(writing, raw, ("rules", number)) for number, raw in enumerate(raw_rules)]
        return RuleFile(
            path=path,
            text=source.text,
            lists=own,
            rules=tuple(rule for rule in compiled if rule is not None),
            problems=tuple(sorted(writing.problems, key=lambda problem: (problem.line, problem.column))),
            stamp=stamp,
        )


def read_folder(folder: Path) -> tuple[dict[str, str], list[Problem]]:
    """Read every rule file below a folder, in path order; hidden files and folders are skipped.

    Raises UsageError when the folder can't be read at all.
    """
    if not folder.exists():
        raise UsageError(f"there is no rules folder '{folder}'; make it, or name another with --rules")
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for path in rule_paths(folder):
        name = str(path)
        try:
            texts[name] = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            problems.append(_unreadable(name, f"the file is not UTF-8 (byte {error.start}); save it as UTF-8"))
        except OSError as error:
            problems.append(_unreadable(name, f"the file can't be read: {error.strerror or error}"))
    return texts, problems


def rule_paths(folder: Path) -> list[Path]:
    """List the rule files below a folder; a file is taken as it is."""
    if folder.is_file():
        return [folder]
    found = []
    for place, folders, files in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(place, name) for name in files if name.endswith(SUFFIXES) and not name.startswith(".")]
        if len(found) > MOST_FILES:
            raise UsageError(f"'{folder}' has more than {MOST_FILES} rule files")
    return sorted(found)


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
    if rules is None:
        return spec.lists, []
    if not isinstance(rules, list):
        writing.wrong(("rules",), f"'rules' wants a list, got {kind_of(rules)}", code=WRONG_TYPE)
        return spec.lists, []
    return spec.lists, rules


def _lists(sources: Mapping[str, Source]) -> tuple[dict[str, list[str]], list[Problem]]:
    """Gather the lists of all files; their names are global."""
    gathered: dict[str, list[str]] = {}
    owners: dict[str, str] = {}
    problems = []
    for path, source in sources.items():
        written = source.value.get("lists") if isinstance(source.value, dict) else None
        for name, items in written.items() if isinstance(written, dict) else ():
            if name in gathered:
                place = source.place(("lists", name), of_key=True)
                message = f"list '{name}' is in '{owners[name]}' already; names of lists are unique over the folder"
                problems.append(
                    Problem(
                        file=path,
                        line=place.line,
                        column=place.column,
                        length=place.length,
                        message=message,
                        code=TWICE,
                    )
                )
            elif isinstance(items, list) and all(isinstance(item, str) for item in items):
                gathered[name] = items
                owners[name] = path
    return gathered, problems


def _together(files: dict[str, RuleFile], lists: Mapping[str, list[str]], problems: list[Problem]) -> Rulebook:
    """Put the rules of the files without mistakes into one set; an id counts once."""
    owners: dict[str, Rule] = {}
    for path, file in files.items():
        mine = [problem for problem in problems if problem.file == path]
        for rule in file.rules:
            first = owners.setdefault(rule.id, rule)
            if first is not rule:
                message = f"rule '{rule.id}' is in {first.file}:{first.line} already; ids are unique over the folder"
                mine.append(Problem(file=path, line=rule.line, column=1, message=message, code=TWICE))
        if mine:
            files[path] = replace(file, problems=(*file.problems, *mine))
    unread = [problem for problem in problems if problem.file not in files]
    good = [rule for file in files.values() if file.good for rule in file.rules if owners[rule.id] is rule]
    everything = (*unread, *(problem for file in files.values() for problem in file.problems))
    return Rulebook(files=files, rules=RuleSet(good, lists=lists), problems=everything)
