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
  notion: {{type: notion, token: any-token, base_url: {url}/notion}}
  model: {{type: llm, api_key: any-key, model: any, base_url: {url}/llm/v1}}
  phone: {{type: notify, to: ["{ntfy}/NAME"]}}
  service: {{type: http, base_url: {url}/http/NAME}}

# what arrived: {url}/seen
"""


def offer(directory: Directory, *, url: str) -> str:
    """Write where each API is below `url`, and the app ids with their keys that Omi's takes."""
    apps = "\n".join(f"    omi_app_id: {app}\n    api_key: {directory.keys.get(app, '')}" for app in directory.apps)
    base = url.rstrip("/")
    return OFFER.format(url=base, ntfy=base.replace("http", "ntfy", 1), apps=apps)
