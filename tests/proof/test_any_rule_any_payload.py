"""Whatever rules `check` accepts decide whatever requests arrive, and nothing raises: there is always a verdict.

Rules are put together of the parts that the golden decisions are made of, and of parts made up from the language's own
tables; their templates are swapped for harmless and hostile ones, and the requests are damaged in random places.
"""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import nodes
from jinja2.filters import FILTERS as JINJAS

from omiflow.actions.table import ACTIONS
from omiflow.cli.show_dry_run import MARKS, document
from omiflow.engine.filters import FILTERS
from omiflow.engine.inline import Seal
from omiflow.engine.names import EVENT_WIDE
from omiflow.engine.operators import OPERATORS
from omiflow.language import spec_conditions, spec_rules, spec_steps
from omiflow.language.load import Loader
from omiflow.language.settings.config import load_config
from omiflow.language.settings.views import facts, surroundings
from omiflow.language.source import read
from omiflow.omi.recorded import Recorded, event_of, read_recorded
from omiflow.omi.times import parse
from omiflow.proof.dry_run import Simulation
from omiflow.speech.lists import entries

HERE = Path(__file__).parent
DECISIONS = HERE / "decisions"
CONFIG = load_config(DECISIONS / "omiflow.yaml", folder=DECISIONS, environ={}).config
assert CONFIG is not None
FACTS, SURROUNDINGS = facts(CONFIG), surroundings(CONFIG)
FILES = [
    read(path.read_text(), file=path.name).value
    for path in sorted(DECISIONS.glob("*.yaml"))
    if path.name != "omiflow.yaml"
]
RULES = [rule for file in FILES for rule in file.get("rules", ())]
LISTS = {name: items for file in FILES for name, items in file.get("lists", {}).items()}
HEARING = {"speaker", "except", "match", "within", "pause", "after_silence", "late"}
THERE_ARE = {*spec_rules.TRIGGERS, *spec_conditions.CONDITIONS, *spec_steps.STEPS, *ACTIONS, *HEARING}
"""What a rule may be made of: triggers and how they hear, conditions, steps and actions."""
INLINE = sorted(name for name, action in ACTIONS.items() if action.inline)
READS = {*EVENT_WIDE, "timedelta", "today_at", "range", "dict"}
"""What a template may read in any rule."""
FEW = 300
LEAST_ACCEPTED = 0.9


