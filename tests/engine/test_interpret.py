"""Runs: what they ask for, in which order, and that a replay goes on where they were."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omiflow.engine.interpret import Emit, Note, Perform, RunView, Withheld, interpret, interpret_inline
from omiflow.engine.values import pack, unpack
from omiflow.model import Done, Entry, Event, Rejected

EVENT = {"n": 3, "items": [{"a": 1}, {"a": 2}, {"a": 3}], "text": "hello", "trap": {"$at": "never"}, "none": None}
TOLD = {"done": Done, "rejected": Rejected, "throttled": Withheld}


def view_of(matched=None):
    matched = {} if matched is None else matched
    base = {"event": EVENT, "trigger": {}, "matched": matched, "user": {}, "app": {}, "lists": {}}
    event = Event(id="e", name="webhook", app="default", uid="u1", at=0, received=0, body=EVENT)
    return RunView(event=event, payload=EVENT, base={**base, "now": 0, "as_datetime": None, "omi": {}}, matched=matched)


def drive(rule, journal=None, *, answers=None, view=None, inline=False):
    """Run a rule; give what it asked, the journal as stored, and how it ended."""
    asked, stored = [], {path: msgspec.structs.replace(e, value=unpack(e.value)) for path, e in (journal or {}).items()}
    written = dict(journal or {})
    view = view or view_of()
    course = interpret_inline(rule, view) if inline else interpret(rule, view, stored)
    told = None
    while True:
        try:
            item = course.send(told)
        except StopIteration as stop:
            return asked, written, stop.value
        told = None
        if isinstance(item, Note):
            written[item.path] = keep(item.path, item.kind, item.value)
        else:
            assert isinstance(item, Perform | Emit)
            told = (answers or {}).get(item.path, Done({"ok": item.path, "trap": {"$at": "x"}}))
            asked.append((item.path, item.step.action if isinstance(item, Perform) else "emit", item.data))
            kind = next(kind for kind, form in TOLD.items() if isinstance(told, form))
            written[item.path] = keep(item.path, kind, told.answer if isinstance(told, Done) else told.reason)


def keep(path, kind, value):
    """Give an entry as it comes back from the store."""
    return Entry(path=path, kind=kind, at=0, value=msgspec.json.decode(msgspec.json.encode(pack(value))))


def log(text, **more):
    return {"action": "log.write", "data": {"message": text}, **more}


def of(compiled, actions, **more):
    return compiled(yaml.safe_dump([{"actions": actions, **more}])).rules[0]


def messages(asked):
    return [data["message"] for _, _, data in asked]


def test_steps_run_in_order_and_see_what_came_before(compiled):
    rule = of(
        compiled,
        [
            log("{{ first }}", response_variable="said"),
            {"variables": {"second": "{{ first + 1 }}", "third": "{{ second + 1 }}"}},
            log("{{ said.ok }} {{ third }}"),
            {"stop": "enough {{ third }}"},
            log("never"),
        ],
        variables={"first": "{{ event.n }}"},
    )
    asked, _, ended = drive(rule)
    assert messages(asked) == [3, "actions[0] 5"]
    assert (ended.state, ended.reason) == ("done", "enough 5")


@pytest.mark.parametrize(
    ("check", "way"),
    [
        ("{{ event.n > 2 }}", "then"),
        ("{{ event.none }}", "else"),
        ("{{ event.gone.below }}", "else"),
        ([{"path": "$.n", "equals": 3}], "then"),
        ([{"path": "$.n", "equals": 3}, {"path": "$.text", "equals": "x"}], "else"),
    ],
)
def test_an_if_takes_one_of_two_ways(compiled, check, way):
    rule = of(compiled, [{"if": check, "then": [log("then")], "else": [log("else")]}, log("after")])
    asked, written, _ = drive(rule)
    assert messages(asked) == [way, "after"]
    assert written["actions[0]"].value is (way == "then")
    assert asked[0][0] == f"actions[0].{way}[0]"


def test_an_action_whose_if_does_not_hold_is_skipped_and_its_answer_is_null(compiled):
    rule = of(
        compiled,
        [log("a", **{"if": "{{ event.none }}", "response_variable": "said"}), log("<{{ said.ok }}>{{ said is none }}")],
    )
    asked, written, _ = drive(rule)
    assert messages(asked) == ["<>True"]
    assert written["actions[0]"].kind == "skipped"


def test_a_repeat_goes_through_a_list_and_gives_back_the_outer_one(compiled):
    inner = {"repeat": {"for_each": ["x", "{{ event.text }}"], "sequence": [log("{{ repeat.item }}")]}}
    outer = {
        "for_each": "{{ event['items'] }}",
        "sequence": [inner, log("{{ repeat.index }} {{ repeat.item.a }} {{ repeat.last }}")],
    }
    asked, _, _ = drive(of(compiled, [{"repeat": outer}]))
    assert messages(asked) == [
        "x", "hello", "1 1 False", "x", "hello", "2 2 False", "x", "hello", "3 3 True",
    ]  # fmt: skip
    assert asked[1][0] == "actions[0].repeat[0].sequence[0].repeat[1].sequence[0]"


@pytest.mark.parametrize(
    ("items", "state", "reason"),
    [
        ("{{ event.gone }}", "done", None),
        ("{{ [] }}", "done", None),
        ("{{ event.n }}", "failed", "actions[0]: 'for_each' wants a list, got a number"),
        ("{{ event.text }}", "failed", "actions[0]: 'for_each' wants a list, got text"),
        ("{{ range(1001) }}", "failed", "actions[0]: 'for_each' got 1001 items; 1000 are the most"),
    ],
)
def test_a_repeat_wants_a_list(compiled, items, state, reason):
    asked, _, ended = drive(of(compiled, [{"repeat": {"for_each": items, "sequence": [log("a")]}}]))
    assert (asked, ended.state, ended.reason) == ([], state, reason)


@pytest.mark.parametrize(
    ("count", "seen"),
    [
        (2, ["1 1", "2 2"]),
        (0, []),
        ("{{ event.n }}", ["1 1", "2 2", "3 3"]),
        ("{{ 4 / 2 }}", ["1 1", "2 2"]),
        ("{{ '2' }}", ["1 1", "2 2"]),
    ],
)
def test_a_repeat_counts_from_one(compiled, count, seen):
    rule = of(compiled, [{"repeat": {"count": count, "sequence": [log("{{ repeat.index }} {{ repeat.item }}")]}}])
    asked, _, ended = drive(rule)
    assert (messages(asked), ended.state) == (seen, "done")


@pytest.mark.parametrize(
    ("count", "reason"),
    [
        ("{{ event.text }}", "'count' wants a whole number, got 'hello'"),
        ("{{ event.none }}", "'count' wants a whole number, got null"),
        ("{{ true }}", "'count' wants a whole number, got true or false"),
        ("{{ -1 }}", "'count' wants a whole number, got -1"),
        ("{{ 1.5 }}", "'count' wants a whole number, got 1.5"),
        ("{{ 1001 }}", "'count' is 1001; 1000 are the most"),
    ],
)
def test_a_repeat_wants_a_whole_number(compiled, count, reason):
    rule = of(compiled, [{"repeat": {"count": count, "sequence": [log("x")]}}])
    ended = drive(rule)[2]
    assert (ended.state, ended.reason) == ("failed", f"actions[0]: {reason}")


@pytest.mark.parametrize(
    ("n", "seen", "branch"),
    [(1, ["one", "after"], 0), (3, ["three", "after"], 1), (7, ["neither", "after"], None)],
)
def test_a_choose_goes_the_first_way_whose_conditions_hold(compiled, n, seen, branch):
    ways = [
        {"conditions": [{"template": f"{{{{ {n} == 1 }}}}"}], "sequence": [log("one")]},
        {"conditions": [{"path": "$.n", "equals": 3}, {"template": f"{{{{ {n} == 3 }}}}"}], "sequence": [log("three")]},
        {"conditions": [{"template": f"{{{{ {n} == 3 }}}}"}], "sequence": [log("too late")]},
    ]
    asked, written, _ = drive(of(compiled, [{"choose": ways, "default": [log("neither")]}, log("after")]))
    assert messages(asked) == seen
    assert written["actions[0]"].value == branch
    assert asked[0][0] == ("actions[0].default[0]" if branch is None else f"actions[0].choose[{branch}].sequence[0]")


def test_a_choose_without_a_way_and_a_default_does_nothing(compiled):
    way = {"conditions": [{"template": "{{ false }}"}], "sequence": [log("no")]}
    assert messages(drive(of(compiled, [{"choose": [way]}, log("after")]))[0]) == ["after"]


def test_an_emit_renders_what_it_carries(compiled):
    asked, _, ended = drive(of(compiled, [{"emit": {"name": "found", "data": {"n": "{{ event.n }}", "a": ["x"]}}}]))
    assert asked == [("actions[0]", "emit", {"n": 3, "a": ["x"]})]
    assert ended.state == "done"


def test_an_emit_that_is_refused_fails_the_run(compiled):
    rule = of(compiled, [{"emit": {"name": "found"}}, log("never")])
    asked, _, ended = drive(rule, answers={"actions[0]": Rejected("too deep")})
    assert len(asked) == 1
    assert (ended.state, ended.reason) == ("failed", "actions[0]: too deep")


@pytest.mark.parametrize(("error", "state"), [(False, "done"), (True, "failed")])
def test_a_stop_ends_the_run_from_anywhere(compiled, error, state):
    stop = {"stop": "because of {{ repeat.item }}", "error": error}
    rule = of(
        compiled, [{"repeat": {"for_each": [1, 2], "sequence": [{"if": "{{ true }}", "then": [stop]}]}}, log("never")]
    )
    asked, _, ended = drive(rule)
    assert (asked, ended.state, ended.reason) == ([], state, "because of 1")


@pytest.mark.parametrize(
    "step", [log("{{ 1 / 0 }}"), log("{{ event.n.__class__ }}"), log("a", **{"if": "{{ 1 / 0 }}"})]
)
def test_an_action_whose_template_fails_fails_the_run(compiled, step):
    asked, written, ended = drive(of(compiled, [step, log("never")]))
    assert (asked, ended.state, written["actions[0]"].kind) == ([], "failed", "rejected")
    assert ended.reason.startswith("actions[0] (log.write): ")
    step = {**step, "continue_on_error": True, "response_variable": "said"}
    asked, _, ended = drive(of(compiled, [step, log("{{ said }}.")]))
    assert (messages(asked), ended.state) == (["."], "done")


@pytest.mark.parametrize(
    ("step", "below"),
    [
        ({"variables": {"a": "{{ 1 / 0 }}"}}, "a: "),
        ({"variables": {"b": [1, {"c": "{{ 1 / 0 }}"}]}}, "b[1].c: "),
        ({"if": "{{ 1 / 0 }}", "then": [log("a")]}, ""),
        ({"repeat": {"for_each": "{{ 1 / 0 }}", "sequence": [log("a")]}}, ""),
        ({"stop": "{{ 1 / 0 }}"}, ""),
    ],
)
def test_any_step_whose_template_fails_fails_the_run_also_when_it_is_replayed(compiled, step, below):
    rule = of(compiled, [log("before"), step, log("never")])
    asked, written, ended = drive(rule)
    assert (messages(asked), ended.state) == (["before"], "failed")
    assert ended.reason == f"actions[1]: {below}ZeroDivisionError: division by zero"
    assert drive(rule, written) == ([], written, ended)


@pytest.mark.parametrize(
    ("answer", "go_on", "seen", "end"),
    [
        (Rejected("no"), False, [], ("failed", "actions[0] (log.write): no")),
        (Rejected("no"), True, ["True"], ("done", None)),
        (Withheld("later"), False, ["True"], ("done", "log.write held back: later")),
        (Done(None), False, ["True"], ("done", None)),
        (Done(5), False, ["False"], ("done", None)),
    ],
)
def test_the_answer_of_an_action_decides_how_it_goes_on(compiled, answer, go_on, seen, end):
    rule = of(compiled, [log("a", response_variable="said", continue_on_error=go_on), log("{{ said is none }}!")])
    asked, _, ended = drive(rule, answers={"actions[0]": answer})
    assert messages(asked)[1:] == [f"{text}!" for text in seen]
    assert (ended.state, ended.reason) == end


def test_an_if_in_a_run_does_not_change_what_was_matched(compiled):
    matched = {"action_items": ["as decided"]}
    check = [{"action_items": {"completed": True, "count": 0}}]
    rule = of(compiled, [{"if": check, "then": [log("{{ matched.action_items }}")]}])
    asked, written, _ = drive(rule, view=view_of(matched))
    assert asked[0][2] == {"message": ["as decided"]}
    assert drive(rule, {"actions[0]": written["actions[0]"]}, view=view_of(matched))[0] == asked


@pytest.mark.parametrize(
    ("timeout", "wanted"),
    [("20s", 20), ("{{ event.n }}s", 3), ("{{ timedelta(minutes=1) }}", 60), ("{{ event.none }}", None)],
)
def test_a_timeout_is_read(compiled, timeout, wanted):
    rule = of(
        compiled, [{"action": "http.request", "data": {"method": "GET", "url": "http://crm/"}, "timeout": timeout}]
    )
    assert next(interpret(rule, view_of(), {})).timeout == wanted


def test_times_in_data_go_out_as_text_and_keys_are_rendered(compiled):
    step = {"action": "http.request", "idempotency_key": "k{{ event.n }}"}
    step["data"] = {
        "method": "POST",
        "url": "http://crm/",
        "json": {"in": "{{ timedelta(minutes=1) }}", "l": ["{{ event.n }}"]},
    }
    perform = next(interpret(of(compiled, [step]), view_of(), {}))
    assert perform.data["json"] == {"in": 60.0, "l": [3]}
    assert perform.idempotency_key == "k3"


SIMPLE = st.sampled_from(
    ["{{ event.n }}", "{{ x }}", "{{ said.ok }}", "{{ event.trap }}", "{{ y.z }}", "{{ x ~ 1 }}", "{{ 1 / 0 }}"]
)
ACTION = st.builds(
    lambda text, check, go_on: (
        log(text, response_variable="said", continue_on_error=go_on) | ({"if": check} if check else {})
    ),
    SIMPLE,
    st.sampled_from([None, None, "{{ x }}", "{{ said.ok }}"]),
    st.booleans(),
)
VARIABLES = st.builds(
    lambda x, y: {"variables": {"x": x, "y": y}},
    st.sampled_from(
        [
            "{{ x }}",
            "{{ event.trap }}",
            "{{ timedelta(minutes=event.n) }}",
            "{{ [1, (2, event.trap)] }}",
            "{{ x ~ 'a' }}",
        ]
    ),
    st.sampled_from(["{{ x }}", "{{ as_datetime }}", "{{ {'z': x} }}", "{{ range(2) }}", "{{ event['items'] }}"]),
)
EMIT = st.builds(lambda text: {"emit": {"name": "found", "data": {"a": text}}}, SIMPLE)
STOP = st.builds(lambda error: {"stop": "{{ x }}", "error": error}, st.booleans())
STEPS = st.recursive(
    ACTION | ACTION | VARIABLES | EMIT | STOP,
    lambda inner: (
        st.builds(
            lambda check, then, other: {"if": check, "then": then, "else": other},
            st.sampled_from(["{{ x }}", "{{ said }}", [{"path": "$.n", "equals": 3}]]),
            st.lists(inner, min_size=1, max_size=2),
            st.lists(inner, max_size=2),
        )
        | st.builds(
            lambda check, way, other: {
                "choose": [{"conditions": [{"template": check}], "sequence": way}],
                "default": other,
            },
            st.sampled_from(["{{ x }}", "{{ said }}", "{{ y == 1 }}"]),
            st.lists(inner, min_size=1, max_size=2),
            st.lists(inner, max_size=2),
        )
        | st.builds(
            lambda count, steps: {"repeat": {"count": count, "sequence": steps}},
            st.sampled_from(["{{ x }}", "{{ y }}", 2]),
            st.lists(inner, min_size=1, max_size=2),
        )
        | st.builds(
            lambda items, steps: {"repeat": {"for_each": items, "sequence": steps}},
            st.sampled_from(["{{ event['items'] }}", "{{ [x, y] }}", ["{{ x }}", 2]]),
            st.lists(inner | st.just(log("{{ repeat.item }}")), min_size=1, max_size=2),
        )
    ),
    max_leaves=6,
)
ANSWERS = st.sampled_from([Done({"ok": [1, {"$plain": 1}]}), Done(None), Rejected("no"), Withheld("limit")])


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=st.lists(STEPS, min_size=1, max_size=4), answers=st.lists(ANSWERS, max_size=3))
def test_a_run_replayed_from_any_prefix_of_its_journal_does_the_rest_once_and_with_the_same_data(
    compiled, steps, answers
):
    start = [log("start", response_variable="said")]
    rule = of(
        compiled, [*start, *steps, log("end {{ x }} {{ y }} {{ said }}")], variables={"x": "{{ event.trap }}", "y": 1}
    )
    given_by = {f"actions[{number}]": answer for number, answer in enumerate(answers)}
    asked, journal, ended = drive(rule, answers=given_by)
    for length in range(len(journal) + 1):
        prefix = dict(list(journal.items())[:length])
        done = sum(1 for path, _, _ in asked if path in prefix)
        again, written, end = drive(rule, prefix, answers=given_by)
        assert again == asked[done:]
        assert written == journal
        assert end == ended


CHOICE = {"conditions": [{"template": "{{ true }}"}], "sequence": [{"action": "omi.reply", "data": {"message": "m"}}]}


@pytest.mark.parametrize(
    ("actions", "goes_on", "noted"),
    [
        ([log("a"), {"action": "omi.reply", "data": {"message": "m"}}], False, 2),
        ([{"action": "omi.reply", "data": {"message": "m"}}, log("{{ 1 / 0 }}")], True, 1),
        ([{"action": "omi.reply", "data": {"message": "m"}}, {"variables": {"a": "{{ 1 / 0 }}"}}, log("b")], True, 1),
        ([{"action": "omi.reply", "data": {"message": "m"}}, {"if": "{{ 1 / 0 }}", "then": [log("b")]}], True, 1),
        (
            [{"if": "{{ false }}", "then": [{"action": "omi.reply", "data": {"message": "m"}}], "else": [log("b")]}],
            True,
            1,
        ),
        ([{"if": "{{ false }}", "then": [{"action": "omi.reply", "data": {"message": "m"}}]}, log("b")], True, 1),
        (
            [{"if": "{{ true }}", "then": [{"action": "omi.reply", "data": {"message": "m"}}, log("c")]}, log("b")],
            True,
            2,
        ),
        ([{"action": "omi.reply", "data": {"message": "m"}}, {"stop": "x"}], False, 2),
        ([{"if": "{{ true }}", "then": [log("a")]}, {"action": "omi.reply", "data": {"message": "m"}}], False, 3),
        ([{"choose": [CHOICE], "default": [log("b")]}, {"emit": {"name": "x"}}], True, 2),
        ([log("b")], True, 0),
    ],
)
def test_a_decision_takes_a_run_no_further_than_its_answer(compiled, actions, goes_on, noted):
    rule = of(compiled, actions, triggers=[{"trigger": "realtime_transcript", "phrases": ["a"]}])
    _, written, ended = drive(rule, inline=True)
    assert (ended is None) is goes_on
    assert len(written) == noted


def test_what_a_journal_holds_comes_back_as_it_was(compiled):
    rule = of(
        compiled, [{"variables": {"t": "{{ timedelta(minutes=1) }}", "d": "{{ event.trap }}"}}, log("{{ [t, d] }}")]
    )
    asked, written, _ = drive(rule)
    assert unpack(written["actions[0]"].value) == {"t": timedelta(minutes=1), "d": {"$at": "never"}}
    assert asked[0][2] == {"message": [60.0, {"$at": "never"}]}
    assert not isinstance(unpack(written["actions[0]"].value)["d"], datetime)
