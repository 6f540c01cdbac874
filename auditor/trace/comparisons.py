"""Comparisons, and whether a value counts as true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.trace import fold
from auditor.trace.events import EventKind
from auditor.trace.graph import Const, Node, Value
from auditor.trace.objects import (
    Choice,
    ClassObj,
    DictObj,
    Ext,
    Function,
    Instance,
    ListObj,
    Obj,
    Range,
    Tup,
)

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


_ORDERINGS = ("<", "<=", ">", ">=")
_ARITHMETIC = {"+", "-", "*", "/", "phi", "after", "alias", "if", "join", "int", "float", "round",
               "minimum", "maximum"}  # fmt: skip
_MAX_LOOK = 40


class Comparisons:
    """Conditions."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def compare(self, op: str, left: Value, right: Value) -> Value:
        """`left op right`: a known truth value, or a node."""
        known = self._known(op, left, right)
        if known is not None:
            origin: frozenset[str] = frozenset()
            for side in (left, right):
                if isinstance(side, Const):
                    origin |= side.origin
            return self.m.heap.const(known, origin)
        a, b = self.m.flow(left), self.m.flow(right)
        made = self.m.heap.node(op, (a, b))
        made.num = a.num and b.num
        bounded = op in _ORDERINGS and (isinstance(a, Const) or isinstance(b, Const))
        if bounded and _reads_clock(b if isinstance(a, Const) else a):
            self.m.events.add(EventKind.DEADLINE, made)
        return made

    def _known(self, op: str, left: Value, right: Value) -> bool | None:
        if isinstance(left, Const) and isinstance(right, Const):
            try:
                return fold.compare(op, left.value, right.value)
            except fold.NotKnown:
                return None
        if op in ("is", "is not", "==", "!="):
            return self._identity(op, left, right)
        if op in ("in", "not in"):
            return self._member(op, left, right)
        return self._counter(op, left, right)

    def _identity(self, op: str, left: Value, right: Value) -> bool | None:
        equal = op in ("is", "==")
        for side, other in ((left, right), (right, left)):
            if isinstance(other, Const) and other.value is None:
                absent = self.is_none(side)
                return None if absent is None else absent is equal
        if isinstance(left, Obj | Function | ClassObj) and isinstance(right, Obj | Function):
            if left is right:
                return equal
            if op in ("is", "is not") and isinstance(left, Instance | ClassObj):
                return not equal
        return self._counter(op, left, right)

    def is_none(self, value: Value) -> bool | None:
        """Whether a value is `None`."""
        if isinstance(value, Const):
            return value.value is None
        if isinstance(value, Choice):
            answers = {self.is_none(option) for option in value.options}
            return answers.pop() if len(answers) == 1 else None
        if isinstance(value, Node):
            return None if _may_be_none(value, 6) else False
        return False

    def _member(self, op: str, left: Value, right: Value) -> bool | None:
        inside = op == "in"
        if isinstance(right, Ext):
            present = self.m.library.contains(right, left)
            return None if present is None else present is inside
        if isinstance(right, DictObj) and isinstance(left, Const):
            pairs = self.m.containers.items(right)
            if pairs is not None:
                return (left.value in [_value(key) for key, _ in pairs]) is inside
        exact = self.m.iteration.exact(right) if isinstance(right, Tup | ListObj) else None
        if exact is None or not isinstance(left, Const):
            return None
        if not all(isinstance(item, Const) for item in exact):
            return None
        return (left.value in [_value(item) for item in exact]) is inside

    def _counter(self, op: str, left: Value, right: Value) -> bool | None:
        """Conditions on the turn of a counted loop that cannot hold, such as `turn < first`."""
        if isinstance(left, Const) and op in _MIRROR:
            return self._counter(_MIRROR[op], right, left)
        if not (isinstance(left, Node) and left.op == "iter" and isinstance(right, Const)):
            return None
        bounds = [part.value for part in left.ins if isinstance(part, Const)]
        if len(bounds) == 3 and all(isinstance(bound, int) for bound in (*bounds, right.value)):
            turns = range(*bounds) if bounds[2] else range(0)
            if turns:
                low, high = min(turns[0], turns[-1]), max(turns[0], turns[-1])
                return _outside(op, low, high, right.value)
        return None

    # --- truth -----------------------------------------------------------------------------------

    def truth(self, value: Value) -> bool | None:
        """Whether a value counts as true, `None` where that is not known."""
        if isinstance(value, Const):
            return bool(value.value)
        if isinstance(value, Node):
            return True if value.op == "text" else None
        if isinstance(value, Tup):
            return bool(value.items)
        if isinstance(value, ListObj):
            exact = self.m.containers.exact(value)
            return bool(exact) if exact is not None else None
        if isinstance(value, DictObj):
            pairs = self.m.containers.items(value)
            return bool(pairs) if pairs is not None and "unstable" not in value.cells else None
        if isinstance(value, Choice):
            answers = {self.truth(option) for option in value.options}
            return answers.pop() if len(answers) == 1 else None
        if isinstance(value, Range):
            count = self.m.iteration.count(value)
            return None if count is None else count > 0
        if isinstance(value, Instance | Function | ClassObj | Ext):
            return True
        return None


def _value(item: Value) -> object:
    return item.value if isinstance(item, Const) else None


def _outside(op: str, low: int, high: int, bound: int) -> bool | None:
    """`turn op bound` for any turn in `[low, high]`, where it is the same for all."""
    always = {
        "<": high < bound, "<=": high <= bound, ">": low > bound, ">=": low >= bound,
        "==": low == high == bound, "!=": not low <= bound <= high,
    }  # fmt: skip
    never = {
        "<": low >= bound, "<=": low > bound, ">": high <= bound, ">=": high < bound,
        "==": not low <= bound <= high, "!=": low == high == bound,
    }  # fmt: skip
    return True if always.get(op) else False if never.get(op) else None


_MIXES = {"phi", "alias", "if", "join", "after", "elem", "item", "choice"}


def _may_be_none(node: Node, depth: int) -> bool:
    if isinstance(node, Const):
        return node.value is None
    if node.op in ("opaque", "call", "missing", "sent", "setting", "empty"):
        return True
    if node.op in _MIXES and depth:
        parts = node.ins[:2] if node.op in ("if", "phi") else node.ins[:1]
        if node.op == "join":
            parts = node.ins
        if node.op == "phi" and len(node.ins) == 1 and not node.num:
            # The back edge is not tied yet: what started as None may have become something else.
            return _may_be_none(node.ins[0], depth - 1)
        return any(_may_be_none(part, depth - 1) for part in parts)
    return False


def _reads_clock(node: Node) -> bool:
    """Whether a number was computed from a clock."""
    stack, seen = [node], {node}
    while stack and len(seen) < _MAX_LOOK:
        part = stack.pop()
        if part.op == "clock":
            return True
        if part.op in _ARITHMETIC:
            fresh = [inner for inner in part.ins if inner not in seen]
            seen.update(fresh)
            stack.extend(fresh)
    return False
