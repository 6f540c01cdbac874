"""Runs loops. A loop whose turns are few and known is unrolled; any other body runs once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from auditor.program import ir
from auditor.trace.counting import Counted, counted
from auditor.trace.graph import Const, Loop, Node, Value
from auditor.trace.heap import Changes, same
from auditor.trace.objects import DictObj, Frame, Pipe, Range
from auditor.trace.statements import Flow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from auditor.trace.machine import Machine

MAX_UNROLL = 8
"""Most turns of a loop over known elements that are run one by one."""

MAX_COUNTED = 3
"""Most turns of a counted loop that are run one by one, where its body asks which turn it is."""


class Loops:
    """Loops of all kinds."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._exits: list[list[Changes]] = []
        self._asks: dict[int, bool] = {}
        self._counts: dict[int, Counted | None] = {}

    def leaving(self, written: Changes) -> None:
        """Remembers what the heap looked like at an undecided `break` or `continue`."""
        if self._exits:
            self._exits[-1].append(written)

    # --- for -------------------------------------------------------------------------------------

    def run_for(self, stmt: ir.For, iterable: Value, frame: Frame) -> Flow:
        """A `for` statement."""
        turns = self._turns(stmt, iterable)
        if turns is not None:
            return self._unrolled(stmt, turns, frame)
        pipe = self.m.iteration.pipe(iterable)
        if pipe is not None:
            return self._over_pipe(stmt, pipe, frame)

        def turn(loop: Loop) -> Flow:
            self.m.statements.bind(stmt.target, self.m.iteration.element(iterable, loop), frame)
            return self.m.statements.block(stmt.body, frame)

        return self.once(stmt, frame, turn)

    def _turns(self, stmt: ir.For, iterable: Value) -> list[Value] | None:
        """The elements, where the loop is to be unrolled."""
        if isinstance(iterable, Range):
            count = self.m.iteration.count(iterable)
            if count is None or count > MAX_COUNTED:
                return None
            if count > 1 and not self._asks_turn(stmt):
                return None
            return self.m.iteration.exact(iterable)
        exact = self.m.iteration.exact(iterable)
        return exact if exact is not None and len(exact) <= MAX_UNROLL else None

    def _asks_turn(self, stmt: ir.For) -> bool:
        """Whether it matters which turn it is: it is compared, or its result kept apart."""
        known = self._asks.get(id(stmt))
        if known is None:
            name = stmt.target.id if isinstance(stmt.target, ir.Name) else None
            known = name is not None and any(
                _compares(part, name) or _keeps_each(part, name) for part in stmt.body
            )
            self._asks[id(stmt)] = known
        return known

    def _unrolled(self, stmt: ir.For, turns: list[Value], frame: Frame) -> Flow:
        guard = self.m.heap.guard
        for value in turns:
            self.m.heap.stmt, self.m.heap.frame = stmt, frame
            self.m.statements.bind(stmt.target, value, frame)
            self._exits.append([])
            ended = self.m.statements.block(stmt.body, frame)
            self.m.heap.guard = guard
            for written in self._exits.pop():
                self.m.heap.maybe(written)
            if ended == "break":
                break
            if ended in ("return", "raise", "exit"):
                return ended
        return None

    def _over_pipe(self, stmt: ir.For, pipe: Pipe, frame: Frame) -> Flow:
        outer = self.m.heap.loop

        def consume(value: Value) -> None:
            self.m.heap.stmt, self.m.heap.frame = stmt, frame
            self._exits.append([])
            with self._naming(frame, stmt, self._inside(outer)):
                self.m.statements.bind(stmt.target, value, frame)
                self.m.statements.block(stmt.body, frame)
            for written in self._exits.pop():
                self.m.heap.maybe(written)

        pipe.run(consume)
        return None

    def _inside(self, outer: Loop | None) -> list[Loop]:
        """The loops that were opened since `outer`: those of a generator that is being consumed."""
        found: list[Loop] = []
        loop = self.m.heap.loop
        while loop is not None and loop is not outer:
            found.append(loop)
            loop = loop.parent
        return found

    # --- while -----------------------------------------------------------------------------------

    def run_while(self, stmt: ir.While, frame: Frame) -> Flow:
        """A `while` statement."""
        counting = self._counting(stmt)
        if counting is not None:
            span = self._span(counting, frame)
            if span is not None:
                return self.run_for(counting.loop, span, frame)

        def turn(_loop: Loop) -> Flow:
            truth, condition = self.m.expressions.test(stmt.test, frame)
            if truth is False:
                return "break"
            if truth is True:
                return self.m.statements.block(stmt.body, frame)
            return self.m.statements.branch(
                condition, lambda: self.m.statements.block(stmt.body, frame), lambda: "break", frame
            )

        return self.once(stmt, frame, turn)

    def _counting(self, stmt: ir.While) -> Counted | None:
        if id(stmt) not in self._counts:
            self._counts[id(stmt)] = counted(stmt)
        return self._counts[id(stmt)]

    def _span(self, counting: Counted, frame: Frame) -> Range | None:
        """The values that a counter takes, where it and its bounds are numbers."""
        start = self.m.names.read(counting.name, frame)
        stop = self.m.expressions.eval(counting.stop, frame)
        step = self.m.expressions.eval(counting.step, frame)
        if counting.inclusive:
            stop = self.m.expressions.binary("+", stop, self.m.heap.const(1))
        if not (_whole(start) and _whole(stop) and _whole(step)):
            return None
        return Range(self.m.flow(start), self.m.flow(stop), self.m.flow(step))

    # --- the one symbolic turn -------------------------------------------------------------------

    def once(
        self,
        stmt: ir.For | ir.While | None,
        frame: Frame,
        turn: Callable[[Loop], Flow],
    ) -> Flow:
        """Runs a loop's body once, symbolically; again where it changed what it had relied on."""
        heap = self.m.heap
        for last in (False, True):
            mark, made = heap.mark(), self.m.events.mark()
            heap.stmt, heap.frame = stmt or heap.stmt, frame
            loop = heap.enter(stmt, frame)
            self._exits.append([])
            with self._naming(frame, stmt, [loop]):
                ended = turn(loop)
            for written in self._exits.pop():
                heap.maybe(written)
            if last or not (loop.varying or loop.late):
                break
            nesting = [c for c in loop.varying.values() if isinstance(c.cells.get("rest"), DictObj)]
            heap.abandon(loop, mark)
            self.m.events.undo(made)
            for container in loop.varying.values():
                self.m.containers.generalise(container)
            for container in nesting:
                self.m.containers.nest(container)
        heap.leave(loop, mark, self.m.flow)
        return ended if ended in ("return", "exit") and _always(stmt) else None

    @contextmanager
    def _naming(
        self, frame: Frame, stmt: ir.For | ir.While | None, loops: list[Loop]
    ) -> Iterator[None]:
        """Notes which open loops assign or augment which names of `frame`."""
        guard = self.m.heap.guard
        if stmt is None or not loops:
            yield
            self.m.heap.guard = guard
            return
        assigned = [name for name in stmt.assigned if not _stays(frame.env.get(name), stmt, name)]
        marks = ((frame.varying, assigned), (frame.growing, stmt.augmented))
        for table, names in marks:
            for name in names:
                table[name] = table.get(name, []) + loops
        try:
            yield
        finally:
            self.m.heap.guard = guard
            for table, names in marks:
                for name in names:
                    del table[name][-len(loops) :]


