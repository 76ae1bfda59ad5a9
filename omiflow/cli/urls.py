"""`omiflow urls`: the exact URLs to paste into the Omi app."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from omiflow.cli.settings import config_option, configuration, json_option, print_json
from omiflow.errors import EnvironmentFault
from omiflow.language.settings.config import Config
from omiflow.runtime.tokens import SERVER, TOKENS, hook_tokens, known_tokens, make_tokens, wanted_tokens

EVENTS = {
    "realtime_transcript": "Real-time transcript",
    "memory_created": "Conversation (memory) created",
    "day_summary": "Day summary",
    "button_event": "Button event",
}


@click.command()
@config_option
@json_option
def urls(*, config_path: Path | None, as_json: bool) -> None:
    """Show the exact URLs to paste into the Omi app; tokens are made on first use."""
    config = configuration(config_path)
    known = known_tokens(config.data_folder)
    made = make_tokens(config.data_folder, wanted_tokens(config))
    if made != known:
        click.echo(f"omiflow: made new tokens; they are kept in '{config.data_folder / TOKENS}'", err=True)
    base = config.public_url or _server(config) or "http://127.0.0.1:8787"
    apps = app_urls(base, hook_tokens(config, made).items())
    if as_json:
        print_json({"apps": [{"app": app, "event": event, "url": url} for app, event, url in apps]})
        return
    click.echo(listing(apps, public=config.public_url is not None))


def app_urls(base: str, tokens: Iterable[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """List app, event and URL for everything Omi can send."""
    return [
        (app, event, f"{base.rstrip('/')}/hooks/{token}/{event}")
        for token, app in tokens
        for event in (*EVENTS, "webhook/NAME")
    ]


def listing(apps: list[tuple[str, str, str]], *, public: bool) -> str:
    """Write the URLs for people."""
    lines = []
    for app in dict.fromkeys(name for name, _, _ in apps):
        lines.append(f"Paste into the Omi app (app '{app}'):")
        for name, event, url in apps:
            if name == app:
                lines.append(f"  {EVENTS.get(event, 'Your own systems'):<30} {url}")
    if not public:
        lines.append("Omi reaches public addresses only: put a tunnel in front, and set 'public_url' in omiflow.yaml.")
    return "\n".join(lines)


def _server(config: Config) -> str | None:
    """Give the address of the server that runs on this data folder, None when there is none."""
    try:
        read = json.loads((config.data_folder / SERVER).read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise EnvironmentFault(f"'{config.data_folder / SERVER}' can't be read: {error}") from error
    url = read.get("url") if isinstance(read, dict) else None
    return url if isinstance(url, str) else None
