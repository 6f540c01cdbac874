"""Evaluates expressions to abstract values."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from auditor.program import ir
from auditor.trace import fold
from auditor.trace.graph import Const, Node, Value
from auditor.trace.heap import choice
from auditor.trace.objects import DictObj, Frame, Function, Tup

if TYPE_CHECKING:
    from auditor.trace.machine import Machine


class Expressions:
    """One method per kind of expression."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._table: dict[type, Callable[[Any, Frame], Value]] = {
            ir.Const: self._const,
            ir.Name: self._name,
            ir.Attr: self._attr,
            ir.Sub: self._sub,
            ir.Slice: self._slice,
            ir.Call: self._call,
            ir.Bin: self._bin,
            ir.Unary: self._unary,
            ir.BoolOp: self._bool,
            ir.Compare: self._compare,
            ir.IfExp: self._ifexp,
            ir.Seq: self._seq,
            ir.DictExpr: self._dict,
            ir.Comp: self._comp,
            ir.FString: self._fstring,
            ir.Lambda: self._lambda,
            ir.Yield: self._yield,
            ir.Await: self._await,
            ir.Walrus: self._walrus,
            ir.Star: self._star,
        }

    def eval(self, expr: ir.Expr, frame: Frame) -> Value:
        """The value of `expr` in `frame`."""
        machine = self.m
        machine.steps += 1
        return self._table[type(expr)](expr, frame)

    def flow(self, expr: ir.Expr, frame: Frame) -> Node:
        """The value of `expr` as a node of the graph."""
        return self.m.flow(self.eval(expr, frame))

    def test(self, expr: ir.Expr, frame: Frame) -> tuple[bool | None, Node]:
        """Whether a condition holds (`None`: undecided), and its node."""
        value = self.eval(expr, frame)
        return self.m.truth(value), self.m.flow(value)

    # --- atoms -----------------------------------------------------------------------------------

    def _const(self, expr: ir.Const, frame: Frame) -> Value:  # noqa: ARG002
        return Const(expr.value, self.m.heap.loop)

    def _name(self, expr: ir.Name, frame: Frame) -> Value:
        return self.m.names.read(expr.id, frame)

    def _attr(self, expr: ir.Attr, frame: Frame) -> Value:
        return self.m.attributes.read(self.eval(expr.value, frame), expr.name)

    def _sub(self, expr: ir.Sub, frame: Frame) -> Value:
        base = self.eval(expr.value, frame)
        return self.m.items.read(base, self.eval(expr.index, frame))

    def _slice(self, expr: ir.Slice, frame: Frame) -> Value:
        heap = self.m.heap
        parts = (expr.lower, expr.upper, expr.step)
        bounds = tuple(heap.const(None) if p is None else self.flow(p, frame) for p in parts)
        return heap.number("slice", bounds)

    def _star(self, expr: ir.Star, frame: Frame) -> Value:
        return self.eval(expr.value, frame)

    # --- operations ------------------------------------------------------------------------------

    def _bin(self, expr: ir.Bin, frame: Frame) -> Value:
        left = self.eval(expr.left, frame)
        right = self.eval(expr.right, frame)
        return self.binary(expr.op, left, right)

    def binary(self, op: str, left: Value, right: Value) -> Value:
        """`left op right`."""
        if isinstance(left, Const) and isinstance(right, Const):
            try:
                value = fold.binary(op, left.value, right.value)
            except fold.NotKnown:
                pass
            else:
                return self.m.heap.const(value, left.origin | right.origin)
        joined = self.m.containers.combine(op, left, right)
        if joined is not None:
            return joined
        return self.arithmetic(op, self.m.flow(left), self.m.flow(right))

    def arithmetic(self, op: str, left: Node, right: Node) -> Node:
        """`left op right` on nodes; texts are joined as templates."""
        if op == "+" and "text" in (left.op, right.op):
            joined = self.m.texts.concatenate(left, right)
            if joined is not None:
                return joined
        if op == "%" and isinstance(left, Const) and isinstance(left.value, str):
            return self.m.texts.percent(left.value, right)
        made = self.m.heap.node(op, (left, right))
        made.num = left.num and right.num
        return made

    def _unary(self, expr: ir.Unary, frame: Frame) -> Value:
        operand = self.eval(expr.operand, frame)
        if expr.op == "not":
            truth = self.m.truth(operand)
            origin = operand.origin if isinstance(operand, Const) else frozenset()
            if truth is not None:
                return self.m.heap.const(not truth, origin)
        elif isinstance(operand, Const):
            try:
                return self.m.heap.const(fold.unary(expr.op, operand.value), operand.origin)
            except fold.NotKnown:
                pass
        value = self.m.flow(operand)
        made = self.m.heap.node("not" if expr.op == "not" else f"u{expr.op}", (value,))
        made.num = value.num
        return made

    def _bool(self, expr: ir.BoolOp, frame: Frame) -> Value:
        decisive = expr.op == "or"
        undecided: list[Value] = []
        origin: frozenset[str] = frozenset()
        for operand in expr.values:
            value = self.eval(operand, frame)
            truth = self.m.truth(value)
            if isinstance(value, Const):
                origin |= value.origin
            if truth is decisive:
                if not undecided:
                    return self._with_origin(value, origin)
                undecided.append(value)
                break
            if truth is None:
                undecided.append(value)
            last = value
        if not undecided:
            return self._with_origin(last, origin)
        if len(undecided) == 1:
            return undecided[0]
        if all(isinstance(value, Node) and value.num for value in undecided):
            return self.m.heap.number(expr.op, tuple(self.m.flow(v) for v in undecided))
        if any(not isinstance(value, Node) for value in undecided):
            return choice(undecided)
        return self.m.heap.node(expr.op, tuple(self.m.flow(value) for value in undecided))

    def _with_origin(self, value: Value, origin: frozenset[str]) -> Value:
        if isinstance(value, Const) and origin - value.origin:
            return self.m.heap.const(value.value, origin | value.origin)
        return value

    def _compare(self, expr: ir.Compare, frame: Frame) -> Value:
        left = self.eval(expr.left, frame)
        results: list[Value] = []
        for op, right_expr in zip(expr.ops, expr.rights, strict=True):
            right = self.eval(right_expr, frame)
            results.append(self.m.comparisons.compare(op, left, right))
            left = right
        if len(results) == 1:
            return results[0]
        truths = [self.m.truth(result) for result in results]
        if False in truths:
            return results[truths.index(False)]
        unknown = [r for r, truth in zip(results, truths, strict=True) if truth is None]
        if not unknown:
            return results[-1]
        return self.m.heap.number("and", tuple(self.m.flow(result) for result in unknown))

    def _ifexp(self, expr: ir.IfExp, frame: Frame) -> Value:
        truth, condition = self.test(expr.test, frame)
        if truth is not None:
            return self.eval(expr.body if truth else expr.orelse, frame)
        heap = self.m.heap
        (left, then), (right, other) = (
            self.m.statements.under(condition, partial(self.eval, side, frame), holds=holds)
            for holds, side in ((True, expr.body), (False, expr.orelse))
        )
        heap.merge(condition, then, other)
        return heap.either(left, right, condition) or left

    # --- displays --------------------------------------------------------------------------------

    def _items(self, items: tuple[ir.Expr, ...], frame: Frame) -> list[Value] | None:
        """The elements of a display, `None` where a spread has unknown length."""
        values: list[Value] = []
        for item in items:
            value = self.eval(item, frame)
            if isinstance(item, ir.Star):
                exact = self.m.iteration.exact(value)
                if exact is None:
                    return None
                values.extend(exact)
            else:
                values.append(value)
        return values

    def _seq(self, expr: ir.Seq, frame: Frame) -> Value:
        values = self._items(expr.items, frame)
        if values is None:
            parts = [self.eval(item, frame) for item in expr.items]
            return self.m.containers.summary_list(self.m.join(parts))
        if expr.kind == "tuple":
            return Tup(tuple(values))
        return self.m.containers.new_list(values, expr.kind)

    def _dict(self, expr: ir.DictExpr, frame: Frame) -> Value:
        made = DictObj(self.m.heap.loop, self.m.heap.stmt)
        for key, value in expr.items:
            if key is None:
                self.m.containers.update_dict(made, self.eval(value, frame))
            else:
                known = self.eval(key, frame)
                self.m.items.write(made, known, self.eval(value, frame))
        return made

    def _comp(self, expr: ir.Comp, frame: Frame) -> Value:
        return self.m.comprehensions.run(expr, frame)

    def _fstring(self, expr: ir.FString, frame: Frame) -> Value:
        parts: list[str | tuple[Value, str | None, str]] = []
        for part in expr.parts:
            if isinstance(part, str):
                parts.append(part)
            else:
                parts.append((self.eval(part.value, frame), part.spec, part.conversion))
        return self.m.texts.format(parts)

    def _lambda(self, expr: ir.Lambda, frame: Frame) -> Value:
        defaults = self.m.calls.defaults(expr.params, frame)
        return Function("<lambda>", expr, frame, frame.module, defaults)

    # --- calls and control -----------------------------------------------------------------------

    def _call(self, expr: ir.Call, frame: Frame) -> Value:
        callee = self.eval(expr.func, frame)
        evaluate = self.m.lazily.eval if self.m.lazily.taken_by(callee) else self.eval
        args: list[Value] = []
        for arg in expr.args:
            value = evaluate(arg, frame)
            if isinstance(arg, ir.Star):
                exact = self.m.iteration.exact(value)
                args.extend([self.m.iteration.any_of(value)] if exact is None else exact)
            else:
                args.append(value)
        keywords: dict[str, Value] = {}
        for name, part in expr.keywords:
            value = evaluate(part, frame)
            if name is not None:
                keywords[name] = value
            elif isinstance(value, DictObj):
                keywords.update(self.m.containers.text_keys(value))
        return self.m.calls.call(callee, args, keywords, frame)

    def _yield(self, expr: ir.Yield, frame: Frame) -> Value:
        value: Value = self.m.heap.const(None)
        if expr.value is not None:
            value = (self.m.lazily.eval if expr.delegates else self.eval)(expr.value, frame)
        if frame.on_yield is not None:
            if expr.delegates:
                self.m.iteration.each(value, frame.on_yield, frame)
            else:
                frame.on_yield(value)
        return self.m.heap.node("sent")

    def _await(self, expr: ir.Await, frame: Frame) -> Value:
        return self.eval(expr.value, frame)

    def _walrus(self, expr: ir.Walrus, frame: Frame) -> Value:
        value = self.eval(expr.value, frame)
        self.m.names.write(expr.target.id, value, frame)
        return value
