"""The JSON Schemas of rule files and of the configuration, by which editors complete, explain and underline.

They are made of the forms that files are read with and of the table of actions; how a form becomes a schema is left to
`schema_form`. What only `omiflow check` can see, such as a wrong template, they let pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omiflow.actions.action import Action
from omiflow.language.schema_form import DIALECT, Schema, draft7, hoisted, renamed, rewritten
from omiflow.language.settings.spec import ConfigSpec, ConnectionSpec
from omiflow.language.spec_conditions import ConditionSpec
from omiflow.language.spec_operators import OperatorsSpec
from omiflow.language.spec_parts import forms_of
from omiflow.language.spec_rules import RuleFileSpec, RuleSpec, TriggerSpec
from omiflow.language.spec_steps import ActionSpec, StepSpec
from omiflow.language.spec_tests import CaseSpec, ExpectedSpec

_KINDS = {"trigger": TriggerSpec, "condition": ConditionSpec, "step": StepSpec}
_FROM_TAGS = frozenset({"integer", "number", "boolean"})
_RULE_SNIPPET = {
    "label": "a rule",
    "description": "What starts it, and what it does.",
    "body": {
        "id": "${1:name}",
        "triggers": [{"trigger": "${2:realtime_transcript}"}],
        "actions": [{"action": "${3:omi.reply}", "data": {}}],
    },
}


def rules_schema(actions: Mapping[str, Action]) -> Schema:
    """Give the schema of rule files, whose steps may do these actions."""
    forms = {"": RuleFileSpec, **_KINDS, **{name: action.data for name, action in actions.items()}}
    schemas, definitions = draft7(forms)
    definitions = hoisted(definitions, names={kind: schemas[kind] for kind in _KINDS})
    step = definitions[ActionSpec.__name__]
    definitions[ActionSpec.__name__] = _action_step(step, actions, {name: schemas[name] for name in actions})
    definitions[RuleSpec.__name__]["defaultSnippets"] = [_RULE_SNIPPET]
    definitions[ExpectedSpec.__name__]["properties"]["action"] |= _offered(actions)
    definitions[CaseSpec.__name__]["properties"]["mocks"] |= {"propertyNames": {"enum": list(actions)}}
    return renamed(_document(definitions, RuleFileSpec.__name__), _names(actions))


def config_schema() -> Schema:
    """Give the schema of omiflow.yaml; where a number is wanted, text is let through, which a tag such as !env is."""
    schemas, definitions = draft7({"": ConfigSpec, "connection": ConnectionSpec})
    definitions = hoisted(definitions, names={"connection": schemas["connection"]})
    names = {form.__name__: f"connection.{name}" for name, form in forms_of(ConnectionSpec).items()}
    return renamed(_document(_taking_tags(definitions), ConfigSpec.__name__), names)


def _names(actions: Mapping[str, Action]) -> dict[str, str]:
    """Name definitions as people do, since editors show the names; mere mappings keep their capital."""
    names = {action.data.__name__: name for name, action in actions.items()}
    names |= {OperatorsSpec.__name__: "operators", RuleSpec.__name__: "rule", CaseSpec.__name__: "test"}
    for kind, union in _KINDS.items():
        names |= {form.__name__: f"{kind}.{name}" for name, form in forms_of(union).items()}
    return names


def _document(definitions: dict[str, Schema], root: str) -> Schema:
    outermost = definitions.pop(root)
    return {"$schema": DIALECT, **outermost, "definitions": definitions}


def _action_step(step: Schema, actions: Mapping[str, Action], data: Mapping[str, Schema]) -> Schema:
    """Give the schema of an action step: which actions there are, and what each needs."""
    return {
        **step,
        "properties": {**step["properties"], "action": step["properties"]["action"] | _offered(actions)},
        "allOf": [{"if": _does(name), "then": _needs(action, data[name])} for name, action in actions.items()],
    }


def _offered(actions: Mapping[str, Action]) -> Schema:
    """Give the choice of actions, each with what it does."""
    return {
        "enum": list(actions),
        "markdownEnumDescriptions": [action.summary for action in actions.values()],
    }


def _does(name: str) -> Schema:
    """Tell that a step does this action.

    Said by `not`, since editors pass over `required` where somebody is still writing, and would offer all data at once.
    """
    return {"not": {"properties": {"action": {"not": {"const": name}}}}}


def _needs(action: Action, data: Schema) -> Schema:
    needs: Schema = {"properties": {"data": data}}
    needed = any(field.is_required() for field in action.data.model_fields.values())
    if needed or "json_schema_extra" in action.data.model_config:
        needs["required"] = ["data"]
    if action.connection is None:
        needs["properties"]["connection"] = False
    return needs


def _taking_tags(node: Any) -> Any:
    """Let text stand wherever a number, true or false are wanted."""
    kinds = node.get("type") if isinstance(node, dict) else None
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(kinds, list) and "string" not in kinds and not _FROM_TAGS.isdisjoint(kinds):
        return {**node, "type": [*kinds, "string"]}
    return rewritten(node, _taking_tags)
