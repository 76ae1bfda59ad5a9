"""`omiflow init`: a first configuration and a first rule; what is there already stays as it is."""

from __future__ import annotations

from pathlib import Path

import click

from omiflow.errors import EnvironmentFault
from omiflow.language.starter import STARTER


@click.command()
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Write omiflow.yaml, rules/hello.yaml, .env.example and .gitignore into FOLDER; nothing is overwritten."""
    for name, text in STARTER.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            click.echo(f"kept     {path}")
        except OSError as error:
            raise EnvironmentFault(f"'{path}' can't be written: {error.strerror}") from error
        else:
            click.echo(f"written  {path}")
    begin = "" if folder.samefile(".") else f"`cd {folder}`, "
    click.echo(f"next: {begin}`omiflow check`, then `omiflow serve`")
