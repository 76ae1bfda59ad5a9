"""Lists and values that rules keep, row by row, and the answers of steps that changed them.

What a change means is decided elsewhere; a shelf is where a list or value stands: its scope, its owner, its name.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, or_, select

from omiflow.store.tables import changes, kept_items, kept_values

Shelf = tuple[str, str, str]

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def items_on(connection: Connection, shelf: Shelf, *, now: float) -> list[tuple[int, Any]]:
    """Give the items of a list that have not expired, the oldest first, each with its number in the list."""
    rows = connection.execute(
        select(kept_items.c.seq, kept_items.c.item)
        .where(*_standing_on(kept_items, shelf), _lasting(kept_items, now))
        .order_by(kept_items.c.seq)
    )
    return [(seq, _decode(item)) for seq, item in rows]


def add_item(connection: Connection, shelf: Shelf, item: Any, *, expires: float | None) -> None:
    """Put an item at the end of a list."""
    last = connection.scalar(select(func.max(kept_items.c.seq)).where(*_standing_on(kept_items, shelf)))
    scope, owner, name = shelf
    connection.execute(
        insert(kept_items).values(
            scope=scope,
            owner=owner,
            name=name,
            seq=0 if last is None else last + 1,
            item=_json(item),
            expires=expires,
        )
    )


def remove_item(connection: Connection, shelf: Shelf, seq: int) -> None:
    """Take the item with a number out of a list."""
    connection.execute(delete(kept_items).where(*_standing_on(kept_items, shelf), kept_items.c.seq == seq))


def value_on(connection: Connection, shelf: Shelf, *, now: float) -> tuple[Any, float | None]:
    """Give a value with the time it expires; it is None when it isn't there or has expired."""
    row = connection.execute(
        select(kept_values.c.value, kept_values.c.expires).where(
            *_standing_on(kept_values, shelf), _lasting(kept_values, now)
        )
    ).first()
    return (_decode(row.value), row.expires) if row else (None, None)


def set_value(connection: Connection, shelf: Shelf, value: Any, *, expires: float | None) -> None:
    """Put a value in the place of the one that is there; None leaves nothing there."""
    connection.execute(delete(kept_values).where(*_standing_on(kept_values, shelf)))
    if value is not None:
        scope, owner, name = shelf
        connection.execute(
            insert(kept_values).values(scope=scope, owner=owner, name=name, value=_json(value), expires=expires)
        )


def recorded_answer(connection: Connection, run_id: str, step: str) -> Any:
    """Give what a step was answered when it made its change, None when it has made none."""
    answer = connection.scalar(select(changes.c.answer).where(changes.c.run_id == run_id, changes.c.step == step))
    return None if answer is None else _decode(answer)


def record_answer(connection: Connection, run_id: str, step: str, answer: Any, *, at: float) -> None:
    """Keep what a step is answered, so that it doesn't make its change twice."""
    connection.execute(insert(changes).values(run_id=run_id, step=step, answer=_json(answer), at=at))


def _standing_on(table: Table, shelf: Shelf) -> list[ColumnElement[bool]]:
    scope, owner, name = shelf
    return [table.c.scope == scope, table.c.owner == owner, table.c.name == name]


def _lasting(table: Table, now: float) -> ColumnElement[bool]:
    return or_(table.c.expires.is_(None), table.c.expires > now)


def _json(value: Any) -> str:
    return _encode(value).decode()