def inside(value: Any) -> Iterator[Any]:
    """Give a value and all that lies in it."""
    yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inside(one)


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Give all that lies in a value, with the keys that lead there."""
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*above, key), one
        yield from places(one, (*above, key))


def keys_of(value: Any) -> Iterator[str]:
    """Give the keys of a mapping, and what its trigger or action is."""
    if isinstance(value, dict):
        yield from value
        yield from (value[key] for key in ("trigger", "action") if isinstance(value.get(key), str))


def put(holder: Any, place: tuple[Any, ...], value: Any) -> None:
    """Put a value at a place."""
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value


def is_free(text: str) -> bool:
    """Tell whether a text may stand in any rule: a template that reads nothing that only its own rule has."""
    if "{{" not in text and "{%" not in text:
        return True
    tree = jinja2.Environment().parse(text)
    read_there = {one.name for one in tree.find_all(nodes.Name) if one.ctx == "load"}
    set_there = {one.name for one in tree.find_all(nodes.Name) if one.ctx == "store"}
    return read_there - set_there <= READS and "slots." not in text


SEEN = [
    *("event", "event.structured", "event.structured.title", "event.structured.action_items", "event.segments"),
    *("event.summary_json", "event.n", "event[0]", "event.a.b.c", "event.id", "event.at", "event.text", "event.text()"),
    *("event.items", "event.created_at", "event.said", "trigger", "trigger.text", "trigger.slots", "trigger.segments"),
    *(
        "trigger.id",
        "matched",
        "matched.action_items",
        "user.name",
        "user.uid",
        "app.variables",
        "lists",
        "now",
        "none",
    ),
    *("session.text()", "session.text(last=none, speaker='user')", "session.text(last=event.said)"),
    *("timedelta(days=400000)", "today_at('23:59')", "1e308 * 10", "10 ** 300", "-1", "'nan'|float", "'\\ud800'", "''"),
    *("[[1, [2]], {'a': none}]", "{}", "'x' * 200000", "range(10)", "as_datetime", "true", "'{{ 7 * 7 }}'", "0.1"),
]
HOSTILE = [
    *("{{ 1 / 0 }}", "{{ 10 ** 10 ** 10 }}", "{{ 'x' * 10 ** 10 }}", "{{ range(10 ** 10) | list }}", "{{ event() }}"),
    "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}",
    "{% macro deeper() %}{{ deeper() }}{% endmacro %}{{ deeper() }}",
    "{% set held = namespace(x=[]) %}{% for a in range(40) %}{% set held.x = [held.x, held.x] %}{% endfor %}{{ held.x }}",
    *("{{ event.__class__.__mro__ }}", "{{ ''.__class__ }}", "{{ 'a'.format }}", "{{ '%999999999d' % 1 }}"),
    *("{{ now.replace(year=event.n) }}", "{{ now - timedelta(days=10 ** 9) }}", "{{ now + timedelta(days=event.n) }}"),
    *(
        "{{ today_at(event.said) }}",
        "{{ as_datetime(event.n) }}",
        "{{ event | local(event.said) }}",
        "{{ event | ago }}",
    ),
    *("{{ event['a']['b'] }}", "{{ event.structured.title.split(event.n) }}", "{{ event < now }}", "{{ now < 'x' }}"),
    *(
        "{{ event ~ event ~ event }}",
        "{{ event in event }}",
        "{{ -event }}",
        "{{ lists.people[99] }}",
        "{{ event[::0] }}",
    ),
    *("{{ now.strftime('%') }}", "{{ now.strftime(event.said) }}", "{{ (now - now).total_seconds() / event.n }}"),
    "{{ event.structured.action_items | groupby('description') | list }}",
    "{{ event | map('upper') | list }}{{ event | tojson }}{{ event | pprint }}{{ event | urlize }}",
]
FILTERED = st.builds(
    lambda value, name: f"{{{{ {value} | {name} }}}}",
    st.sampled_from(SEEN),
    st.sampled_from([*FILTERS, *FILTERS, *sorted(set(JINJAS) - {"random", "attr", "map", "select", "reject"})]),
)
WHOLE = st.sampled_from([f"{{{{ {value} }}}}" for value in SEEN])
TEMPLATES = st.one_of(WHOLE, WHOLE.map(lambda text: f"so {text}!"), FILTERED, st.sampled_from(HOSTILE))
DECIDING = st.one_of(
    WHOLE, FILTERED, st.sampled_from(["{{ true }}", "{{ 1 / 0 }}", "{{ event.n > 1 }}", "{{ event < now }}"])
)


def parts(written: list[Any]) -> st.SearchStrategy[Any]:
    """Copy parts of rules, with other templates for those that belong to their own rule, and for some others."""
    known = []
    for part in written:
        texts = [
            (place, text) for place, text in places(part) if isinstance(text, str) and ("{{" in text or "{%" in text)
        ]
        own = [place for place, text in texts if not is_free(text)]
        known.append((part, own, [place for place, _ in texts if place not in own]))

    @st.composite
    def copied(draw: st.DrawFn) -> Any:
        part, own, others = draw(st.sampled_from(known))
        part = copy.deepcopy(part)
        swapped = draw(st.lists(st.sampled_from(others), max_size=2, unique=True)) if others else []
        for place in [*own, *swapped]:
            put(part, place, draw(TEMPLATES))
        return part

    return copied()


WORDS = st.sampled_from(["go", "stop", "hello", "omi", "um", "你好", "what's", "call", "Tom", "9"])


TYPED = {"number": "twelve fifty", "time": "tomorrow at nine"}
"""The types of slots, with what is said for them."""


@st.composite
def _phrases(draw: st.DrawFn) -> str:
    """Write a phrase: words, and among them brackets, choices and slots that keep apart."""
    written = [draw(WORDS)]
    slots = [*"ab", *(f"s_{name}:list {name}" for name in LISTS), *(f"{kind[0]}:{kind}" for kind in TYPED)]
    for _ in range(draw(st.integers(0, 3))):
        one, other = draw(WORDS), draw(WORDS)
        slot = slots.pop(draw(st.integers(0, len(slots) - 1)))
        forms = (
            [one],
            [f"[{one}]", other],
            [f"({one}|{other} {one})"],
            [f"{{{slot}}}", one],
            [f"[({one}|[{other}] {one})]", one],
        )
        written += draw(st.sampled_from(forms))
    return " ".join([*written, *draw(st.sampled_from([["{rest}"], []]))])


PHRASES = _phrases()
LISTENING = {
    "phrases": st.lists(PHRASES, min_size=1, max_size=3),
    "speaker": st.sampled_from(["any", "user", "other"]),
}
LISTENS_HOW = {
    "except": st.lists(PHRASES, min_size=1, max_size=2),
    "match": st.sampled_from(["exact", "fuzzy"]),
    "id": st.just("made"),
}
MADE_TRIGGERS = st.one_of(
    st.fixed_dictionaries(
        {"trigger": st.just("realtime_transcript"), **LISTENING},
        optional={
            **LISTENS_HOW,
            "within": st.sampled_from(["1s", "15s", "2m"]),
            "pause": st.sampled_from(["0.2s", "2s", "30s"]),
        },
    ),
    st.fixed_dictionaries({"trigger": st.just("memory_created"), **LISTENING}, optional=LISTENS_HOW),
)
OF_FIRST_WORDS = st.fixed_dictionaries(
    {"trigger": st.just("conversation_started")}, optional={"after_silence": st.sampled_from(["10s", "2m", "30d"])}
)
OF_CONVERSATIONS = st.fixed_dictionaries(
    {"trigger": st.just("memory_created")}, optional={"include_discarded": st.booleans(), "own": st.booleans()}
)
KNOWN_TRIGGERS = {
    name: [one for rule in RULES for one in rule["triggers"] if one["trigger"] == name] for name in spec_rules.TRIGGERS
}
TRIGGERS = st.one_of(
    MADE_TRIGGERS,
    st.sampled_from(sorted(KNOWN_TRIGGERS)).flatmap(lambda name: st.sampled_from(KNOWN_TRIGGERS[name])),
    MADE_TRIGGERS,
    OF_CONVERSATIONS,
    OF_FIRST_WORDS,
)

PATHS = [
    "$",
    "$.*",
    "$..text",
    "$.n",
    "$.a.b",
    "$.structured.title",
    "$.structured.action_items[*].description",
    "$[0]",
]
PATHS += ["$.segments[0].text", "$.segments[*].is_user", "$.summary_json.stats", "$[?(@.n > 1)].n", "$['said']", "$..*"]
OPERANDS = {
    "any": ["x", 1, 1.5, True, [], {"a": 1}, ""],
    "list": [[], ["x", 1, None, [1]], "lists.people", "lists.rooms"],
    "text": ["", "x", "İ", "ß"],
    "number": [0, -1.5, 1e308, 10**30],
    "flag": [True, False],
    "length": [0, 3, {"gte": 1, "lt": 10**9}, {"equals": -1}],
    "pattern": ["", "(a*)*$", r"\pL+", "(?i)x|y"],
}
WISHES = st.sampled_from([{one.name: operand} for one in OPERATORS.values() for operand in OPERANDS[one.operand]])
TIMES = st.fixed_dictionaries(
    {"after": st.sampled_from(["00:00", "08:00", "22:30"])},
    optional={
        "before": st.sampled_from(["07:00", "23:59"]),
        "weekdays": st.lists(st.sampled_from(["mon", "thu", "sun"]), min_size=1, unique=True),
        "timezone": st.sampled_from(["user", "Pacific/Kiritimati"]),
        "of": st.sampled_from(["decision", "event"]),
    },
)
PLACES = ["transcript", "title", "overview", "all", "$..text", "$"]
ONE_CONDITION = st.one_of(
    parts([one for rule in RULES for one in rule.get("conditions", ())]),
    st.builds(
        lambda path, kind, wish, folded: {"path": path, kind: wish, "ignore_case": folded},
        *(st.sampled_from(PATHS), st.sampled_from(["all", "none"]), WISHES, st.booleans()),
    ),
    WISHES.map(lambda wish: {"action_items": {"description": wish, "count": {"gte": 0}}}),
    st.builds(lambda phrase, place: {"phrases": [phrase], "in": place}, PHRASES, st.sampled_from(PLACES)),
    DECIDING.map(lambda text: {"template": text}),
    TIMES.map(lambda times: {"time": times}),
)
CONDITIONS = st.one_of(
    ONE_CONDITION,
    ONE_CONDITION.map(lambda one: {"not": one}),
    st.builds(
        lambda kind, one, other: {kind: [one, {"not": other}]}, st.sampled_from(["any", "all"]), *[ONE_CONDITION] * 2
    ),
    st.just({"template": "{{ true }}"}),
)
CHECKS = st.one_of(DECIDING, st.just("{{ true }}"), st.lists(CONDITIONS, min_size=1, max_size=2))


def data_of(name: str) -> st.SearchStrategy[Any]:
    """Give an action's data as in a golden decision, or in its own example."""
    steps = [one for rule in RULES for one in inside(rule) if isinstance(one, dict) and one.get("action") == name]
    return parts([*(one["data"] for one in steps), read(ACTIONS[name].example, file=name).value["data"]])


