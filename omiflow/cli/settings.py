"""What every command needs first: the configuration, or its problems."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from omiflow.errors import UsageError
from omiflow.language.nearest import nearest, offer
from omiflow.language.problem_text import render
from omiflow.language.settings.config import Config, load_config
from omiflow.model import Problem

F = TypeVar("F", bound=Callable[..., Any])
WRITTEN_TIME = "ISO 8601, in the configuration's timezone without an offset"
"""How options take a moment, for their help."""


def config_option(command: F) -> F:
    """Add `--config`."""
    return click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        help="The configuration; omiflow.yaml in this folder when left out.",
    )(command)


def rules_option(command: F) -> F:
    """Add `--rules`."""
    return click.option(
        "--rules", "rules", type=click.Path(path_type=Path), help="The folder of rule files, or one file."
    )(command)


def json_option(command: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")(command)


def configuration(path: Path | None) -> Config:
    """Load the configuration; problems are shown and end the command with status 1."""
    loaded = load_config(path, folder=Path.cwd(), environ=os.environ)
    if loaded.config is None:
        show_problems(loaded.problems, loaded.texts, err=True)
        sys.exit(1)
    return loaded.config


def missing(what: str, path: Path) -> UsageError:
    """Say that there is no such rule file, recording or folder, and which one beside it may be meant."""
    beside = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
    guess = nearest(path.name, beside)
    return UsageError(f"there is no {what} '{path}'" + (offer(str(path), str(path.parent / guess)) if guess else ""))


def show_problems(problems: Iterable[Problem], texts: Mapping[str, str], *, err: bool = False) -> None:
    """Print problems with their places, each followed by an empty line."""
    for problem in problems:
        click.echo(render(problem, texts.get(problem.file, "")) + "\n", err=err)


def print_json(document: Any) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))
