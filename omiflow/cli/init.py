"""`omiflow init`: a first configuration, a first rule, and what editors need; what is there stays as it is."""

from __future__ import annotations

from pathlib import Path

import click

from omiflow.cli.schema import schema_text
from omiflow.errors import EnvironmentFault
from omiflow.language.starter import SCHEMAS, STARTER


@click.command()
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Write a first configuration and a first rule into FOLDER; nothing is overwritten.

    That is omiflow.yaml, rules/hello.yaml, .env.example and .gitignore; and for editors .vscode/settings.json and, in
    .omiflow, the schemas that `omiflow schema` prints.
    """
    schemas = {path: schema_text(of) for of, path in SCHEMAS.items()}
    for name, text in {**STARTER, **schemas}.items():
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
