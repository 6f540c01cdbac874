"""Generator expressions that are handed on before they run, as the generator functions they are.

    losses = (score(chunk) for chunk in chunks)

runs nothing until somebody asks for a loss. Read as

    def losses(first):
        for chunk in first:
            yield score(chunk)

it runs where it is consumed, in step with its consumer, as order demands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.program import ir
from auditor.trace.graph import Value
from auditor.trace.objects import (
    Choice,
    ClassObj,
    Ext,
    Frame,
    Function,
    Generator,
    Instance,
    Partial,
)

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

_FIRST = ".0"
_CONSUMERS = (
    "builtins.enumerate",
    "builtins.zip",
    "builtins.map",
    "builtins.filter",
    "builtins.iter",
    "builtins.next",
    "functools.reduce",
    "itertools.islice",
)
"""Library functions that take elements one by one."""


class Lazily:
    """Makes generators of generator expressions."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._functions: dict[int, tuple[ir.Comp, ir.FunctionDef]] = {}

    def eval(self, expr: ir.Expr, frame: Frame) -> Value:
        """The value of an expression that nobody has asked for elements yet."""
        if not isinstance(expr, ir.Comp) or expr.kind != "gen":
            return self.m.expressions.eval(expr, frame)
        return self.generator(expr, frame)

    def generator(self, expr: ir.Comp, frame: Frame) -> Generator:
        """The generator function that a comprehension is, called."""
        first = self.m.expressions.eval(expr.clauses[0].iter, frame)
        func = Function("<genexpr>", self._function(expr), frame, frame.module, {})
        made = Frame(func, frame.module, frame, self.m.heap.frame, self.m.heap.stmt)
        made.env[_FIRST] = first
        return Generator(func, made)

    def taken_by(self, callee: Value) -> bool:
        """Whether a callee is given its arguments as they are: code of the submission, `zip`..."""
        if isinstance(callee, Partial):
            return self.taken_by(callee.func)
        if isinstance(callee, Choice):
            return all(self.taken_by(option) for option in callee.options)
        if isinstance(callee, Ext):
            return callee.path in _CONSUMERS
        return isinstance(callee, Function | ClassObj | Instance)

    def _function(self, expr: ir.Comp) -> ir.FunctionDef:
        known = self._functions.get(id(expr))
        if known is None:
            known = self._functions[id(expr)] = (expr, self._written_out(expr))
        return known[1]

    def _written_out(self, expr: ir.Comp) -> ir.FunctionDef:
        stmt = self.m.heap.stmt
        line, end = (0, 0) if stmt is None else (stmt.line, stmt.end)
        body: ir.Stmt = ir.ExprStmt(line, end, ir.Yield(expr.elt, delegates=False))
        for position in reversed(range(len(expr.clauses))):
            clause = expr.clauses[position]
            for condition in reversed(clause.ifs):
                body = ir.If(line, end, condition, (body,), ())
            source = ir.Name(_FIRST) if position == 0 else clause.iter
            names = frozenset(_names(clause.target))
            body = ir.For(line, end, clause.target, source, (body,), (), names)
        nothing = ir.Params((), None, (), None)
        return ir.FunctionDef(
            line, end, "<genexpr>", nothing, (body,), (), is_generator=True, last=end
        )


def _names(target: ir.Expr) -> list[str]:
    if isinstance(target, ir.Name):
        return [target.id]
    if isinstance(target, ir.Seq):
        return [name for item in target.items for name in _names(item)]
    return _names(target.value) if isinstance(target, ir.Star) else []
