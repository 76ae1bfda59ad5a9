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
from omiflow.language.cases import Case
from omiflow.language.codes import BAD_PHRASE, UNKNOWN_KEY, UNREADABLE, WRONG_TYPE
from omiflow.language.compile_rules import compile_rule
from omiflow.language.compile_tests import compile_tests
from omiflow.language.doubts.rules import doubts_together
from omiflow.language.facts import Facts
from omiflow.language.list_names import lists_named
from omiflow.language.lists_read import Asked, FolderLists
from omiflow.language.mistakes import problems_of
from omiflow.language.outline import Outline, gather_lists, outline, repeated_ids, unknown_rules
from omiflow.language.rule_file import read_rule_file
from omiflow.language.source import Source, read
from omiflow.language.spec_rules import RuleFileSpec
from omiflow.language.telling import kind_of
from omiflow.language.writing import Templates, Writing
from omiflow.model import Problem
from omiflow.speech.lists import Lists

SUFFIXES = (".yaml", ".yml")
MOST_FILES = 10_000


@dataclass(frozen=True)
class RuleFile:
    """One file as it was read: its rules and lists, what is wrong with it, and its tests where they were asked for.

    `lists_named` are the lists that it names somewhere, also those of other files. What is wrong with its tests is
    among the `problems_of_tests`, and no matter to its rules.
    """

    path: str
    text: str
    lists: Mapping[str, list[Any]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    problems: tuple[Problem, ...] = ()
    problems_of_tests: tuple[Problem, ...] = ()
    cases: tuple[Case, ...] = ()
    lists_named: frozenset[str] = frozenset()

    def with_lists(self, lists: Lists) -> RuleFile:
        """Give the same file with lists as its rules read them now, itself where they read them already."""
        rules = tuple(rule.with_lists(lists) for rule in self.rules)
        same = all(new is old for new, old in zip(rules, self.rules, strict=True))
        return self if same else replace(self, rules=rules)

    @property
    def good(self) -> bool:
        """Tell whether nothing is wrong with its rules and lists but what is worth a warning."""
        return not _mistaken(self.problems)

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """Give what is wrong with it and with its tests, in the order of lines."""
        return _in_order([*self.problems, *self.problems_of_tests])


@dataclass(frozen=True)
class Rulebook:
    """All rule files together, and the rule set they make."""

    files: Mapping[str, RuleFile]
    rules: RuleSet
    problems: tuple[Problem, ...] = ()

    @property
    def whole(self) -> bool:
        """Tell whether all rules of all files are among its rules."""
        return all(file.good for file in self.files.values()) and all(one.file in self.files for one in self.problems)

    @property
    def texts(self) -> dict[str, str]:
        """Give the text of each file, for showing problems."""
        return {path: file.text for path, file in self.files.items()}


@dataclass(frozen=True)
class _Compiled:
    """A file together with what it was made of; `relied` is what it was told of lists."""

    outline: Outline
    relied: Mapping[Asked, object]
    file: RuleFile

    def is_of(self, outlined: Outline, lists: FolderLists) -> bool:
        """Tell whether compiling it again with these lists would make the same of it."""
        return self.outline is outlined and all(lists.told(asked) == told for asked, told in self.relied.items())


class Loader:
    """Compiles rule files against the facts of a configuration, remembering what it compiled.

    Their `tests` are passed over unless `tests` is set: who serves rules needs none.
    """

    def __init__(self, facts: Facts, *, tests: bool = False) -> None:
        self.facts = facts
        self.tests = tests
        self.templates = Templates()
        self._compiled: dict[str, _Compiled] = {}
        self._lists = FolderLists({})

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

        Yields the path of each file twice, when it is read and when it is compiled, for a bar that shows how far it is.
        """
        fresh: dict[str, Source] = {}
        outlines: dict[str, Outline] = {}
        for path in sorted(texts):
            outlines[path] = self._outline(path, texts[path], fresh)
            yield path
        gathered, twice = gather_lists(outlines.values(), fresh)
        lists = self._lists = FolderLists(gathered, self._lists.entries)
        twice += repeated_ids(outlines.values(), fresh)
        compiled: dict[str, _Compiled] = {}
        for path, known in outlines.items():
            compiled[path] = self._file(known, lists, fresh.pop(path, None))
            yield path
        of_tests = unknown_rules(outlines.values(), fresh) if self.tests else []
        twice += doubts_together(_sound(compiled, twice), outlines, fresh)
        self._compiled = compiled
        files = {path: one.file for path, one in compiled.items()}
        return _together(
            files,
            lists.entries,
            twice,
            of_tests=of_tests,
            unread=tuple(unreadable),
            fillers=self.facts.fillers,
        )

    def compile_source(self, stored: Mapping[str, Any], text: str) -> Rule | None:
        """Compile a rule whose source was stored; None when this version can't read it any more."""
        source = read(text, file="stored rule")
        lists = FolderLists(stored.get("lists", {}))
        writing = Writing(source, facts=self.facts, lists=lists, templates=self.templates)
        rule = compile_rule(writing, source.value, ())
        return None if rule is None else rule.with_lists(lists.entries)

    def _outline(self, path: str, text: str, fresh: dict[str, Source]) -> Outline:
        """Give the outline of a file; one that was not known is put with the `fresh` ones."""
        known = self._compiled.get(path)
        if known is not None and known.outline.text == text:
            return known.outline
        fresh[path] = read_rule_file(text, file=path)
        return outline(fresh[path], text)

    def _file(self, outlined: Outline, lists: FolderLists, source: Source | None) -> _Compiled:
        """Compile a file, unless it and what it relied on are as they were; its rules get the lists as they are."""
        known = self._compiled.get(outlined.path)
        if known is not None and known.is_of(outlined, lists):
            return replace(known, file=known.file.with_lists(lists.entries))
        source = source or read_rule_file(outlined.text, file=outlined.path)
        writing = Writing(source, facts=self.facts, lists=lists, templates=self.templates)
        own, raw_rules = _outline(writing, source)
        compiled: list[Rule | None] = []
        for number, raw in enumerate(raw_rules):
            compiled.append(compile_rule(writing, raw, ("rules", number)))
        of_rules = len(writing.problems)
        with_tests = self.tests and isinstance(source.value, dict)
        cases = compile_tests(writing, source.value.get("tests")) if with_tests else ()
        found = writing.problems
        file = RuleFile(
            path=outlined.path,
            text=source.text,
            lists=own,
            rules=tuple(rule for rule in compiled if rule is not None),
            cases=cases,
            problems=_in_order([*source.problems, *_not_following(found[:of_rules], source.problems)]),
            problems_of_tests=_in_order(_not_following(found[of_rules:], source.problems)),
            lists_named=lists_named(source),
        )
        return _Compiled(outlined, writing.lists.relied, file.with_lists(lists.entries))


def _sound(compiled: Mapping[str, _Compiled], problems: Iterable[Problem]) -> list[Rule]:
    """List the rules of the files without mistakes; `problems` are those of the files beside each other."""
    wrong = {problem.file for problem in problems}
    return [rule for path, one in compiled.items() if one.file.good and path not in wrong for rule in one.file.rules]


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


def _outline(writing: Writing, source: Source) -> tuple[dict[str, list[Any]], list[Any]]:
    """Check the outermost keys of a file; give its lists and its rules as written."""
    value = source.value
    if value is None:
        return {}, []
    if not isinstance(value, dict):
        hint = "put 'rules:' on a line above it" if isinstance(value, list) else None
        writing.wrong((), f"a rule file is a mapping with 'rules', got {kind_of(value)}", code=WRONG_TYPE, hint=hint)
        return {}, []
    if "triggers" in value and "rules" not in value:
        hint = "put 'rules:' on a line above it, and begin the rule with '- '"
        writing.wrong((), "a rule stands in a list behind 'rules'", code=UNKNOWN_KEY, hint=hint)
        return {}, []
    rules = value.get("rules")
    outline = {key: item for key, item in value.items() if key not in ("rules", "tests")}
    try:
        spec = RuleFileSpec.model_validate(outline)
    except ValidationError as error:
        writing.problems += problems_of(error.errors(), source=source, model=RuleFileSpec)
        spec = RuleFileSpec()
    lists = {name: outline["lists"][name] for name in spec.lists}
    _cut_items(writing, lists)
    if rules is None:
        return lists, []
    if not isinstance(rules, list):
        hint = "begin a rule with '- '" if isinstance(rules, dict) and rules else None
        writing.wrong(("rules",), f"'rules' wants a list, got {kind_of(rules)}", code=WRONG_TYPE, hint=hint)
        return lists, []
    return lists, rules


def _cut_items(writing: Writing, lists: Mapping[str, list[Any]]) -> None:
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


def _mistaken(problems: Iterable[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort problems by place, each once: what `*` and `<<` repeat is written in one place."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column)))


def _together(
    files: dict[str, RuleFile],
    lists: Lists,
    twice: list[Problem],
    *,
    of_tests: list[Problem],
    unread: tuple[Problem, ...],
    fillers: frozenset[str],
) -> Rulebook:
    """Put the rules of the files without mistakes into one set."""
    for path in {problem.file for problem in (*twice, *of_tests)}:
        files[path] = replace(
            files[path],
            problems=_in_order([*files[path].problems, *(one for one in twice if one.file == path)]),
            problems_of_tests=(*files[path].problems_of_tests, *(one for one in of_tests if one.file == path)),
        )
    good = [rule for file in files.values() if file.good for rule in file.rules]
    problems = (*unread, *(problem for file in files.values() for problem in file.all_problems))
    return Rulebook(files=files, rules=RuleSet(good, lists=lists, fillers=fillers), problems=problems)
