"""Problems as workflow commands of GitHub's, which shows them beside the lines of a pull request.

Source: GitHub's documentation, workflow commands for GitHub Actions, "setting an error message"; the escapes are those
of its own toolkit.
"""

from __future__ import annotations

from collections.abc import Mapping

from omiflow.model import Problem

_ESCAPED = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_ESCAPED_IN_PLACES = {**_ESCAPED, ":": "%3A", ",": "%2C"}


def annotation(problem: Problem, *, file: str) -> str:
    """Write a problem as a workflow command; `file` is its path from the root of the repository."""
    places = {
        "file": file,
        "line": problem.line,
        "endLine": problem.line,
        "col": problem.column,
        "endColumn": problem.column + problem.length,
        "title": problem.code,
    }
    where = ",".join(f"{name}={_escaped(str(value), _ESCAPED_IN_PLACES)}" for name, value in places.items())
    message = problem.message if problem.hint is None else f"{problem.message} ({problem.hint})"
    return f"::{problem.severity} {where}::{_escaped(message, _ESCAPED)}"


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(char, char) for char in text)
