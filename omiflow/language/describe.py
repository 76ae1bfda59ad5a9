"""What can be written, as values that commands and the reference show: read off the JSON Schemas and the tables.

What is described stands where it is defined: in the forms' docstrings and fields, and in the entries of the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from omiflow.actions.action import Action
from omiflow.engine.operators import OPERATORS
from omiflow.language.schema_form import ANYTHING, REFERENCE, Schema, resolved
from omiflow.language.source import read
from omiflow.language.spec_operators import OperatorsSpec
from omiflow.language.spec_parts import Spec

_ANYTHING = "anything"
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "mapping",
    "array": "list",
    "null": "null",
    _ANYTHING: _ANYTHING,
}
_LONGEST_CHOICE = 8


@dataclass(frozen=True, kw_only=True)
class DescribedKey:
    """A key that may be written: `type` in words, `default` as JSON where there is one."""

    name: str
    type: str
    required: bool
    text: str
    default: Any = None


@dataclass(frozen=True, kw_only=True)
class Described:
    """A trigger, condition, step, action or connection: what it is for, its keys, and an example in YAML.

    Actions have `answers`, and `notes`: one sentence each on what else one must know.
    """

    name: str
    text: str
    keys: tuple[DescribedKey, ...]
    example: str
    answers: tuple[DescribedKey, ...] = ()
    notes: tuple[str, ...] = ()


def described_forms(kind: str, forms: Mapping[str, type[Spec]], document: Schema) -> Iterator[Described]:
    """Describe triggers, conditions, steps or connections, out of the schema that has them.

    Left out are the key that says which one it is, and operators, which are described by themselves.
    """
    for name, form in forms.items():
        told = set(OPERATORS) if issubclass(form, OperatorsSpec) else set()
        keys = (
            key
            for key in keys_of(f"{kind}.{name}", document)
            if key.type != f"`{name}`" and key.name.partition(".")[0] not in told
        )
        yield Described(name=name, text=_text_of(form), keys=tuple(keys), example=form.example)


def described_actions(actions: Mapping[str, Action], document: Schema) -> Iterator[Described]:
    """Describe actions, out of the schema of rule files that has them."""
    for name, action in actions.items():
        answer = _answer(action) if action.answers else {}
        answers = [
            DescribedKey(name=key, type=_kind(answer.get(key)), required=True, text=text)
            for key, text in action.answers.items()
        ]
        yield Described(
            name=name,
            text=action.summary,
            keys=tuple(keys_of(name, document)),
            example=action.example,
            answers=tuple(answers),
            notes=tuple(_notes(action)),
        )


def _notes(action: Action) -> Iterator[str]:
    if action.inline:
        yield "Travels in the answer to Omi's call, so nothing slow may stand before it."
    if action.connection is not None and action.connection_setting is not None:
        yield f"Needs a connection of type `{action.connection}` with `{action.connection_setting}`."
    elif action.connection is not None:
        yield f"May use a connection of type `{action.connection}`."
    if action.needs_app_key:
        yield "Needs `omi_app_id` and `api_key` of the app."
    if action.interrupts:
        yield "Counts for the app's `throttle`, since it interrupts a person."
    if not action.repeatable:
        yield "Never done twice: if it is unknown whether it was done, the step fails and says so."


def keys_of(name: str, document: Schema) -> Iterator[DescribedKey]:
    """List the keys of a form, by the name of its definition, the outermost for none.

    Keys of mappings inside follow theirs with a dot.
    """
    definitions = document["definitions"]
    return _keys(definitions[name] if name else document, definitions, inside=(name,))


def _keys(
    form: Schema, definitions: Mapping[str, Schema], *, inside: tuple[str, ...], prefix: str = ""
) -> Iterator[DescribedKey]:
    for name, written in form.get("properties", {}).items():
        yield DescribedKey(
            name=f"{prefix}{name}",
            type=in_words(written, definitions),
            required=name in form.get("required", ()),
            text=resolved(written, definitions).get("description", ""),
            default=written.get("default"),
        )
        for schema, mark in _forms_in(written):
            target = schema["$ref"].removeprefix(REFERENCE)
            if _is_mere_mapping(target) and target not in inside:
                deeper = f"{prefix}{name}{mark}."
                yield from _keys(definitions[target], definitions, inside=(*inside, target), prefix=deeper)


def _forms_in(schema: Schema) -> Iterator[tuple[Schema, str]]:
    """List what a schema refers to, each with what stands between the key and the keys inside."""
    if "$ref" in schema:
        yield schema, ""
    for one in schema.get("anyOf", ()):
        yield from _forms_in(one)
    for place, mark in (("items", "[]"), ("additionalProperties", ".NAME")):
        if isinstance(schema.get(place), dict):
            for inner, deeper in _forms_in(schema[place]):
                yield inner, f"{mark}{deeper}"


def in_words(schema: Schema, definitions: Mapping[str, Schema]) -> str:
    """Name the type of a value for people; that a template may stand there is left out."""
    if "$comment" in schema:
        return str(schema["$comment"])
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REFERENCE)
        return in_words(definitions[name], definitions) if _is_mere_mapping(name) else name
    if "anyOf" in schema:
        words = dict.fromkeys(in_words(one, definitions) for one in schema["anyOf"])
        return _either([word for word in words if word not in ("template", "null")] or list(words))
    if "const" in schema or "enum" in schema:
        choice = schema["enum"] if "enum" in schema else [schema["const"]]
        return _either([f"`{one}`" for one in choice]) if len(choice) <= _LONGEST_CHOICE else "text"
    kind = schema.get("type", _ANYTHING)
    if isinstance(kind, list):
        kind = _ANYTHING if kind == list(ANYTHING) else kind[0]
    return _list_of(in_words(schema["items"], definitions)) if schema.get("items") else _WORDS[kind]


def _list_of(inner: str) -> str:
    if inner == _ANYTHING:
        return _WORDS["array"]
    return f"list of {inner if '`' in inner or ' or ' in inner else f'{inner}s'}"


def _is_mere_mapping(name: str) -> bool:
    """Tell a form that is shown where it is used from one that is described by itself, such as a step."""
    return name[:1].isupper()


def _either(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _answer(action: Action) -> Mapping[str, Any]:
    """Give what a dry-run of the action's example answers."""
    data = read(action.example, file=action.name).value["data"]
    answer: Mapping[str, Any] = action.foretold(action.data.checked(data))
    return answer


def _kind(value: Any) -> str:
    """Name the type of a value."""
    kinds: Iterable[tuple[type[Any], str]] = (
        (bool, "true or false"),
        (int, "whole number"),
        (float, "number"),
        (str, "text"),
        (list, "list"),
        (dict, "mapping"),
    )
    return next((word for kind, word in kinds if isinstance(value, kind)), _ANYTHING)


def _text_of(form: type[Spec]) -> str:
    return (form.__doc__ or "").partition("\n")[0]
