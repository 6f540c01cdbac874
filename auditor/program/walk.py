"""Visits every statement and expression of the intermediate representation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.program import ir


def children(node: object) -> Iterator[object]:
    """The records directly inside a record, in the order of their fields."""
    for name in getattr(node, "__slots__", ()):
        yield from _records(getattr(node, name))


def _records(value: object) -> Iterator[object]:
    if isinstance(value, tuple):
        for item in value:
            yield from _records(item)
    elif hasattr(value, "__slots__") and type(value).__module__ == ir.__name__:
        yield value


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
    todo = list(children(stmt))
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
