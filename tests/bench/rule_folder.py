"""Folders of rules as people have them, of any size: every trigger, condition, action and template, and a few tests."""

from __future__ import annotations

import random
import re
from pathlib import Path

CONFIG = """\
apps:
  default:
    tokens: [bench-token-of-nobody]
    omi_app_id: bench
    api_key: sk_bench
    scopes: [user_name, user_facts, user_context, user_chat]
    variables: {channel: "#team", inbox: later}
  mentor: {tokens: [mentor-token-of-nobody], omi_app_id: mentor, api_key: sk_mentor}
users:
  u1: {name: Kim, timezone: Europe/Berlin, group: home}
connections:
  team: {type: slack, token: xoxb-bench}
  crm: {type: http, base_url: "https://crm.example.com"}
  notion: {type: notion, token: ntn_bench}
  model: {type: llm, base_url: "https://llm.example.com/v1", api_key: sk_bench, model: small}
  phone: {type: notify, to: ["json://localhost"]}
network: {allow_private: true}
"""

LISTS = """\
lists:
  rooms: [kitchen, living room, bedroom, hall, cellar, {say: [attic, loft], value: top}]
  people:
    - {say: [Tom, Tom Becker], value: uid_tom}
    - {say: Ana, value: uid_ana}
    - Kim
  delicate: [salary, appraisal, hiring, divorce]
"""

KINDS = r"""
  - id: advice_§n
    alias: Advice about the §a
    triggers:
      - trigger: realtime_transcript
        speaker: user
        phrases:
          - hey omi §n [what do you] think about the §a
          - "any (advice|idea[s]) on the §a and §b §n"
        except: ["don't (ask|tell) omi"]
    cooldown: 2m
    actions:
      - action: omi.prompt
        data:
          prompt: "{{ user_name }} wonders about the §a: «{{ trigger.text }}». Known: {{ user_facts }}. Be brief, §n."
          context: {question: "§a and {{ trigger.text }}", filters: {topics: [§a, §b]}}

  - id: remind_§n
    triggers:
      - trigger: realtime_transcript
        phrases: ["§a reminder §n for {task} please", "put {task} on the §b list §n"]
    throttle: {limit: 5, period: 1h, key: [uid, "{{ trigger.slots.task }}"]}
    actions:
      - action: list.add
        data: {name: "§a", item: "{{ trigger.slots.task }}", scope: group, expires: 7d, unique: true}
        response_variable: added
      - action: omi.notify
        if: "{{ added.items | length > §m }}"
        data: {message: "The §a list has {{ added.items | length }} things on it, {{ user.name }}"}

  - id: lights_§n
    triggers:
      - trigger: realtime_transcript
        phrases: ["§a light[s] §n (on|off) in [the] {room:list rooms}", "make [the] {room:list rooms} §b §n"]
    actions:
      - action: http.request
        connection: crm
        data:
          method: POST
          url: "/§a/{{ trigger.slots.room }}/§n"
          json: {scene: "§b", said: "{{ trigger.text }}"}
          expect: [200, 204]
        retry: {attempts: 2, give_up_after: 1m}

  - id: meeting_§n
    description: Open points of a meeting about the §a and the §b, for the team's channel.
    triggers:
      - trigger: memory_created
    conditions:
      - {path: $.structured.category, in: [work, business, technology]}
      - path: $.structured.title
        not: {matches: '(?i)\b(salary|§a|§b)\b'}
      - action_items: {completed: false, description: {contains: §a, ignore_case: true}}
    variables:
      heading: "{{ event.structured.emoji }} {{ event.structured.title or 'the §a' }}"
    actions:
      - action: slack.post_message
        data:
          channel: "{{ app.variables.channel }}"
          text: |-
            *{{ heading }}* has {{ matched.action_items | length }} open points for §a §n:
            {%- for item in matched.action_items %}
            • {{ item.description }}{% if item.owner_name %} ({{ item.owner_name }}){% endif %}
            {%- endfor %}

  - id: promises_§n
    triggers: [{trigger: memory_created, include_discarded: true}]
    conditions:
      - action_items: {completed: false, capture_owner: user, count: {gte: 2}}
      - not: {path: $.structured.title, in: lists.delicate}
    actions:
      - repeat:
          for_each: "{{ matched.action_items }}"
          sequence:
            - action: http.request
              connection: crm
              data:
                method: POST
                url: "lists/{{ app.variables.inbox }}/§a/tasks"
                json: {title: "§b: {{ repeat.item.description }}", due: "{{ repeat.item.due_at }}", n: §m}

  - id: overheard_§n
    triggers:
      - trigger: memory_created
        phrases: ["the §a budget §n", "(over|under) spend on [the] §b", "{who:list people} owes me a §b §n"]
        speaker: other
    conditions:
      - {path: "$.transcript_segments[?(@.is_user == true)].text", none: {contains: §a}}
      - {path: $.language, equals: en}
    actions:
      - action: notion.create_page
        data:
          database: 0123456789abcdef0123456789abcdef
          title: "§a: {{ event.structured.title }}"
          properties: {Topic: "§b", Words: "{{ event.text() | length }}", Rule: §m}
          markdown: "{{ event.structured.overview | sentences(2) }}\n\n{{ event.structured.action_items | bullets }} §n"

  - id: evening_§n
    triggers:
      - trigger: day_summary
        id: evening
    conditions:
      - {path: "$.summary_json.overview", length: {gte: §m}}
    actions:
      - action: llm.ask
        data:
          prompt: "What did {{ user.name }} learn about the §a? {{ event.summary_json.overview }}"
          system: "You know everything about the §b §n."
          schema: {lesson: string, weight: integer}
        response_variable: answer
      - action: notify.send
        if: "{{ answer.json.weight > §m }}"
        data: {title: "The §a, §n", message: "{{ answer.json.lesson }}"}

  - id: tap_§n
    triggers: [{trigger: button_event, gesture: double_tap}]
    conditions:
      - time: {after: "08:00", before: "22:00", weekdays: [mon, tue, fri]}
    users: [user_§n]
    actions:
      - action: value.add
        data: {name: §a_§n, by: 1}
        response_variable: so_far
      - choose:
          - conditions: [{template: "{{ so_far.value > §m }}"}]
            sequence:
              - action: log.write
                data: {message: "too many §a: {{ so_far.value }}"}
          - conditions: [{template: "{{ now.hour < §h }}"}]
            sequence: [{stop: "too early for §b, it is {{ now.hour }}"}]
        default:
          - action: omi.notify
            data: {message: "§a number {{ so_far.value }} of {{ now.strftime('%d.%m.') }}"}

  - id: build_§n
    triggers: [{trigger: webhook, name: build-§n}]
    conditions:
      - {path: $.status, equals: failed}
      - any:
          - {path: $.branch, equals: main}
          - {path: $.branch, starts_with: release/§a}
    dedupe: {key: "{{ event.commit }}", period: 1d}
    actions:
      - action: slack.post_message
        connection: team
        data: {channel: "#§a", text: "§b build {{ event.number }} of {{ event.branch }} failed: {{ event.url }}"}
      - emit: {name: failed-§n, data: {commit: "{{ event.commit }}", by: "{{ event.author.name }}", what: §a}}

  - id: failed_§n
    triggers: [{trigger: event, name: failed-§n}]
    actions:
      - action: file.append
        data: {path: "§a/§n.md", text: "- {{ now.isoformat() }} {{ event.commit }} by {{ event.by }} (§b)"}
"""

