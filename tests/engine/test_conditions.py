"""Conditions as people write them, on payloads as strangers send them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omiflow.engine.conditions import check_all
from omiflow.engine.interpret import RunView
from omiflow.engine.names import Now
from omiflow.model import Event

PAYLOAD = {
    "title": "Salary talk",
    "category": "work",
    "n": 3,
    "digits": "12",
    "zero": 0,
    "flag": False,
    "none": None,
    "empty": [],
    "blank": "",
    "tags": ["Work", "home"],
    "map": {"Key": 1},
    "sharp": "ß",
    "people": [{"name": "Ann", "age": 30}, {"name": "", "age": None}, {"age": "41"}],
    "structured": {
        "action_items": [
            {"description": "Pay the invoice", "completed": False, "due": None},
            {"description": "Call Tom", "completed": True, "due": "2026-03-05"},
            {"description": "Send invoice", "completed": False, "due": "2026-03-04"},
        ]
    },
}

DAY = {"summary_json": {"action_items": [{"description": "Rest", "completed": False}], "headline": "x"}}


MONDAY = Now(2026, 3, 2, 10, 30, tzinfo=ZoneInfo("Europe/Berlin"))


def heard(payload):
    at = MONDAY.timestamp()
    return Event(id="e", name="memory_created", app="default", uid="u1", at=at, received=at, body=payload)


def holds(compiled, written, payload=PAYLOAD):
    rule = compiled(f"[{{conditions: {written}, id: rule0}}]").rules[0]
    matched = {}
    view = RunView(
        event=heard(payload),
        payload=payload,
        base={"event": payload, "matched": matched, "now": MONDAY},
        matched=matched,
    )
    passed, gates = check_all(rule.conditions, view)
    assert passed == all(gate.passed for gate in gates)
    return passed, gates, view.matched


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("{path: $.category, equals: work}", True),
        ("{path: $.category, in: [work, business]}", True),
        ("{path: $.category, not_in: [work, business]}", False),
        ("{path: $.title, not: {matches: '(?i)\\bsalary\\b'}}", False),
        ("{path: $.title, not: {matches: '\\bsalary\\b'}}", True),
        ("{path: $.title, matches: '\\bsalary\\b', ignore_case: true}", True),
        ("{path: $.n, gt: 2, lt: 4}", True),
        ("{path: $.n, gt: 2, lt: 3}", False),
        ("{path: $.digits, gte: 12}", True),
        ("{path: $.title, gte: 0}", False),
        ("{path: $.zero, equals: 0}", True),
        ("{path: $.zero, exists: true}", True),
        ("{path: $.flag, equals: false}", True),
        ("{path: $.flag, equals: 0}", False),
        ("{path: $.blank, exists: true}", True),
        ("{path: $.blank, length: 0}", True),
        # nothing found
        ("{path: $.none, exists: true}", False),
        ("{path: $.none, exists: false}", True),
        ("{path: $.empty, exists: false}", True),
        ("{path: $.nothing.below, exists: false}", True),
        ("{path: $.category, exists: false}", False),
        ("{path: $.none, exists: false, equals: x}", False),
        ("{path: $.none, exists: false, not: {equals: x}}", False),
        ("{path: $.none, equals: x}", False),
        ("{path: $.none, not_equals: x}", False),
        ("{path: $.none, not_in: [x]}", False),
        ("{path: $.none, not_contains: x}", False),
        ("{path: $.none, not: {equals: x}}", False),
        ("{path: $.none, not: {exists: true}}", False),
        ("{path: $.empty, length: 0}", False),
        ("{path: $.none, none: {equals: x}}", True),
        ("{path: $.none, all: {equals: x}}", False),
        ("{path: '$.empty[*]', none: {exists: true}}", True),
        ("not: {path: $.none, equals: x}", True),
        ("not: {path: $.none, exists: true}", True),
        # some, all, none
        ("{path: '$.people[*].name', equals: Ann}", True),
        ("{path: '$.people[*].name', all: {not_equals: ''}}", False),
        ("{path: '$.people[*].name', all: {length: {lte: 3}}}", True),
        ("{path: '$.people[*].age', all: {gt: 20}}", True),
        ("{path: '$.people[*].age', none: {gt: 40}}", False),
        ("{path: '$.people[*].age', none: {gt: 50}}", True),
        ("{path: '$.people[*].name', none: {exists: true}}", False),
        ("{path: '$.people[*].name', none: {exists: false}}", True),
        ("{path: '$.people[*].name', all: {exists: false}}", False),
        ("{path: '$.people[?(@.age == 30)].name', equals: Ann}", True),
        # text and case
        ("{path: $.title, contains: salary}", False),
        ("{path: $.title, contains: salary, ignore_case: true}", True),
        ("{path: $.title, starts_with: SALARY, ignore_case: true}", True),
        ("{path: $.title, in: [SALARY TALK], ignore_case: true}", True),
        ("{path: $.title, not: {contains: SALARY}, ignore_case: true}", False),
        ("{path: $.tags, contains: work}", False),
        ("{path: $.tags, contains: work, ignore_case: true}", True),
        ("{path: $.map, contains: key, ignore_case: true}", True),
        ("{path: $.tags, length: 2}", True),
        ("{path: $.tags, length: {gt: 2}}", False),
        ("{path: $.map, length: 1}", True),
        ("{path: $.sharp, length: 1, equals: ẞ, ignore_case: true}", True),
        ("{path: $.sharp, matches: '^ß$', not: {matches: ss}, ignore_case: true}", True),
        ("{path: '$.tags[*]', equals: WORK, ignore_case: true}", True),
        # groups
        ("any: [{path: $.n, equals: 4}, {path: $.n, equals: 3}]", True),
        ("any: [{path: $.n, equals: 4}, {path: $.n, equals: 5}]", False),
        ("all: [{path: $.n, equals: 3}, {path: $.category, equals: work}]", True),
        ("all: [{path: $.n, equals: 3}, {path: $.category, equals: home}]", False),
        ("not: {any: [{path: $.n, equals: 4}, {path: $.n, equals: 5}]}", True),
        ("not: {all: [{path: $.n, equals: 3}, {path: $.zero, equals: 0}]}", False),
        # templates
        ("template: '{{ event.n > 2 }}'", True),
        ("template: '{{ event.nothing.below }}'", False),
        ("template: '{{ event.nothing > 2 }}'", False),
        ("template: '{{ event.title }}'", False),
        ("template: 'y{{ \"es\" }}'", True),
        ("template: '{{ event.structured.action_items | length > 2 }}'", True),
    ],
)
def test_a_condition_holds(compiled, condition, wanted):
    listed = condition if condition.startswith("{") else f"{{{condition}}}"
    passed, _, _ = holds(compiled, f"[{listed}]")
    assert passed is wanted


@pytest.mark.parametrize(
    ("wish", "payload", "wanted", "descriptions"),
    [
        ("{completed: false}", PAYLOAD, True, ["Pay the invoice", "Send invoice"]),
        ("{completed: false, description: {contains: invoice}, count: {gte: 2}}", PAYLOAD, True, ["Pay the invoice", "Send invoice"]),
        ("{completed: false, count: {gte: 3}}", PAYLOAD, False, []),
        ("{count: 3}", PAYLOAD, True, ["Pay the invoice", "Call Tom", "Send invoice"]),
        ("{completed: true}", PAYLOAD, True, ["Call Tom"]),
        ("{due: {exists: false}}", PAYLOAD, True, ["Pay the invoice"]),
        ("{due: {exists: true}, completed: false}", PAYLOAD, True, ["Send invoice"]),
        ("{due: {exists: false, not_equals: x}}", PAYLOAD, False, []),
        ("{due: {not_equals: 2026-03-05}}", PAYLOAD, True, ["Send invoice"]),
        ("{description: {not: {contains: invoice}}}", PAYLOAD, True, ["Call Tom"]),
        ("{description: {contains: INVOICE, ignore_case: true}, count: 2}", PAYLOAD, True, ["Pay the invoice", "Send invoice"]),
        ("{nothing: x}", PAYLOAD, False, []),
        ("{nothing: x, count: 0}", PAYLOAD, True, []),
        ("{completed: false}", DAY, True, ["Rest"]),
        ("{completed: false, count: {gt: 1}}", DAY, False, []),
        ("{completed: false}", {}, False, []),
        ("{count: 0}", {"structured": {"action_items": None}}, True, []),
        ("{count: 0}", {"structured": "text"}, True, []),
        ("{completed: false}", {"structured": {"action_items": ["text", 5, None]}}, False, []),
    ],
)  # fmt: skip
def test_action_items_fit(compiled, wish, payload, wanted, descriptions):
    passed, _, matched = holds(compiled, f"[{{action_items: {wish}}}]", payload)
    assert passed is wanted
    assert [item["description"] for item in matched.get("action_items", [])] == descriptions


INVOICES = "{action_items: {description: {contains: nvoice}}}"
CALLS = "{action_items: {description: {contains: Call}}}"
NEVER = "{path: $.n, equals: 4}"


@pytest.mark.parametrize(
    ("conditions", "wanted", "descriptions"),
    [
        (f"[{INVOICES}, {{not: {{action_items: {{description: nothing}}}}}}]", True, ["Pay the invoice", "Send invoice"]),
        (f"[{CALLS}, {{not: {{all: [{INVOICES}, {NEVER}]}}}}]", True, ["Call Tom"]),
        (f"[{CALLS}, {{not: {INVOICES}}}]", False, ["Call Tom"]),
        (f"[{{any: [{{all: [{INVOICES}, {NEVER}]}}, {CALLS}]}}]", True, ["Call Tom"]),
        (f"[{{any: [{{action_items: {{description: nothing}}}}, {INVOICES}]}}]", True, ["Pay the invoice", "Send invoice"]),
        ("[{any: [{action_items: {count: 9}}, {path: $.n, equals: 3}]}]", True, None),
        (f"[{INVOICES}, {{not: {{template: '{{{{ matched.action_items | length == 1 }}}}'}}}}]", True, ["Pay the invoice", "Send invoice"]),
        (f"[{INVOICES}, {CALLS}]", True, ["Call Tom"]),
    ],
)  # fmt: skip
def test_the_matched_items_are_those_of_the_last_condition_that_held(compiled, conditions, wanted, descriptions):
    passed, _, matched = holds(compiled, conditions)
    assert passed is wanted
    found = matched.get("action_items")
    assert (None if found is None else [item["description"] for item in found]) == descriptions


@pytest.mark.parametrize(
    ("condition", "detail"),
    [
        ("{path: $.x.y, equals: 1}", "nothing at $.x.y"),
        ("{path: $.x.y, not_equals: 1}", "nothing at $.x.y"),
        ("{path: $.n, equals: 4}", "$.n is 3; wanted equals 4"),
        ("{path: $.title, not: {contains: alar}}", "$.title is \"Salary talk\"; wanted not (contains 'alar')"),
        ("{path: '$.people[*].name', all: {equals: Ann}}", "$.people[*].name is [\"Ann\", \"\"]; wanted all equals 'Ann'"),
        ("{path: $.category, exists: false}", '$.category is "work"; wanted nothing'),
        (
            "{template: '{{ event.nothing > 1 }}'}",
            "the template failed: 'nothing' is not there; write 'default(…)' behind it for a value to go on with",
        ),
        ("{template: '{{ event.zero }}'}", "the template gave 0"),
        ("{not: {path: $.n, equals: 3}}", "not: $.n is 3; wanted equals 3"),
        ("{any: [{path: $.n, equals: 1}, {path: $.q, equals: 1}]}", "none of: $.n is 3; wanted equals 1; nothing at $.q"),
        ("{action_items: {count: 9}}", "3 of 3 action items fit; wanted count equals 9"),
    ],
)  # fmt: skip
def test_the_trace_says_what_was_seen(compiled, condition, detail):
    passed, gates, _ = holds(compiled, f"[{{path: $.zero, equals: 0}}, {condition}, {{path: $.zero, equals: 0}}]")
    assert [(gate.path, gate.passed) for gate in gates] == [("conditions[0]", True), ("conditions[1]", False)]
    assert gates[1].detail == detail
    assert not passed


def test_the_trace_shows_little_of_a_large_value(compiled):
    big = {"many": [{"text": "x" * 1000} for _ in range(10_000)], "long": "y" * 1_000_000}
    _, gates, _ = holds(compiled, "[{path: $.many, exists: true}, {path: $.long, equals: z}]", big)
    assert [len(gate.detail) < 200 for gate in gates] == [True, True]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*"abc", "structured", "action_items"]), inner, max_size=3)
    ),
    max_leaves=12,
)
OPERATIONS = [
    {"equals": 1}, {"in": ["a", 1]}, {"contains": [1]}, {"contains": "a"}, {"starts_with": "a"}, {"matches": "a|1"}, {"gt": 1},
    {"exists": True}, {"exists": False}, {"length": {"gt": 0}}, {"not": {"lte": 3}}, {"equals": "A", "ignore_case": True},
]  # fmt: skip
PATHS = ["$", "$.a", "$.a.b", "$.a[0]", "$.a[*]", "$..b", "$.a[?(@.b > 1)]"]


def everything():
    conditions = [{"path": path, "all": wish} for path in PATHS for wish in OPERATIONS]
    conditions += [{"path": path, "none": wish} for path in PATHS for wish in OPERATIONS]
    conditions += [{"path": path, **wish} for path in PATHS[:4] for wish in OPERATIONS]
    conditions += [{"action_items": {"a": wish, "count": {"gte": 0}}} for wish in OPERATIONS]
    conditions += [{"template": f"{{{{ event.{name} }}}}"} for name in ("a", "a.b.c", "b > 1", "c | length")]
    return [{"any": conditions}, {"not": {"all": conditions}}, *conditions]


@pytest.fixture(scope="module")
def conditions(compiled):
    return compiled(yaml.safe_dump([{"conditions": everything()}])).rules[0].conditions


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=JSON)
def test_no_payload_makes_a_condition_fail(conditions, payload):
    for condition in conditions:
        view = RunView(event=heard(payload), payload=payload, base={"event": payload, "now": MONDAY}, matched={})
        passed, gates = check_all([condition], view)
        assert passed is gates[0].passed
