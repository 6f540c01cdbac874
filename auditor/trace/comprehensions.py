"""Comprehensions: exact over few known elements, otherwise one symbolic turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.program import ir
from auditor.trace.graph import Loop, Value
from auditor.trace.loops import MAX_COUNTED
from auditor.trace.objects import DictObj, Frame, ListObj, Range

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

MAX_EXACT = 16
"""Most elements that are evaluated one by one."""


def _plain(elt: ir.Expr) -> bool:
    """Whether an element is made of names and numbers alone, so that making it again is no harm."""
    if isinstance(elt, ir.Seq):
        return all(_plain(item) for item in elt.items)
    if isinstance(elt, ir.Bin):
        return _plain(elt.left) and _plain(elt.right)
    return isinstance(elt, ir.Name | ir.Const)


class Comprehensions:
    """List, set, dict comprehensions and generator expressions (which are run eagerly)."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def run(self, expr: ir.Comp, frame: Frame) -> Value:
        """The container that the comprehension makes."""
        heap = self.m.heap
        inner = Frame(frame.func, frame.module, frame, frame.caller, frame.call_stmt)
        inner.on_yield = frame.on_yield
        made: ListObj | DictObj
        if expr.kind == "dict":
            made = DictObj(heap.loop, heap.stmt)
        else:
            made = self.m.containers.new_list([], "set" if expr.kind == "set" else "list")
        self._clause(expr, 0, inner, made)
        if isinstance(made, ListObj) and len(expr.clauses) > 1 and _plain(expr.elt):
            made.recipe = (expr, frame)
        return made

    def _clause(self, expr: ir.Comp, position: int, frame: Frame, made: ListObj | DictObj) -> None:
        if position == len(expr.clauses):
            self._emit(expr, frame, made)
            return
        clause = expr.clauses[position]
        iterable = self.m.lazily.eval(clause.iter, frame)
        exact = self.m.iteration.exact(iterable)
        limit = MAX_COUNTED if isinstance(iterable, Range) else MAX_EXACT
        if exact is not None and len(exact) <= limit:
            for item in exact:
                self._turn(expr, position, frame, made, item)
            return
        pipe = self.m.iteration.pipe(iterable)
        if pipe is not None:
            pipe.run(lambda item: self._turn(expr, position, frame, made, item))
            return

        def turn(loop: Loop) -> None:
            item = self.m.iteration.element(iterable, loop)
            self._turn(expr, position, frame, made, item)

        self.m.loops.once(None, frame, turn)

    def _turn(
        self,
        expr: ir.Comp,
        position: int,
        frame: Frame,
        made: ListObj | DictObj,
        item: Value,
    ) -> None:
        clause = expr.clauses[position]
        self.m.statements.bind(clause.target, item, frame)
        undecided = None
        for condition in clause.ifs:
            truth, node = self.m.expressions.test(condition, frame)
            if truth is False:
                return
            if truth is None:
                undecided = node
        if undecided is None:
            self._clause(expr, position + 1, frame, made)
            return
        heap = self.m.heap
        _, written = self.m.statements.under(
            undecided, lambda: self._clause(expr, position + 1, frame, made), holds=True
        )
        if isinstance(made, ListObj):
            # A filter changes how many elements there are, not what they are.
            heap.redo(written)
            self.m.containers.generalise(made)
        else:
            made.filtered = True
            heap.merge(undecided, written, {})

    def _emit(self, expr: ir.Comp, frame: Frame, made: ListObj | DictObj) -> None:
        elt = self.m.expressions.eval(expr.elt, frame)
        if isinstance(made, DictObj):
            value = expr.value
            result = (
                self.m.heap.const(None) if value is None else self.m.expressions.eval(value, frame)
            )
            self.m.containers.set_key(made, elt, result)
        else:
            self.m.containers.append(made, elt)
