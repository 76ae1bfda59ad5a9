"""Events between rules that can't meet: told by `check` over the whole rules folder, and only where it is certain."""

from __future__ import annotations

from pathlib import Path

import pytest

from omiflow.cli.main import main

TAP = "triggers: [{trigger: button_event}]"
MET = "triggers: [{trigger: event, name: met}]"
STOP = "actions: [{stop: enough}]"
UNHEARD = "no trigger listens to event 'met'; add 'trigger: event' with 'name: met', or remove this"
NEVER_EMITTED = "no rule emits event 'met'; nothing ever sets this off"


def emit(name: str = "met", data: str = "{}") -> str:
    return f"actions: [{{emit: {{name: {name}, data: {data}}}}}]"


def said(template: str) -> str:
    return f"actions: [{{stop: '{{{{ {template} }}}}'}}]"


def warnings(capsys: pytest.CaptureFixture[str], *rules: str, options: tuple[str, ...] = ()) -> list[str]:
    Path("rules").mkdir()
    for number, rule in enumerate(rules):
        Path(f"rules/{number}.yaml").write_text(f"rules:\n  - {{id: rule{number}, {rule}}}\n")
    with pytest.raises(SystemExit):
        main(["check", *options])
    lines = capsys.readouterr().out.splitlines()
    return [line.partition(" warning: ")[2] for line in lines if " warning: " in line]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ([f"{TAP}, {emit()}"], [UNHEARD]),
        ([f"{TAP}, actions: [{{if: '{{{{ true }}}}', then: [{{emit: {{name: met}}}}]}}]"], [UNHEARD]),
        (
            [f"{TAP}, {emit('mett')}", f"{MET}, {STOP}"],
            [
                "no trigger listens to event 'mett'; did you mean 'met'?",
                "no rule emits event 'met'; did you mean 'mett'?",
            ],
        ),
        ([f"{MET}, {STOP}"], [NEVER_EMITTED]),
        ([f"{TAP}, {emit()}", f"{MET}, {STOP}"], []),
        ([f"{TAP}, {emit()}", f"status: disabled, {MET}, {STOP}"], []),
        ([f"status: disabled, {TAP}, {emit()}"], []),
        ([f"status: shadow, {TAP}, {emit()}"], [UNHEARD]),
        ([f"{TAP}, {emit()}", f"{TAP}, actions: [{{acton: x}}]"], []),
        ([f"{TAP}, {emit()}", "{ id: ["], []),
        (["triggers: [{trigger: webhook, name: met}]" + f", {STOP}"], []),
    ],
)
def test_an_event_that_nobody_listens_to_or_emits_is_told(
    rules: list[str], told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert warnings(capsys, *rules) == told


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ([emit(data="{who: x}"), f"{MET}, {said('event.hwo')}"], ["event 'met' has no 'hwo'; did you mean 'who'?"]),
        (
            [emit(data="{who: x}"), f"{MET}, conditions: [{{path: $.hwo, exists: true}}], {STOP}"],
            ["event 'met' has no 'hwo'; did you mean 'who'?"],
        ),
        (
            [emit(data="{who: {name: x}}"), f"{MET}, {said('event.who.nmae')}"],
            ["'event.who' has no 'nmae'; did you mean 'name'?"],
        ),
        ([emit(), f"{MET}, {said('event.who')}"], ["event 'met' has no 'who'; known are 'id', 'at', 'text'"]),
        ([emit(data="{who: x}"), emit(data="{hwo: x}"), f"{MET}, {said('event.hwo')}"], []),
        ([emit(data="{who: x}"), f"{MET}, {said('event.who ~ event.at ~ event.id')}"], []),
        ([emit(data="{who: '{{ event.gesture }}'}"), f"{MET}, {said('event.who.name')}"], []),
        ([emit(data="{who: [x]}"), f"{MET}, {said('event.who[0].name')}"], []),
        (
            [
                emit(data="{who: x}"),
                f"triggers: [{{trigger: event, name: met}}, {{trigger: button_event}}], {said('event.hwo | default(1)')}",
            ],
            [],
        ),
        (
            [
                emit(data="{who: x}"),
                f"triggers: [{{trigger: event, name: met}}, {{trigger: webhook, name: x}}], {said('event.hwo')}",
            ],
            [],
        ),
        (
            [
                emit(data="{who: x}"),
                f"triggers: [{{trigger: event, name: met}}, {{trigger: event, name: mut}}], {said('event.hwo')}",
            ],
            ["no rule emits event 'mut'; did you mean 'met'?"],
        ),
        ([emit(data="{who: x}"), f"{MET}, {said('event.hwo is defined')}"], []),
    ],
)
def test_what_no_emit_gives_along_is_told(
    rules: list[str], told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    whole = [rule if rule.startswith("triggers") else f"{TAP}, {rule}" for rule in rules]
    assert warnings(capsys, *whole) == told


def test_nothing_is_told_of_a_part_of_the_rules(capsys: pytest.CaptureFixture[str]) -> None:
    rules = (f"{TAP}, {emit(data='{who: x}')}", f"{MET}, {said('event.hwo')}", f"{TAP}, {emit('gone')}")
    assert warnings(capsys, *rules, options=("rules",)) == []


def test_a_warning_stands_at_the_name_and_what_a_rule_says_by_itself_is_told_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = [
        "rules:",
        f"  - {{id: a, {TAP}, {emit('gone')}}}",
        f"  - {{id: b, {TAP}, {emit(data='{who: x}')}}}",
        f"  - {{id: c, {MET}, actions: [{{stop: '{{{{ trigger.text }}}} {{{{ event.hwo }}}}'}}]}}",
    ]
    Path("rules").mkdir()
    Path("rules/a.yaml").write_text("\n".join(lines))
    with pytest.raises(SystemExit) as ended:
        main(["check"])
    assert ended.value.code == 0
    said = [line for line in capsys.readouterr().out.splitlines() if ".yaml:" in line]
    assert [line.partition(" warning")[0] for line in said] == [
        f"rules/a.yaml:4:{lines[3].index('text') + 1}:",
        f"rules/a.yaml:2:{lines[1].index('gone') + 1}:",
        f"rules/a.yaml:4:{lines[3].index('hwo') + 1}:",
    ]
