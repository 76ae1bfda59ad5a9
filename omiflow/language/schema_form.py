"""JSON Schema (draft-07, which YAML's language server knows best) of pydantic forms, tidied for editors.

What the schemas of rule files and of the configuration consist of is left to `schema`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema

Schema = dict[str, Any]

DIALECT = "http://json-schema.org/draft-07/schema#"
REFERENCE = "#/definitions/"
ANYTHING = ("string", "number", "boolean", "object", "array", "null")
"""The types of what may be anything; without them editors complete such a key without its colon."""
NULL = {"type": "null"}

_KINDS = frozenset(("type", "anyOf", "enum", "const", "$ref"))


def draft7(forms: Mapping[str, Any]) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Give the schema of each form, by its name, and the definitions that they share."""
    generator = _Generator(by_alias=True, ref_template=f"{REFERENCE}{{model}}")
    inputs = [(name, "validation", TypeAdapter(form).core_schema) for name, form in forms.items()]
    found, definitions = generator.generate_definitions(inputs)  # type: ignore[arg-type]
    schemas = {str(name): _tidy(schema) for (name, _), schema in found.items()}
    return schemas, {name: _tidy(schema) for name, schema in definitions.items()}


def hoisted(definitions: Mapping[str, Schema], *, names: Mapping[str, Schema]) -> dict[str, Schema]:
    """Give the definitions with each union of `names` as one of them, referred to wherever it stood."""

    def refer(node: Any) -> Any:
        for name, schema in names.items():
            if isinstance(node, dict) and schema.items() <= node.items():
                return {key: value for key, value in node.items() if key not in schema} | reference(name)
        return rewritten(node, refer)

    together = {name: rewritten(schema, refer) for name, schema in definitions.items()}
    return together | {name: rewritten(schema, refer) for name, schema in names.items()}


def renamed(document: Schema, names: Mapping[str, str]) -> Schema:
    """Give a document with other names for its definitions; forms lose the `Spec` at their end."""

    def called(name: str) -> str:
        return names.get(name, name.removesuffix("Spec"))

    def refer(node: Any) -> Any:
        if isinstance(node, dict) and "$ref" in node:
            return {**node, **reference(called(node["$ref"].removeprefix(REFERENCE)))}
        return rewritten(node, refer)

    again: Schema = refer(document)
    return {**again, "definitions": {called(name): schema for name, schema in again["definitions"].items()}}


def reference(name: str) -> Schema:
    """Refer to a definition."""
    return {"$ref": f"{REFERENCE}{name}"}


def resolved(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Give what a schema refers to, with what stands beside the reference; itself where it refers to nothing."""
    if "$ref" not in schema:
        return schema
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    return resolved(definitions[schema["$ref"].removeprefix(REFERENCE)], definitions) | beside


def rewritten(node: Any, change: Callable[[Any], Any]) -> Any:
    """Give a copy of a schema's node with `change` made to what is directly below it."""
    if isinstance(node, dict):
        return {key: change(value) for key, value in node.items()}
    return [change(item) for item in node] if isinstance(node, list) else node


class _Generator(GenerateJsonSchema):
    """Keeps the order of keys, and leaves out titles made of names."""

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:  # noqa: ARG002 - pydantic's
        return value

    def field_title_should_be_set(self, schema: CoreSchema) -> bool:  # noqa: ARG002 - pydantic's
        return False


def _tidy(node: Any) -> Any:
    """Make a node fit for editors."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    tidy: Schema = {
        key: {name: _tidy(schema) for name, schema in value.items()} if key == "properties" else _tidy(value)
        for key, value in node.items()
        if key != "title"
    }
    _merge(tidy)
    _name_keys(tidy)
    if not _fits(tidy.get("default"), tidy):
        tidy.pop("default", None)
    for name, field in tidy.get("properties", {}).items():
        if _KINDS.isdisjoint(field):
            field["type"] = list(ANYTHING)
        if "const" in field and "description" not in field and "description" in tidy:
            tidy["properties"][name] = described(field, tidy["description"])
    return described(tidy, tidy["description"]) if "description" in tidy else tidy


def described(schema: Schema, text: str) -> Schema:
    """Give a schema with a description, which editors show as Markdown where it has code in it."""
    return {**schema, "description": text} | ({"markdownDescription": text} if "`" in text else {})


def _name_keys(node: Schema) -> None:
    """Refuse keys that are no names, which JSON Schema would let pass."""
    if "patternProperties" in node:
        ((pattern, values),) = node.pop("patternProperties").items()
        node |= {"propertyNames": {"pattern": pattern}, "additionalProperties": values}


def _fits(default: Any, schema: Schema) -> bool:
    """Tell whether a default can be written as it is; lists, mappings and what a text was read to can't."""
    kinds = [kind for one in schema.get("anyOf", [schema]) for kind in _kinds(one)]
    return isinstance(default, str | bool | int | float) and (isinstance(default, str) or "string" not in kinds)


def _kinds(schema: Schema) -> list[str]:
    """List the types that a schema names."""
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def _merge(node: Schema) -> None:
    """Make one list of alternatives, each once, of unions and unions within them; null is one more type.

    So validators tell what is wrong with a value, and not that it is neither this nor null.
    """
    flat: list[Any] = []
    for one in [*node.pop("oneOf", ()), *node.pop("anyOf", ())]:
        flat += [inner for inner in (one["anyOf"] if set(one) == {"anyOf"} else [one]) if inner not in flat]
    if len(flat) == 2 and NULL in flat:  # noqa: PLR2004 - something, or null
        (other,) = [one for one in flat if one != NULL]
        if isinstance(other.get("type"), str) and {"enum", "const"}.isdisjoint(other):
            flat = [{**other, "type": [other["type"], "null"]}]
    if len(flat) == 1:
        node.update({key: value for key, value in flat[0].items() if key not in node})
    elif flat:
        node["anyOf"] = flat
