"""Variables: locals, enclosing functions, module globals, built-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.trace.graph import Loop, Node, Value
from auditor.trace.objects import Cells, Ext, Frame

if TYPE_CHECKING:
    from auditor.trace.machine import Machine


_NONE: list[Loop] = []


class Names:
    """Reads and writes variables."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def read(self, name: str, frame: Frame) -> Value:
        """The value of a variable; an unbound name is taken for a built-in."""
        found = self._find(name, frame)
        if found is None:
            return Ext(f"builtins.{name}")
        cells, loops = found
        machine = self.m
        fixed = loops is not None and not loops
        value = cells[name] if fixed else machine.heap.get(cells, name, loops)
        if value is None:
            return Ext(f"builtins.{name}")
        return machine.warm(value, name) if name in machine.in_place else value

    def _find(self, name: str, frame: Frame) -> tuple[Cells, list[Loop] | None] | None:
        """The cells that hold a variable, and the open loops that may change it (`None`: any)."""
        scope: Frame | None = frame
        if frame.scopes.get(name) != "global":
            while scope is not None:
                if name in scope.env and not (scope.is_class and scope is not frame):
                    return scope.env, self._changing(name, scope, frame)
                scope = scope.closure
        cells = frame.module.cells
        return (cells, None if self.m.mutable(name) else _NONE) if name in cells else None

    def _changing(self, name: str, scope: Frame, frame: Frame) -> list[Loop] | None:
        if scope is not frame and self.m.mutable(name):
            return None
        loops = scope.varying.get(name, _NONE)
        growing = scope.growing.get(name)
        if growing:
            # `total += x` changes an array in place, and rebinds a name that holds a number.
            value = scope.env[name]
            if not isinstance(value, Node) or value.num:
                return loops + growing
        return loops

    def write(self, name: str, value: Value, frame: Frame) -> None:
        """Assigns a variable in the scope that owns it."""
        value = self.m.heap.here(value)
        if isinstance(value, Node) and value.op == "iter" and frame.varying.get(name):
            value = self.m.heap.anew(value)
        kind = frame.scopes.get(name)
        if kind == "global":
            self.m.heap.put(frame.module.cells, name, value)
            return
        if kind == "nonlocal":
            scope = frame.closure
            while scope is not None:
                if name in scope.env:
                    self.m.heap.put(scope.env, name, value)
                    return
                scope = scope.closure
        if frame.env.get(name) is not value:
            self.m.heap.put(frame.env, name, value)
