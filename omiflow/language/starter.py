"""What `omiflow init` puts into an empty folder: enough to serve at once, and to see what else there is.

Writing the files, and the schemas for editors, is left to the command.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_CONFIG = """\
# yaml-language-server: $schema=.omiflow/config.schema.json
# omiflow's configuration. Everything here may be left out; what begins with '#' shows what could stand there.
#
# '!env NAME' takes a value from the environment or from .env beside this file, '!env "NAME, default"' has a default,
# '!file PATH' reads a mounted secret. Any value can also be set from outside, such as OMIFLOW_OMI__BASE_URL=…
# This file and .env are read when omiflow starts: after a change `omiflow check`, then start it again. Only rules are
# read again while it runs.

rules: rules                             # the folder with your rules
timezone: UTC                            # of users who have none of their own; a name like Europe/Berlin
#public_url: https://flow.example.com    # how Omi reaches this server

apps:
  default:
    scopes: [user_name, user_facts]      # what prompts may ask Omi to fill in, as set for your app at Omi
    #tokens: [!env OMIFLOW_TOKEN]        # the secret in your webhook URLs; without one, one is made for you
    #omi_app_id: !env OMI_APP_ID         # with the key: for omi.notify, omi.create_memories, omi.create_conversation
    #api_key: !env OMI_API_KEY

#users:
  #your_uid_at_omi: {name: Kim, timezone: Europe/Berlin}

#connections:                            # where actions go; rules name them and never hold a secret
  #team: {type: slack, token: !env SLACK_BOT_TOKEN}
  #home: {type: http, base_url: https://home.example.com, headers: {Authorization: !env HOME_AUTH}}
"""

_HELLO = """\
# yaml-language-server: $schema=../.omiflow/rules.schema.json
# A first rule. Say "Hey Omi, can you hear me?", and the answer comes to your phone.
# Change it while the server runs: a file that is saved counts from the next word on.

rules:
  - id: hello
    alias: Can you hear me?
    triggers:
      - trigger: realtime_transcript
        speaker: user                    # only you can ask, not the people around you
        phrases:                         # [words] may be missing, (a|b) is a choice; commas and case don't count
          - "hey omi [can you] hear me"
          - "(can|do) you hear me omi"
    cooldown: 1m                         # asked again within a minute, it stays quiet
    actions:
      - action: omi.reply                # travels back to Omi, which shows it to you
        data: {message: "Loud and clear, at {{ now.strftime('%H:%M') }}."}
      # Instead, Omi's model can answer; that needs an app of your own, with the capability proactive notification:
      #- action: omi.prompt
      #  data: {prompt: 'The user asked: "{{ trigger.text }}". Say in one warm sentence that you are there.'}
"""

_ENV = """\
# Copy this file to .env and fill in what omiflow.yaml asks for with !env. Never commit .env.

# the secret in your webhook URLs: 16 letters and digits at least, such as 'openssl rand -hex 16' gives
OMIFLOW_TOKEN=

# from your app's page at Omi
OMI_APP_ID=
OMI_API_KEY=

# for connections
SLACK_BOT_TOKEN=
HOME_AUTH=
"""

_GITIGNORE = """\
.env
data/
*.db
*.db-wal
*.db-shm
*.db.lock
"""

_EDITOR = """\
{
  "yaml.customTags": ["!env scalar", "!file scalar"],
  "yaml.schemas": {
    ".omiflow/config.schema.json": "omiflow.yaml",
    ".omiflow/rules.schema.json": "rules/**/*.{yaml,yml}"
  }
}
"""

SCHEMAS: Mapping[str, str] = MappingProxyType(
    {"rules": ".omiflow/rules.schema.json", "config": ".omiflow/config.schema.json"}
)
"""Where the schemas lie that editors read, from the folder of omiflow.yaml."""

STARTER: Mapping[str, str] = MappingProxyType(
    {
        "omiflow.yaml": _CONFIG,
        "rules/hello.yaml": _HELLO,
        ".env.example": _ENV,
        ".gitignore": _GITIGNORE,
        ".vscode/settings.json": _EDITOR,
    }
)
