"""`while` loops that count: the `for` loop over a range that each of them stands for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from auditor.program import ir

_ROOM = {"<": False, "<=": True}
_MEASURES = {"len", "int", "min", "max"}
_MEASURING = {"numel", "size", "item"}


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """A `while` loop that adds the same step to a counter in every turn.

    Attributes:
        name: the counter.
        stop: what the counter is compared with.
        step: what is added to it.
        inclusive: whether the turn at `stop` itself still runs.
        loop: the same body under `for name in range(name, stop, step)`. The addition stays in it,
            so that what follows it in the body reads the counter as the `while` loop would.
    """

    name: str
    stop: ir.Expr
    step: ir.Expr
    inclusive: bool
    loop: ir.For


def counted(stmt: ir.While) -> Counted | None:
    """The counting that a `while` loop does, `None` where it does anything else."""
    test = stmt.test
    if not isinstance(test, ir.Compare) or len(test.ops) != 1 or test.ops[0] not in _ROOM:
        return None
    if not isinstance(test.left, ir.Name) or stmt.orelse:
        return None
    name, stop = test.left.id, test.rights[0]
    step = _only_step(stmt, name)
    if step is None or not (_fixed(stop, stmt) and _fixed(step, stmt)):
        return None
    loop = ir.For(
        stmt.line,
        stmt.end,
        test.left,
        stop,
        stmt.body,
        (),
        stmt.assigned | {name},
        stmt.augmented - {name},
        stmt.flags,
    )
    return Counted(name, stop, step, _ROOM[test.ops[0]], loop)


def _only_step(stmt: ir.While, name: str) -> ir.Expr | None:
    """What is added to a counter, where every turn does so once and changes it in no other way."""
    if name in stmt.assigned or name not in stmt.augmented:
        return None
    additions = [
        part
        for part in _parts(stmt.body)
        if isinstance(part, ir.AugAssign)
        and isinstance(part.target, ir.Name)
        and part.target.id == name
    ]
    if len(additions) != 1 or additions[0].op != "+" or additions[0] not in stmt.body:
        return None
    before = stmt.body[: stmt.body.index(additions[0])]
    if any(isinstance(part, ir.Jump) and part.kind == "continue" for part in _parts(before)):
        return None  # a turn may pass without a step
    return additions[0].value


def _fixed(expr: ir.Expr, stmt: ir.While) -> bool:
    """Whether an expression has the same value in every turn of a loop."""
    changed = stmt.assigned | stmt.augmented | _called_on(stmt)
    for part in _parts((expr,)):
        if isinstance(part, ir.Name) and part.id in changed:
            return False
        if isinstance(part, ir.Call) and not _measures(part):
            return False
        if isinstance(part, ir.Walrus | ir.Lambda | ir.Comp | ir.Yield | ir.Await):
            return False
    return True


def _measures(call: ir.Call) -> bool:
    func = call.func
    if isinstance(func, ir.Attr):
        return func.name in _MEASURING
    return isinstance(func, ir.Name) and func.id in _MEASURES


def _called_on(stmt: ir.While) -> frozenset[str]:
    """The variables of which the body calls a method that may change their size."""
    return frozenset(
        part.func.value.id
        for part in _parts(stmt.body)
        if isinstance(part, ir.Call)
        and isinstance(part.func, ir.Attr)
        and isinstance(part.func.value, ir.Name)
        and part.func.name not in _MEASURING
    )


def _parts(items: tuple[Any, ...]) -> Iterator[Any]:
    """Every piece of some code, outer ones first."""
    stack = list(items)
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack.extend(part)
        elif isinstance(
            part, ir.Expr | ir.Stmt | ir.Clause | ir.Handler | ir.Format | ir.MatchCase
        ):
            yield part
            stack.extend(getattr(part, slot, None) for slot in type(part).__slots__)
