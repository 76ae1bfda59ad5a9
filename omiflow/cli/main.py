"""The `omiflow` command: its list of commands, and what exit statuses mean."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any

import click

from omiflow import __version__
from omiflow.errors import EnvironmentFault, OmiflowError, UsageError
from omiflow.language.nearest import did_you_mean
from omiflow.runtime.unhurried import unhurried

COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("omiflow.cli.init:init", "Write a first configuration and a first rule."),
    "serve": ("omiflow.cli.serve:serve", "Run the service."),
    "urls": ("omiflow.cli.urls:urls", "Show the URLs to paste into the Omi app."),
    "check": ("omiflow.cli.check:check", "Show every problem of rules and configuration."),
    "test": ("omiflow.cli.test:test_command", "Run the tests that stand in rule files."),
    "schema": (
        "omiflow.cli.schema:schema",
        "Print the JSON Schema of rule files or of the configuration.",
    ),
    "actions": ("omiflow.cli.describe:actions", "Show what rules can do."),
    "triggers": ("omiflow.cli.describe:triggers", "Show what can start a rule."),
    "dry-run": ("omiflow.cli.dry_run:dry_run", "Show what rules would do with recorded requests."),
    "events": ("omiflow.cli.history:events", "Show what arrived."),
    "runs": ("omiflow.cli.history:runs", "Show what rules did."),
    "near": ("omiflow.cli.near:near", "Show what was nearly said, and what to add to hear it."),
    "emulate": ("omiflow.cli.emulate:emulate_command", "Stand in for Omi and its neighbours."),
}

WRONG_USAGE = 2
COULD_NOT_WORK = 3


class _Commands(click.Group):
    """A group that imports a command only when it is called, so that help comes at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            ctx.fail(f"there is no command '{cmd_name}'{did_you_mean(cmd_name, COMMANDS)}")
        module, name = COMMANDS[cmd_name][0].split(":")
        with unhurried():
            command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="omiflow %(version)s")
def cli() -> None:
    """Rules for the Omi wearable: what is said, decided in milliseconds, delivered for certain."""


def main(args: list[str] | None = None) -> None:
    """Run a command and end with its exit status: 0 fine, 1 found wrong, 2 wrong usage, 3 could not work."""
    try:
        status: Any = cli.main(args=args, prog_name="omiflow", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except UsageError as error:
        _say(error)
        sys.exit(WRONG_USAGE)
    except EnvironmentFault as error:
        _say(error)
        sys.exit(COULD_NOT_WORK)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        _say(EnvironmentFault(f"{error.strerror or error}"))
        sys.exit(COULD_NOT_WORK)
    sys.exit(status if isinstance(status, int) else 0)


def _say(error: OmiflowError) -> None:
    click.echo(f"omiflow: {error}", err=True)
