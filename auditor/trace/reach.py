"""How far the tokens reach that one turn of a loop scores, or learns from.

A turn that scores a chunk and then trains on it may do the latter in smaller steps, in a loop of
its own. What the steps cover together ends where that loop ends; and a turn that trains past the
last target it has scored learns from tokens that a later turn will score.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.trace.graph import Guard, Loop, Node
from auditor.trace.linear import Linear, constant, linear
from auditor.trace.spans import Span

_BELOW = {"<": True, "<=": True, ">": False, ">=": False}


def reaches_beyond(learned: Span, scored: Span, around: frozenset[Loop]) -> bool:
    """Whether what is learned in one turn certainly ends behind what is scored in it.

    Args:
        learned: the targets that a step learns from.
        scored: the targets that are scored.
        around: the loops around the score, whose turn is compared.
    """
    if learned.others or scored.others or learned.source is not scored.source:
        return False
    end, limit = _least_end(learned, around), _greatest_end(scored, learned)
    if end is None or limit is None:
        return False
    beyond = (end - limit).known
    return beyond is not None and beyond > 0


def _least_end(span: Span, around: frozenset[Loop]) -> Linear | None:
    """Where the steps end, taken to lie side by side up to the bound of their loop."""
    loops = [loop for loop in _loops(span.target) if loop not in around]
    if not loops:
        return span.stop
    counted = _counter(span, loops[0]) if len(loops) == 1 else None
    if counted is None:
        return None
    counter, bound = counted
    return span.start - linear(counter) + linear(bound)


def _greatest_end(span: Span, other: Span) -> Linear | None:
    """Where the scored windows can end at most."""
    shared = set(_loops(other.target))
    loops = [loop for loop in _loops(span.target) if loop not in shared]
    if not loops or span.stop is None:
        return span.stop
    counted = _counter(span, loops[0]) if len(loops) == 1 else None
    if counted is None:
        return None
    counter, bound = counted
    return span.stop - linear(counter) + linear(bound) - constant(1)


def _counter(span: Span, loop: Loop) -> tuple[Node, Node] | None:
    """The number that a loop counts with, and what it stays below."""
    node = loop.iter
    if node is not None and len(node.ins) == 3 and _in(node, span.start):
        return node, node.ins[1]
    for condition in _conditions(span.target):
        for position in (0, 1):
            small, bound = condition.ins[position], condition.ins[1 - position]
            counter = _phi_of(small, loop)
            if counter is not None and _in(counter, span.start):
                return counter, bound
    return None


def _in(counter: Node, start: Linear) -> bool:
    """Whether a position moves one to one with a counter."""
    return (id(counter), 1.0) in start.terms


def _phi_of(value: Node, loop: Loop) -> Node | None:
    """The number that a loop carries along, in a sum with others."""
    stack = [value]
    for _ in range(16):
        if not stack:
            return None
        node = stack.pop()
        if node.op == "phi" and node.data is loop:
            return node
        if node.op in ("+", "-"):
            stack.extend(node.ins[:2])
    return None


def _conditions(node: Node | None) -> Iterator[Node]:
    guard: Guard | None = None if node is None else node.guard
    while guard is not None:
        condition = guard.condition
        if guard.holds and condition.op in _BELOW and len(condition.ins) > 1:
            yield condition
        guard = guard.parent


def _loops(node: Node | None) -> list[Loop]:
    found: list[Loop] = []
    loop = None if node is None else node.loop
    while loop is not None:
        found.append(loop)
        loop = loop.parent
    return found