def _stays(value: Value | None, stmt: ir.For | ir.While, name: str) -> bool:
    """Whether a name that a loop sets to one constant has that value when the loop begins."""
    return name in stmt.flags and isinstance(value, Const) and same(value.value, stmt.flags[name])


def _whole(value: Value) -> bool:
    """Whether a value may be a whole number."""
    if isinstance(value, Const):
        return isinstance(value.value, int) and not isinstance(value.value, bool)
    return isinstance(value, Node) and value.num


def _always(stmt: ir.Stmt | None) -> bool:
    """Whether the loop is left only from inside (`while True`)."""
    return isinstance(stmt, ir.While) and isinstance(stmt.test, ir.Const) and bool(stmt.test.value)


def _keeps_each(part: ir.Stmt, name: str) -> bool:
    """Whether a statement of a loop's body keeps what each turn made: in a list, under a number."""
    if isinstance(part, ir.ExprStmt) and isinstance(part.value, ir.Call):
        func = part.value.func
        return isinstance(func, ir.Attr) and func.name == "append"
    return isinstance(part, ir.Assign) and any(
        isinstance(target, ir.Sub) and isinstance(target.index, ir.Name) and target.index.id == name
        for target in part.targets
    )


def _compares(part: Any, name: str) -> bool:
    """Whether `name` is compared, or tested for truth, anywhere inside a piece of code."""
    stack = [part]
    while stack:
        node = stack.pop()
        if any(isinstance(part, ir.Name) and part.id == name for part in _tested(node)):
            return True
        for field in getattr(type(node), "__slots__", ()):
            child = getattr(node, field, None)
            if isinstance(child, ir.Expr | ir.Stmt | ir.Clause | ir.Handler | ir.Format):
                stack.append(child)
            elif isinstance(child, tuple):
                stack.extend(_flat(child))
    return False


def _tested(node: Any) -> tuple[ir.Expr, ...]:
    """The parts of a piece of code that it compares or tests for truth itself."""
    if isinstance(node, ir.Compare):
        return (node.left, *node.rights)
    if isinstance(node, ir.If | ir.IfExp):
        return (node.test,)
    if isinstance(node, ir.Unary) and node.op == "not":
        return (node.operand,)
    return ()


def _flat(items: tuple[Any, ...]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if isinstance(item, tuple):
            found.extend(_flat(item))
        elif item is not None and not isinstance(item, str):
            found.append(item)
    return found
