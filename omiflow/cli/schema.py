"""`omiflow schema`: the JSON Schemas by which editors complete and explain rule files and the configuration."""

from __future__ import annotations

import json
from pathlib import Path

import click

from omiflow.actions.table import ACTIONS
from omiflow.errors import EnvironmentFault
from omiflow.language.schema import config_schema, rules_schema


@click.command()
@click.argument("of", type=click.Choice(["rules", "config"]), default="rules")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it into this file.")
def schema(of: str, output: Path | None) -> None:
    """Print the JSON Schema of rule files, or of omiflow.yaml.

    Editors with YAML's language server, such as VS Code with its YAML extension, complete and explain by it. They find
    it by the first line of a file, where its path is relative to that file:

    \b
      # yaml-language-server: $schema=../.omiflow/rules.schema.json
      # yaml-language-server: $schema=.omiflow/config.schema.json

    `omiflow init` writes these lines and both schemas, which belong into git like the rules. After an update of
    omiflow, write them anew:

    \b
      omiflow schema rules -o .omiflow/rules.schema.json
      omiflow schema config -o .omiflow/config.schema.json
    """  # noqa: D301 - click's mark against wrapping
    text = schema_text(of)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EnvironmentFault(f"'{output}' can't be written: {error.strerror}") from error
    click.echo(f"written  {output}")


def schema_text(of: str) -> str:
    """Give the schema of `rules` or of the `config` as the text of its file."""
    document = rules_schema(ACTIONS) if of == "rules" else config_schema()
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