CONNECTIONS = {"slack": "team", "notion": "notion", "http": "crm", "notify": "me", "llm": "model", "folder": "vault"}


def action_steps(name: str) -> st.SearchStrategy[Any]:
    """Write steps that do one action, with all that may stand beside it."""
    step = {"action": st.just(name), "data": data_of(name)}
    kind = ACTIONS[name].connection
    if kind is not None:
        step["connection"] = st.just("hook" if name == "slack.webhook" else CONNECTIONS[kind])
    beside: dict[str, st.SearchStrategy[Any]] = {"if": CHECKS, "continue_on_error": st.booleans()}
    if name not in INLINE:
        beside |= {
            "timeout": st.one_of(st.just("5s"), TEMPLATES),
            "retry": st.just({"attempts": 3, "give_up_after": "1h"}),
            "idempotency_key": TEMPLATES,
            "response_variable": st.sampled_from(["answer", "other"]),
        }
    return st.one_of(st.fixed_dictionaries(step), st.fixed_dictionaries(step, optional=beside))


ANSWERS = {name: action_steps(name) for name in INLINE}
OUTWARD = st.one_of([action_steps(name) for name in ACTIONS if name not in INLINE])
PLAIN_STEPS = st.one_of(
    *[OUTWARD] * 4,
    st.dictionaries(st.sampled_from(["x", "y"]), TEMPLATES, min_size=1).map(lambda one: {"variables": one}),
    st.builds(lambda text, error: {"stop": text, "error": error}, TEMPLATES, st.booleans()),
    st.builds(lambda data: {"emit": {"name": "note", "data": {"n": data, "said": ["{{ event }}"]}}}, TEMPLATES),
)


