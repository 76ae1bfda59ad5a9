"""What stands in a template for a key or a name that is not there.

Which names there are is checked by `language`, before a template runs.
"""

from __future__ import annotations

from typing import Any, NoReturn

from jinja2 import ChainableUndefined
from jinja2.exceptions import SecurityError
from jinja2.utils import missing


class Absent(ChainableUndefined):
    """What is not there: a key is empty, false, chainable and no number; a name, or what is unsafe, is an error."""

    __slots__ = ()

    def _forgiven(self) -> None:
        is_name = self._undefined_obj is missing and self._undefined_hint is None and self._undefined_name is not None
        if is_name or self._undefined_exception is SecurityError:
            self._fail_with_undefined_error()

    @property
    def _undefined_message(self) -> str:
        if self._undefined_obj is missing or self._undefined_hint:
            return super()._undefined_message
        return f"'{self._undefined_name}' is not there; write 'default(…)' behind it for a value to go on with"

    def __str__(self) -> str:
        self._forgiven()
        return ""

    def __bool__(self) -> bool:
        self._forgiven()
        return False

    def __len__(self) -> int:
        self._forgiven()
        return 0

    def __iter__(self) -> Any:
        self._forgiven()
        return iter(())

    def __int__(self, *_: Any, **__: Any) -> NoReturn:
        self._forgiven()
        raise TypeError("what is not there is no number")

    __float__ = __int__

    def __eq__(self, other: object) -> bool:
        self._forgiven()
        return isinstance(other, Absent)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        self._forgiven()
        return hash(Absent)

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        self._forgiven()
        return found

    def __getitem__(self, name: Any) -> Any:
        self._forgiven()
        return self
