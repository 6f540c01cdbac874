"""Visits every statement and expression of the intermediate representation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.program import ir


def children(node: object) -> list[object]:
    """The records directly inside a record, in the order of their fields."""
    found: list[object] = []
    for name in getattr(node, "__slots__", ()):
        value = getattr(node, name)
        kind = type(value)
        if kind in _RECORDS:
            found.append(value)
        elif kind is tuple and value:
            _gather(value, found)
    return found


_RECORDS = frozenset(
    kind for kind in vars(ir).values() if isinstance(kind, type) and kind.__module__ == ir.__name__
)


def _gather(values: tuple[object, ...], found: list[object]) -> None:
    for value in values:
        kind = type(value)
        if kind in _RECORDS:
            found.append(value)
        elif kind is tuple:
            _gather(value, found)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands.

    Attributes:
        stmt: the statement.
        tests: the conditions of the `if` statements around it that have to hold, the outermost
            first. An `else` adds no condition.
        function: name of the innermost function, `None` at the top level.
    """

    stmt: ir.Stmt
    tests: tuple[ir.Expr, ...] = ()
    function: str | None = None


def walk(body: tuple[ir.Stmt, ...]) -> Iterator[tuple[ir.Expr, Place]]:
    """Every outermost expression of a block, at any depth of statements, with its place."""
    waiting = [Place(stmt) for stmt in reversed(body)]
    while waiting:
        place = waiting.pop()
        function = place.function
        if isinstance(place.stmt, ir.FunctionDef):
            function = place.stmt.name
        for inner, added in _inside(place.stmt):
            if isinstance(inner, ir.Stmt):
                waiting.append(Place(inner, (*place.tests, *added), function))
            else:
                yield inner, place


def _inside(stmt: ir.Stmt) -> Iterator[tuple[ir.Stmt | ir.Expr, tuple[ir.Expr, ...]]]:
    if isinstance(stmt, ir.If):
        yield stmt.test, ()
        yield from ((inner, (stmt.test,)) for inner in stmt.body)
        yield from ((inner, ()) for inner in stmt.orelse)
        return
    todo = children(stmt)
    while todo:
        record = todo.pop(0)
        if isinstance(record, ir.Stmt | ir.Expr):
            yield record, ()
        else:
            todo += children(record)


def expressions(expr: ir.Expr) -> Iterator[ir.Expr]:
    """An expression and all expressions inside it."""
    waiting: list[object] = [expr]
    while waiting:
        record = waiting.pop()
        if isinstance(record, ir.Expr):
            yield record
        waiting += children(record)