def around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Write steps that hold others."""
    sequence = st.lists(inner, min_size=1, max_size=2)
    ways = st.fixed_dictionaries({"conditions": st.lists(CONDITIONS, min_size=1, max_size=2), "sequence": sequence})
    items = st.one_of(TEMPLATES, st.just([1, "{{ event.n }}", {"a": None}]))
    times = st.one_of(st.sampled_from([0, 2, "{{ event.n }}"]), FILTERED)
    return st.one_of(
        st.fixed_dictionaries({"if": CHECKS, "then": sequence, "else": sequence}),
        st.fixed_dictionaries({"choose": st.lists(ways, min_size=1, max_size=2), "default": sequence}),
        st.fixed_dictionaries({"repeat": st.fixed_dictionaries({"for_each": items, "sequence": sequence})}),
        st.fixed_dictionaries({"repeat": st.fixed_dictionaries({"count": times, "sequence": sequence})}),
    )


STEPS = st.one_of(PLAIN_STEPS, around(st.one_of(PLAIN_STEPS, PLAIN_STEPS, around(PLAIN_STEPS))))
KEYS = st.one_of(st.sampled_from(["uid", "app", "rule", "session"]), TEMPLATES)
HEADS = st.fixed_dictionaries(
    {"triggers": st.lists(TRIGGERS, min_size=1, max_size=3)},
    optional={
        "status": st.sampled_from(["live", "live", "shadow", "disabled"]),
        "priority": st.integers(-2, 12),
        "late": st.sampled_from(["run", "skip"]),
        "conditions": st.lists(CONDITIONS, max_size=2),
        "dedupe": st.fixed_dictionaries({"key": st.one_of(KEYS, st.lists(KEYS, min_size=1)), "period": st.just("1h")}),
        "throttle": st.fixed_dictionaries(
            {"limit": st.integers(1, 2), "period": st.just("10m")}, optional={"key": st.lists(KEYS, min_size=1)}
        ),
        "variables": st.dictionaries(
            st.sampled_from(["v", "w"]), st.one_of(TEMPLATES, TEMPLATES.map(lambda one: [one, 1]))
        ),
        "users": st.just(["u1", "u2"]),
        "apps": st.just(["default", "calm"]),
    },
)
BODIES = st.lists(STEPS, max_size=4)


@st.composite
def _rules(draw: st.DrawFn) -> dict[str, Any]:
    """Write a rule without its id; what goes into the answer to Omi stands first, where Omi reads it."""
    head = draw(HEADS)
    events = {one["trigger"] for one in head["triggers"]}
    spoken_there = {"realtime_transcript", "conversation_started"}
    read_there = {"omi.prompt": spoken_there, "omi.reply": {*spoken_there, "memory_created"}}
    answers = [ANSWERS[name] for name in INLINE if events <= read_there[name]]
    first = draw(st.lists(st.one_of(answers), max_size=2)) if answers else []
    return {**head, "actions": [*first, *draw(BODIES)] or [{"stop": "nothing to do"}]}


RULES_OF_A_FILE = st.lists(_rules(), min_size=1, max_size=3)

JSON = st.recursive(
    st.one_of(
        *(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(allow_nan=False, allow_infinity=False),
            st.text(max_size=9),
        ),
        st.sampled_from(
            ["2026-03-02T10:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "9" * 5000, 10**400]
        ),
        st.integers(0, 3),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["n", "said", "a", "items", "id", "text", "uid", "structured"]), inner, max_size=4
        ),
    ),
    max_leaves=8,
)
RECORDINGS: dict[str, list[tuple[Recorded, Any]]] = {}
for path in (*sorted(DECISIONS.glob("*.jsonl")), *sorted((HERE.parent / "payloads").glob("[0-5]*.json"))):
    for recorded in read_recorded(path):
        event = event_of(recorded)
        if event is not None and recorded.body.startswith((b"{", b"[")):
            RECORDINGS.setdefault(event[0], []).append((recorded, json.loads(recorded.body)))
ARRIVALS = st.tuples(
    st.sampled_from(["u1", "u1", "u1", "u2", "u3", "u4", "a stranger", None]),
    st.sampled_from([None, "2026-03-02T10:00:00Z", "2026-03-02T10:00:01Z", "2026-03-02T23:30:00Z"]),
    st.sampled_from(["default", "default", "calm", "rationed"]),
)

ENDS = st.sampled_from(["", "", ".", " And"])


def spoken(phrase: str) -> str:
    """Say a phrase: what is in brackets, the first of each choice, an entry for each slot."""
    phrase = re.sub(r"\{\w+:list (\w+)\}", lambda slot: entries(LISTS[slot[1]]).ways[0], phrase)
    phrase = re.sub(r"\{\w+:(\w+)\}", lambda slot: TYPED[slot[1]], phrase)
    phrase = re.sub(r"\{\w+\}", "something", phrase)
    while re.search(r"[\[(]", phrase):
        phrase = re.sub(
            r"\(([^()\[\]|]*)[^()\[\]]*\)|\[([^()\[\]]*)\]", lambda part: f" {part[1] or part[2] or ''} ", phrase
        )
    return phrase


@st.composite
def _requests(draw: st.DrawFn, rules: list[dict[str, Any]]) -> Recorded:
    """Record a request that may set off one of the rules: of Omi's, with damage, or anything posted to a webhook."""
    trigger = draw(st.sampled_from([trigger for rule in rules for trigger in rule["triggers"]]))
    uid, at, app = draw(ARRIVALS)
    common: dict[str, Any] = {
        "query": {} if uid is None else {"uid": uid},
        "at": parse(at),
        "app": app,
        "source": "made up",
    }
    name = "realtime_transcript" if trigger["trigger"] == "conversation_started" else trigger["trigger"]
    name = name if name in RECORDINGS else "webhook"
    if name == "webhook" and draw(st.booleans()):
        return Recorded(body=json.dumps(draw(JSON)).encode(), event=f"webhook/{trigger.get('name', 'note')}", **common)
    recorded, body = draw(st.sampled_from(RECORDINGS[name]))
    body = copy.deepcopy(body)
    if "phrases" in trigger and isinstance(body, dict):
        segments = body.get("segments", body.get("transcript_segments"))
        if isinstance(segments, list):
            words = f"{spoken(draw(st.sampled_from(trigger['phrases'])))}{draw(ENDS)}".split()
            cuts = sorted(draw(st.lists(st.integers(0, len(words)), max_size=2)))
            segments[:0] = [
                {
                    "text": " ".join(words[begin:end]),
                    "is_user": trigger.get("speaker") != "other",
                    "id": f"said{begin}",
                    "start": begin / 3,
                    "end": end / 3,
                }
                for begin, end in zip([0, *cuts], [*cuts, len(words)], strict=True)
            ]
    for _ in range(draw(st.integers(0, 2))):
        found = [place for place, _ in places(body)]
        if found:
            put(body, draw(st.sampled_from(found)), draw(JSON))
    declared = f"webhook/{trigger['name']}" if name == "webhook" and "name" in trigger else recorded.event
    return Recorded(
        body=json.dumps(body).encode(), event=declared, path=recorded.path, headers=recorded.headers, **common
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[Recorded]]:
    """Write a rule file, with every list there is, and requests that concern it."""
    rules = [{"id": f"rule{number}", **rule} for number, rule in enumerate(draw(RULES_OF_A_FILE))]
    arriving = [draw(_requests(rules)) for _ in range(draw(st.integers(1, 2)))]
    return json.dumps({"lists": LISTS, "rules": rules}), arriving * draw(st.integers(1, 2))


