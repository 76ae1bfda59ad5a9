"""Jinja's immutable sandbox with a budget: steps, sizes and output are bounded, keys win over methods.

What names a template may use is the business of `templates`; what is left of a budget, of `budget`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sized
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

from omiflow.engine import widths
from omiflow.engine.absent import Absent
from omiflow.engine.budget import RenderingBudget
from omiflow.engine.escaping import ESCAPED, MEANT, SAFE, Escape, Meant
from omiflow.engine.filters import FILTERS
from omiflow.engine.names import today_at
from omiflow.engine.values import encodable, is_method, is_nothing
from omiflow.errors import TemplateFault

MOST_RANGE = 10_000
CALL = 6

GONE = frozenset({"encode", "expandtabs", "from_bytes", "maketrans", "to_bytes", "translate"})
"""Methods that make bytes, or much out of little, and that no rule needs."""

CHEAP = frozenset(
    {"attr", "count", "d", "default", "first", "items", "last", "length", "list", "map", "reject", "rejectattr"}
    | {"select", "selectattr"}
)
"""Filters that look at no more than the outside of a value, or at one item after the other."""

SLOW = {"pprint": 1, "title": 8, "urlize": 1, "wordwrap": 2} | {one.name: one.characters for one in FILTERS.values()}
"""Filters that take long, with the characters they do for a step."""

ITEM_BY_ITEM = {"dictsort": 4, "groupby": 4, "max": 2, "min": 2, "sort": 4, "unique": 4} | {
    one.name: one.items for one in FILTERS.values() if one.items
}
"""Filters that look into every item, with the steps they take for one."""

CALLED, EACH, MADE, SHOWN, USED = "(called)", "(each)", "(made)", "(shown)", "(used)"

OF_JINJA = frozenset({"_loop_vars", "_block_vars"})
"""What Jinja adds to a call inside a loop or a block, beside what the template says."""

ESCAPED_A_STEP = 8
"""The characters that are escaped for a step."""


class Notes(Namespace):
    """Jinja's `namespace`, whose text tells nothing of what it holds: it may hold itself."""

    def __repr__(self) -> str:
        return "<namespace>"


