"""Walking along pydantic's locations to the written form that stands there.

What a mistake there is called is left to `mistakes`.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Sequence
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, Tag


def model_at(model: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel] | None:
    """Find the form that stands at a location of pydantic's, None where none does."""
    current: Any = model
    for part in loc:
        current = _below(current, part)
        if current is None:
            return None
    current = _bare(current)
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def keys_of(model: type[BaseModel] | None) -> list[str]:
    """List the keys that a form has, as they are written."""
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _bare(annotation: Any) -> Any:
    """Take Annotated and `| None` off."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
            continue
        if _is_union(annotation):
            left = [item for item in get_args(annotation) if item is not type(None)]
            if len(left) == 1:
                annotation = left[0]
                continue
        return annotation


def _below(annotation: Any, part: str | int) -> Any:
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        bare.model_rebuild()  # forms are built late: until then they only name what stands below them
        for name, field in bare.model_fields.items():
            if part in (field.alias, name):
                return _resolved(field.annotation, field.metadata)
        return None
    if _is_union(bare):
        return next((item for item in get_args(bare) if Tag(str(part)) in getattr(item, "__metadata__", ())), None)
    inner = get_args(bare)
    if get_origin(bare) is list:
        return inner[0]
    if get_origin(bare) is dict:
        return inner[1]
    return None


def _resolved(annotation: Any, metadata: list[Any]) -> Any:
    return Annotated[(annotation, *metadata)] if metadata else annotation


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (typing.Union, types.UnionType)