@pytest.mark.parametrize("most", [FEW, pytest.param(20_000, marks=[pytest.mark.soak, pytest.mark.timeout(4 * 3600)])])
def test_whatever_check_accepts_decides_whatever_arrives(most: int, request: pytest.FixtureRequest) -> None:
    if most > FEW and "soak" not in request.config.option.markexpr:
        pytest.skip("runs with -m soak")
    told: Counter[str] = Counter()

    @settings(
        max_examples=round(most / LEAST_ACCEPTED), derandomize=most == FEW, suppress_health_check=list(HealthCheck)
    )
    @given(case=cases())
    def decided(case: tuple[str, list[Recorded]]) -> None:
        text, arriving = case
        book = Loader(FACTS).load({"rules.yaml": text})
        told["written"] += 1
        if any(problem.severity == "error" for problem in book.problems):
            return
        told["accepted"] += 1
        told.update(f"key {key}" for rule in json.loads(text)["rules"] for one in inside(rule) for key in keys_of(one))
        simulation = Simulation(
            rules=book.rules,
            surroundings=SURROUNDINGS,
            seal=Seal("test"),
            app="default",
            requests_per_uid=None,
            every=True,
        )
        for seen in (*map(simulation.foresee, arriving), simulation.end()):
            for one in seen:
                json.dumps(document(one))
                told["lulls"] += one.lull
                if one.error is None and one.ignored is None and not one.duplicate:
                    told.update(run.outcome for run in one.runs)
                    assert {run.outcome for run in one.runs} <= set(MARKS)
                    assert one.lull or {run.verdict.rule for run in one.runs} == set(book.rules.by_id)

    decided()
    assert told["accepted"] >= LEAST_ACCEPTED * told["written"]
    assert told["accepted"] >= most
    assert told["lulls"] > 0
    assert set(told) >= {"fired", "failed", "not_matched"}
    assert {name for name in THERE_ARE if f"key {name}" not in told} == set()
