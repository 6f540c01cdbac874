"""Values that a loop carries along and steps by what it found: weights without an optimiser.

    bias = bias - rate * slope(bias, tokens)

What is subtracted depends on what it is subtracted from, as a gradient does. That tells such a step
from a running hash, a position or a sum, which are not learned.
"""

from __future__ import annotations

from collections.abc import Collection

from auditor.trace.graph import Loop, Node

_THROUGH = {"*", "alias", "to", "view", "copy", "clone", "after", "join", "u-"}
_MAX_STEPS = 6
_MAX_LOOK = 600


def is_step(node: Node, part: Node, around: Collection[Loop]) -> bool:
    """Whether `part` is what a carried value is stepped by in `node`.

    Args:
        node: a sum or difference.
        part: one of its operands.
        around: the loops that may carry the value.
    """
    if node.op not in ("+", "-") or node.num or len(node.ins) != 2:
        return False
    old = node.ins[0] if part is node.ins[1] else node.ins[1]
    carried = None if old is part else _carried(old, around)
    return carried is not None and _reaches(part, carried)


def _carried(value: Node, around: Collection[Loop]) -> Node | None:
    """The value of the turn before that an operand is, up to a factor."""
    stack, steps = [value], 0
    while stack and steps < _MAX_STEPS:
        node, steps = stack.pop(), steps + 1
        if node.op == "phi" and node.data in around:
            return node
        if node.op in _THROUGH:
            stack.extend(node.ins[:2])
    return None


def _reaches(value: Node, wanted: Node) -> bool:
    stack, seen = [value], {value}
    while stack and len(seen) < _MAX_LOOK:
        node = stack.pop()
        if node is wanted:
            return True
        for part in node.ins:
            if part not in seen:
                seen.add(part)
                stack.append(part)
    return False
