"""Executes statements on the abstract heap: branches from both sides, loops once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from auditor.program import ir
from auditor.trace.graph import Guard, Node, Value
from auditor.trace.heap import Changes
from auditor.trace.objects import ClassObj, DictObj, Ext, Frame, Function, Tup

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

Result = TypeVar("Result")

Flow = str | None
"""How a block ended: `None` fell through; else `return`, `break`, `continue`, `raise` or `exit`."""


class Statements:
    """One method per kind of statement."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._table: dict[type, Callable[[Any, Frame], Flow]] = {
            ir.Assign: self._assign,
            ir.AnnAssign: self._ann_assign,
            ir.AugAssign: self._aug_assign,
            ir.ExprStmt: self._expr,
            ir.Return: self._return,
            ir.Raise: lambda _stmt, _frame: "raise",
            ir.Assert: self._assert,
            ir.Delete: self._delete,
            ir.Jump: lambda stmt, _frame: stmt.kind,
            ir.Scope: self._scope,
            ir.Import: self._import,
            ir.ImportFrom: self._import_from,
            ir.If: self._if,
            ir.For: self._for,
            ir.While: self._while,
            ir.Try: self._try,
            ir.With: self._with,
            ir.FunctionDef: self._function,
            ir.ClassDef: self._class,
            ir.Match: self._match,
        }

    def block(self, body: Iterable[ir.Stmt], frame: Frame) -> Flow:
        """Executes statements in order, until one of them leaves the block."""
        heap = self.m.heap
        for stmt in body:
            heap.stmt, heap.frame = stmt, frame
            ended = self._table[type(stmt)](stmt, frame)
            if ended is not None:
                return ended
        return None

    # --- simple statements -----------------------------------------------------------------------

    def _expr(self, stmt: ir.ExprStmt, frame: Frame) -> Flow:
        self.m.expressions.eval(stmt.value, frame)
        return "exit" if self.m.calls.take_exit() else None

    def _assign(self, stmt: ir.Assign, frame: Frame) -> Flow:
        named = all(isinstance(target, ir.Name) for target in stmt.targets)
        value = (self.m.lazily if named else self.m.expressions).eval(stmt.value, frame)
        self.m.heap.stmt = stmt
        for target in stmt.targets:
            if not self._made_anew(target, stmt.value, value, frame):
                self.bind(target, value, frame)
        return None

    def _made_anew(self, target: ir.Expr, expr: ir.Expr, value: Value, frame: Frame) -> bool:
        """Whether a dict takes the place of the one that it was computed from, entry by entry.

        `weights = {name: w - rate * slope[name] for name, w in weights.items()}` is one state in
        a new version; the dict stays the same here, so that loops see it change.
        """
        if not (isinstance(target, ir.Name) and isinstance(expr, ir.Comp)):
            return False
        old = frame.env.get(target.id)
        if not (isinstance(old, DictObj) and isinstance(value, DictObj)) or old is value:
            return False
        if not any(_names(clause.iter, target.id) for clause in expr.clauses):
            return False
        self.m.containers.take_over(old, value)
        return True

    def _ann_assign(self, stmt: ir.AnnAssign, frame: Frame) -> Flow:
        if stmt.value is not None:
            self.bind(stmt.target, self.m.expressions.eval(stmt.value, frame), frame)
        return None

    def bind(self, target: ir.Expr, value: Value, frame: Frame) -> None:
        """Assigns `value` to a name, attribute, item or pattern of these."""
        if isinstance(target, ir.Name):
            self.m.names.write(target.id, value, frame)
        elif isinstance(target, ir.Attr):
            self.m.attributes.write(
                self.m.expressions.eval(target.value, frame), target.name, value
            )
        elif isinstance(target, ir.Sub):
            base = self.m.expressions.eval(target.value, frame)
            self.m.items.write(base, self.m.expressions.eval(target.index, frame), value)
        elif isinstance(target, ir.Seq):
            self._unpack(target.items, value, frame)
        elif isinstance(target, ir.Star):
            self.bind(target.value, value, frame)

    def _unpack(self, targets: tuple[ir.Expr, ...], value: Value, frame: Frame) -> None:
        stars = [i for i, target in enumerate(targets) if isinstance(target, ir.Star)]
        exact = self.m.iteration.exact(value)
        if exact is not None and not stars and len(exact) == len(targets):
            for target, item in zip(targets, exact, strict=True):
                self.bind(target, item, frame)
        elif exact is not None and stars and len(exact) >= len(targets) - 1:
            first = stars[0]
            rest = len(exact) - (len(targets) - first - 1)
            middle = self.m.containers.new_list(exact[first:rest])
            items = [*exact[:first], middle, *exact[rest:]]
            for target, item in zip(targets, items, strict=True):
                self.bind(target, item, frame)
        else:
            for position, target in enumerate(targets):
                item = self.m.iteration.at(value, position)
                if isinstance(target, ir.Star):
                    item = self.m.containers.summary_list(item)
                self.bind(target, item, frame)

    def _aug_assign(self, stmt: ir.AugAssign, frame: Frame) -> Flow:
        if isinstance(stmt.target, ir.Sub):
            return self._augment_item(stmt, stmt.target, frame)
        old = self.m.expressions.eval(stmt.target, frame)
        value = self.m.expressions.eval(stmt.value, frame)
        self.m.heap.stmt = stmt
        if self.m.containers.extend_in_place(stmt.op, old, value):
            return None
        new = self.m.expressions.binary(stmt.op, old, value)
        if isinstance(old, Node) and not old.num and isinstance(new, Node):
            self.m.heap.mutate(old, new)
            self.bind(stmt.target, old, frame)
        else:
            self.bind(stmt.target, new, frame)
        return None

    def _augment_item(self, stmt: ir.AugAssign, target: ir.Sub, frame: Frame) -> Flow:
        """`base[index] += value`: what the index picked is changed in place, or written back."""
        base = self.m.expressions.eval(target.value, frame)
        index = self.m.expressions.eval(target.index, frame)
        old = self.m.items.read(base, index)
        value = self.m.expressions.eval(stmt.value, frame)
        self.m.heap.stmt = stmt
        if self.m.containers.extend_in_place(stmt.op, old, value):
            return None
        new = self.m.expressions.binary(stmt.op, old, value)
        shares = isinstance(old, Node) and not old.num and old.base is not None
        if shares and isinstance(new, Node):
            self.m.heap.mutate(old, new)  # type: ignore[arg-type]
        else:
            self.m.items.write(base, index, new)
        return None

    def _return(self, stmt: ir.Return, frame: Frame) -> Flow:
        value = (
            self.m.heap.const(None) if stmt.value is None else self.m.lazily.eval(stmt.value, frame)
        )
        frame.returns.append(value)
        return "return"

    def _assert(self, stmt: ir.Assert, frame: Frame) -> Flow:
        self.m.expressions.eval(stmt.test, frame)
        return None

    def _delete(self, stmt: ir.Delete, frame: Frame) -> Flow:
        for target in stmt.targets:
            if isinstance(target, ir.Name):
                self.m.heap.drop(frame.env, target.id)
        return None

    def _scope(self, stmt: ir.Scope, frame: Frame) -> Flow:
        for name in stmt.names:
            frame.scopes[name] = stmt.kind
        return None

    def _import(self, stmt: ir.Import, frame: Frame) -> Flow:
        for dotted, alias in stmt.modules:
            module = self.m.imports.module(dotted, frame)
            if alias is not None:
                self.m.names.write(alias, module, frame)
            else:
                root = dotted.split(".")[0]
                whole = module if root == dotted else self.m.imports.module(root, frame)
                self.m.names.write(root, whole, frame)
        return None

    def _import_from(self, stmt: ir.ImportFrom, frame: Frame) -> Flow:
        module = self.m.imports.module(stmt.module, frame, level=stmt.level)
        if not stmt.names:
            self.m.imports.star(module, frame)
        for name, alias in stmt.names:
            self.m.names.write(alias or name, self.m.imports.member(module, name, frame), frame)
        return None

    # --- branches --------------------------------------------------------------------------------

    def under(
        self,
        condition: Node,
        run: Callable[[], Result],
        *,
        holds: bool,
    ) -> tuple[Result, Changes]:
        """Runs one side of an undecided branch and undoes it; returns its result and its writes."""
        heap = self.m.heap
        outer, mark, stmt, frame = heap.guard, heap.mark(), heap.stmt, heap.frame
        heap.guard = Guard(condition, holds=holds, parent=outer)
        result = run()
        heap.guard, heap.stmt, heap.frame = outer, stmt, frame
        return result, heap.take(mark)

    def _if(self, stmt: ir.If, frame: Frame) -> Flow:
        truth, condition = self.m.expressions.test(stmt.test, frame)
        truth = self.m.evidence_of_branch(stmt, truth, condition, frame)
        if truth is not None:
            return self._decided(stmt, truth, frame)
        return self.branch(
            condition,
            lambda: self.block(stmt.body, frame),
            lambda: self.block(stmt.orelse, frame),
            frame,
        )

    def _decided(self, stmt: ir.If, truth: bool, frame: Frame) -> Flow:  # noqa: FBT001
        """Follows the side that the settings choose, unless the run would have failed there."""
        mark, made = self.m.heap.mark(), self.m.events.mark()
        chosen, other = (stmt.body, stmt.orelse) if truth else (stmt.orelse, stmt.body)
        ended = self.block(chosen, frame)
        if ended == "raise":
            self.m.heap.take(mark)
            self.m.events.undo(made)
            ended = self.block(other, frame)
        return ended

    def branch(
        self,
        condition: Node,
        then: Callable[[], Flow],
        other: Callable[[], Flow],
        frame: Frame,
    ) -> Flow:
        """Explores both sides of an undecided branch and joins them."""
        heap = self.m.heap
        left, written = self.under(condition, then, holds=True)
        right, otherwise = self.under(condition, other, holds=False)
        if left is None and right is None:
            heap.merge(condition, written, otherwise)
            return None
        if left is None:
            self._leave(right, otherwise, frame)
            heap.redo(written)
            self._rest_of_turn(right, condition, holds=True)
            return None
        self._leave(left, written, frame)
        heap.redo(otherwise)
        self._rest_of_turn(left, condition, holds=False)
        return right

    def _rest_of_turn(self, left_by: Flow, condition: Node, *, holds: bool) -> None:
        """After `if ...: continue` the rest of the turn runs under the other answer."""
        if left_by == "continue":
            self.m.heap.guard = Guard(condition, holds=holds, parent=self.m.heap.guard)

    def _leave(self, how: Flow, written: Changes, frame: Frame) -> None:
        """Remembers what the heap looked like where one side left the block."""
        if how == "return":
            frame.exits.append(written)
        elif how in ("break", "continue"):
            self.m.loops.leaving(written)

    def _match(self, stmt: ir.Match, frame: Frame) -> Flow:
        subject = self.m.expressions.eval(stmt.subject, frame)
        return self._case(subject, stmt.cases, frame)

    def _case(self, subject: Value, cases: tuple[ir.MatchCase, ...], frame: Frame) -> Flow:
        if not cases:
            return None
        case, rest = cases[0], cases[1:]
        for name in case.binds:
            self.m.names.write(name, subject, frame)
        if case.test is None and case.guard is None:
            if case.binds or not rest:
                return self.block(case.body, frame)
            condition: Value = self.m.heap.number("matches", (self.m.flow(subject),))
        elif case.test is not None:
            wanted = self.m.expressions.eval(case.test, frame)
            op = "in" if isinstance(wanted, Tup) else "=="
            condition = self.m.comparisons.compare(op, subject, wanted)
        else:
            condition = self.m.expressions.eval(case.guard, frame)  # type: ignore[arg-type]
        truth = self.m.truth(condition)
        if truth is not None:
            return self.block(case.body, frame) if truth else self._case(subject, rest, frame)
        return self.branch(
            self.m.flow(condition),
            lambda: self.block(case.body, frame),
            lambda: self._case(subject, rest, frame),
            frame,
        )

    def _try(self, stmt: ir.Try, frame: Frame) -> Flow:
        ended = self.block(stmt.body, frame)
        if ended is None:
            ended = self.block(stmt.orelse, frame)
        elif ended == "raise":
            ended = self._handle(stmt.handlers, frame)
        for handler in stmt.handlers:
            self._fallbacks(handler.body, frame)
        final = self.block(stmt.final, frame)
        return ended if final is None else final

    def _handle(self, handlers: tuple[ir.Handler, ...], frame: Frame) -> Flow:
        """The body certainly raised: the first handler runs."""
        for handler in handlers[:1]:
            return self.block(handler.body, frame)
        return "raise"

    def _fallbacks(self, body: tuple[ir.Stmt, ...], frame: Frame) -> None:
        """Defines what only a handler defines, such as a substitute for a missing library."""
        for stmt in body:
            missing = isinstance(stmt, ir.FunctionDef | ir.ClassDef) and (
                isinstance(frame.env.get(stmt.name), Ext) or stmt.name not in frame.env
            )
            if missing:
                self.block((stmt,), frame)

    # --- loops -----------------------------------------------------------------------------------

    def _for(self, stmt: ir.For, frame: Frame) -> Flow:
        iterable = self.m.lazily.eval(stmt.iter, frame)
        ended = self.m.loops.run_for(stmt, iterable, frame)
        if ended is None and stmt.orelse:
            return self.block(stmt.orelse, frame)
        return ended

    def _while(self, stmt: ir.While, frame: Frame) -> Flow:
        return self.m.loops.run_while(stmt, frame)

    # --- blocks ----------------------------------------------------------------------------------

    def _with(self, stmt: ir.With, frame: Frame) -> Flow:
        return self.m.contexts.run(stmt, frame)

    # --- definitions -----------------------------------------------------------------------------

    def _function(self, stmt: ir.FunctionDef, frame: Frame) -> Flow:
        defaults = self.m.calls.defaults(stmt.params, frame)
        closure = frame.closure if frame.is_class else frame
        made: Value = Function(stmt.name, stmt, closure, frame.module, defaults)
        for decorator in reversed(stmt.decorators):
            self.m.heap.stmt = stmt
            made = self.m.calls.decorate(self.m.expressions.eval(decorator, frame), made, frame)
        self.m.names.write(stmt.name, made, frame)
        return None

    def _class(self, stmt: ir.ClassDef, frame: Frame) -> Flow:
        bases = [self.m.expressions.eval(base, frame) for base in stmt.bases]
        own = tuple(base for base in bases if isinstance(base, ClassObj))
        external = tuple(base.path for base in bases if isinstance(base, Ext))
        made = ClassObj(stmt.name, stmt, own, external, self.m.heap.loop)
        inner = Frame(None, frame.module, frame, frame, stmt)
        inner.env, inner.is_class = made.cells, True
        self.block(stmt.body, inner)
        for value in list(made.cells.values()):
            if isinstance(value, Function) and value.owner is None:
                value.owner = made
        result: Value = made
        for decorator in reversed(stmt.decorators):
            self.m.heap.stmt = stmt
            result = self.m.calls.decorate_class(
                self.m.expressions.eval(decorator, frame), made, frame
            )
        self.m.names.write(stmt.name, result, frame)
        return None


def _names(expr: ir.Expr, name: str) -> bool:
    """Whether what a comprehension runs over is a variable, or a view of it (`name.items()`)."""
    while isinstance(expr, ir.Call | ir.Attr):
        expr = expr.func if isinstance(expr, ir.Call) else expr.value
    return isinstance(expr, ir.Name) and expr.id == name