class Sandbox(ImmutableSandboxedEnvironment):
    """A Jinja environment for what strangers' words flow through.

    A template that takes too many steps, or makes too large a value, raises TemplateFault.
    """

    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def __init__(self) -> None:
        super().__init__(undefined=Absent, keep_trailing_newline=True, cache_size=0, finalize=self.shown)
        self.budget = RenderingBudget()
        self.escape: Escape | None = None
        self.globals = {
            "range": _bounded_range,
            "dict": dict,
            "namespace": Notes,
            "cycler": self.globals["cycler"],
            "joiner": self.globals["joiner"],
            "timedelta": timedelta,
            "today_at": today_at,
        }
        filters: Any = {**self.filters, **{one.name: one.call for one in FILTERS.values()}, SAFE: _safe}
        self.filters = {name: self.bounded(name, call) for name, call in filters.items() if name != "random"}
        self.filters |= {EACH: self.budget.counted, MADE: self.budget.made, SHOWN: self.shown, USED: self.used}
        self.filters |= {ESCAPED: self.escaped, MEANT: Meant, CALLED: self.called}
        tests: Any = self.tests
        self.tests = {name: self.bounded("", call) for name, call in tests.items()}

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        measured = _Measured().visit(source)
        measured.set_environment(self)
        return super()._generate(measured, *args, **kwargs)

    def begin(self, escape: Escape | None) -> None:
        """Give the next rendering a full budget, and the way in which its text is escaped, if any."""
        self.budget.begin()
        self.escape = escape

    @pass_context
    def escaped(self, _: Context, value: Any) -> Any:
        """Give the escaped text of a value that goes into text; what stands for nothing is left as it is."""
        if isinstance(value, Meant) or is_nothing(value):
            return value
        self.budget.charge(value)
        return Meant(str(value) if self.escape is None else self.put(str(value), self.escape))

    def put(self, text: str, escape: Escape) -> str:
        """Escape a text within the budget."""
        self.budget.spend(len(text) // ESCAPED_A_STEP)
        return str(self.budget.made(escape(encodable(text))))

    def used(self, value: Any) -> Any:
        """Pass on a value that is compared or copied as a whole."""
        self.budget.charge(value)
        return value

    @pass_context
    def shown(self, _: Context, value: Any) -> Any:
        """Give what stands in text for a value: nothing for null."""
        self.budget.spend()
        if value is None:
            return ""
        self.budget.charge(value)
        return value

    def bounded(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Give a filter or test that keeps to the budget."""
        leading = 0 if getattr(call, "jinja_pass_arg", None) is None else 1
        check = widths.FILTERS.get(name)

        @wraps(call)
        def keeping(*args: Any, **kwargs: Any) -> Any:
            given = args[leading:]
            self.budget.spend(CALL)
            if name not in CHEAP:
                for value in (*given, *kwargs.values()):
                    self.budget.charge(value, characters=SLOW.get(name, 64))
            if name in ITEM_BY_ITEM and given and isinstance(given[0], Sized):
                self.budget.spend(len(given[0]) * ITEM_BY_ITEM[name])
            if check is not None:
                given = check(self.budget, given, kwargs)
            return self.budget.made(call(*args[:leading], *given, **kwargs))

        return keeping

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Read `obj.attribute`; the keys of a mapping win, and methods are there only for a call."""
        self.budget.spend()
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if not attribute.startswith("_") and is_method(getattr(obj, attribute, None)):
            return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Read `obj[argument]`, or else the attribute of that name."""
        self.budget.spend()
        try:
            return obj[argument]
        except (LookupError, TypeError):
            return self.getattr(obj, argument) if isinstance(argument, str) else self.undefined(obj=obj, name=argument)

    @pass_context
    def called(self, _: Context, obj: Any, name: str) -> Any:
        """Read the `obj.name` that a template calls; the keys of a mapping win over its methods."""
        self.budget.spend()
        if isinstance(obj, Mapping) and name in obj:
            return obj[name]
        return super().getattr(obj, name)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Tell whether a template may have an attribute."""
        return attr not in GONE and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Give the sandboxed form of `str.format`; None for any other value."""
        inner = super().wrap_str_format(value)
        if inner is None:
            return None

        @wraps(inner)
        def keeping(*args: Any, **kwargs: Any) -> str:
            widths.check_format(self.budget, value.__self__, (*args, *kwargs.values()))
            made = inner(*args, **kwargs)
            return str(made) if isinstance(made, Meant) else made

        return keeping

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a function or method."""
        self.budget.spend(CALL)
        if isinstance(obj, LoopContext):
            wanted = (*args, *(value for name, value in kwargs.items() if name not in OF_JINJA))
            return self._gathered(obj(*map(self.budget.counted, wanted)))
        owner = getattr(obj, "__self__", None)
        for value in (*args, *kwargs.values()):
            self.budget.charge(value)
        if isinstance(owner, str | list | tuple | datetime):
            self.budget.charge(owner)
            check = widths.METHODS.get(obj.__name__)
            if check is not None:
                _, *args = check(self.budget, (owner, *args), kwargs)  # type: ignore[assignment]
        made = self.budget.made(super().call(context, obj, *args, **kwargs))
        if isinstance(obj, Macro | BlockReference):
            return self._gathered(made)
        return self.escaped(context, made) if self.escape is not None and "caller" in kwargs else made

    def _gathered(self, text: str) -> str:
        """Pass on text that a part of the template wrote, where it was escaped already."""
        return self.budget.made(text) if self.escape is None else Meant(self.budget.made(text))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Work out an operator that can make much out of little."""
        self.budget.spend()
        if operator == "*":
            widths.check_product(left, right)
        elif operator == "**":
            widths.check_power(left, right)
        elif operator == "%" and isinstance(left, str):
            widths.check_percent(self.budget, left, right)
        return self.budget.made(super().call_binop(context, operator, left, right))


class _Measured(NodeTransformer):
    """Rewrites a template so that what it loops over, makes and compares goes by the budget, and calls find methods."""

    # ruff: noqa: N802 - Jinja calls these methods by the names of its nodes
    def visit_Call(self, node: nodes.Call) -> nodes.Call:
        if isinstance(node.node, nodes.Getattr):
            node.node = _through(CALLED, node.node.node, nodes.Const(node.node.attr))
        self.generic_visit(node)
        return node

    def visit_For(self, node: nodes.For) -> nodes.For:
        self.generic_visit(node)
        text = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
        cost = 1 + node.recursive + text // 64 + sum(1 for _ in node.find_all(nodes.Expr)) // 16
        node.iter = _through(EACH, node.iter, nodes.Const(cost))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:
        self.generic_visit(node)
        node.nodes = [_through(SHOWN, part) for part in node.nodes]
        return _through(MADE, node)

    def visit_List(self, node: nodes.List) -> nodes.Expr:
        self.generic_visit(node)
        return _through(MADE, node)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Expr:
        self.generic_visit(node)
        return _through(MADE, node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:
        self.generic_visit(node)
        return _through(MADE, node) if node.ctx == "load" else node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Expr:
        self.generic_visit(node)
        node.expr = _through(USED, node.expr)
        for operand in node.ops:
            operand.expr = _through(USED, operand.expr)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Expr:
        self.generic_visit(node)
        if not isinstance(node.arg, nodes.Slice):
            return node
        node.node = _through(USED, node.node)
        return _through(MADE, node)


def _safe(value: Any) -> Any:
    """Mark a text as meant to be markup."""
    return Meant(value) if isinstance(value, str) else value


def _through(name: str, node: Any, *args: nodes.Expr) -> nodes.Expr:
    if isinstance(node, nodes.Const) and not args:
        return node
    return nodes.Filter(node, name, list(args), [], None, None, lineno=node.lineno)


def _bounded_range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > MOST_RANGE:
        raise TemplateFault(f"a range has {len(numbers)} numbers; {MOST_RANGE} are the most")
    return numbers
