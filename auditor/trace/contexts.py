"""`with` statements: files, context managers of the submission, guards without effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.program import ir
from auditor.trace.graph import Value
from auditor.trace.objects import Frame, Generator, defines
from auditor.trace.statements import Flow

if TYPE_CHECKING:
    from auditor.trace.machine import Machine


class Contexts:
    """Context managers."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def run(self, stmt: ir.With, frame: Frame) -> Flow:
        """Runs the body inside its contexts."""
        return self._item(stmt, 0, frame)

    def _item(self, stmt: ir.With, position: int, frame: Frame) -> Flow:
        if position == len(stmt.items):
            return self.m.statements.block(stmt.body, frame)
        expr, target = stmt.items[position]
        manager = self.m.expressions.eval(expr, frame)
        if isinstance(manager, Generator) and "context" in manager.func.traits:
            return self._generator(stmt, position, manager, frame)
        entered = self._enter(manager)
        if target is not None:
            self.m.statements.bind(target, entered, frame)
        ended = self._item(stmt, position + 1, frame)
        if defines(manager, "__exit__"):
            nothing = self.m.heap.const(None)
            self.m.calls.method(manager, "__exit__", [nothing, nothing, nothing])
        return ended

    def _enter(self, manager: Value) -> Value:
        return (
            self.m.calls.method(manager, "__enter__", [])
            if defines(manager, "__enter__")
            else manager
        )

    def _generator(self, stmt: ir.With, position: int, manager: Generator, frame: Frame) -> Flow:
        target = stmt.items[position][1]
        ended: list[Flow] = []

        def body(value: Value) -> None:
            self.m.heap.frame = frame
            if target is not None:
                self.m.statements.bind(target, value, frame)
            ended.append(self._item(stmt, position + 1, frame))

        self.m.calls.run_generator(manager, body)
        return ended[-1] if ended else None