TESTS = """
tests:
  - name: the §a at night
    rule: advice_§n
    events:
      - realtime_transcript: {segments: [{text: "Hey Omi §n, what do you think about the §a?", is_user: true}]}
    expect:
      - action: omi.prompt
        data: {prompt: {contains: §a}}
  - name: nobody asked for the §b
    events:
      - realtime_transcript: {segments: [{text: "The §b was blue.", is_user: true}]}
    expect: []
"""

WORDS = """
    anchor apple apron arrow attic badge bakery balcony bamboo banner barrel basket battery beacon bicycle blanket
    blossom bottle bracket breakfast bridge bucket butter button cabin cable camera candle canoe canvas carpet
    castle ceiling cellar chain chapel cherry chimney circle clover coffee collar compass copper corner cotton
    cradle crystal cupboard curtain cushion desert diamond dinner dolphin drawer engine falcon feather fiddle finger
    forest fountain gallery garage garden garlic gateway ginger glacier granite gravel hammer harbour harvest helmet
    hollow honey island jacket jungle kettle ladder lantern leather lemon letter library lizard magnet maple marble
    market meadow mirror mountain museum needle nickel oyster paddle palace pantry parade pebble pepper pillow
    pocket rabbit raven ribbon river saddle salmon satin shadow silver sparrow stable summer tablet temple thunder
    ticket timber tractor tunnel valley velvet violin walnut willow window winter yellow zipper
"""

_WORDS = WORDS.split()
_KINDS = re.split(r"\n\n", KINDS.strip("\n"))


def rule_file(number: int, *, rules: int = 20) -> str:
    """Write one file; no other number gives the same rules, phrases or templates."""
    written = []
    for at in range(rules):
        again, kind = divmod(at, len(_KINDS))
        written.append(_filled(_KINDS[kind], name=f"{number}x{again}", seed=f"{number} {at}"))
    lists = LISTS if number == 0 else ""
    tests = _filled(TESTS, name=f"{number}x0", seed=f"{number} 0") if number % 5 == 0 else ""
    body = "\n\n".join(written)
    return f"# File {number}: rules of one team, as they grew.\n\n{lists}rules:\n{body}\n{tests}"


def write_folder(folder: Path, *, files: int, rules: int = 20) -> None:
    """Write omiflow.yaml and so many rule files of so many rules into a folder."""
    (folder / "omiflow.yaml").write_text(CONFIG)
    for number in range(files):
        place = folder / "rules" / f"team_{number % 25:02}" / f"rules_{number:04}.yaml"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(rule_file(number, rules=rules))


def _filled(text: str, *, name: str, seed: str) -> str:
    chance = random.Random(seed)
    first, second = chance.sample(_WORDS, 2)
    number, hour = chance.randrange(2, 90), chance.randrange(5, 12)
    fillings = {"n": name, "a": first, "b": second, "m": str(number), "h": str(hour)}
    return re.sub("§([nabmh])", lambda found: fillings[found[1]], text)
