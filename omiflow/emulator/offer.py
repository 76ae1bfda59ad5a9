"""What the stand-in offers, as a piece of `omiflow.yaml` to paste: said at its start, and by `GET /`.

Serving it is left to `server`.
"""

from __future__ import annotations

from omiflow.emulator.omi_gate import Directory

OFFER = """\
# paste into omiflow.yaml; NAME is any name of yours
omi: {{base_url: {url}}}
apps:
  default:
{apps}
connections:
  slack: {{type: slack, token: any-token, base_url: {url}/slack/api}}
  slack_channel: {{type: slack, webhook_url: {url}/slack/hook/NAME}}
  service: {{type: http, base_url: {url}/http/NAME}}

# what arrived: {url}/seen
"""


def offer(directory: Directory, *, url: str) -> str:
    """Write where each API is below `url`, and the app ids with their keys that Omi's takes."""
    apps = "\n".join(f"    omi_app_id: {app}\n    api_key: {directory.keys.get(app, '')}" for app in directory.apps)
    return OFFER.format(url=url.rstrip("/"), apps=apps)
