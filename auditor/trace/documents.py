"""Whether something is carried from one document into the next where documents are kept apart.

An evaluation that packs documents into one row and separates them in attention (`cu_seqlens`, a
document mask) claims that each is scored on its own. A gate that mixes in the entry before reads
across the border unless the first entry of each document is masked out. Ruled on 2026-04-25
(#1797).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.trace.cone import Cone, behind
from auditor.trace.graph import Const, InputNames, Node
from auditor.trace.history import Score, content
from auditor.trace.spans import Spans

_STOPS = {"weights", "update", "load_state", "param", "params", "state", "read", "grad"}
_THROUGH = {"*", "to", "view", "alias", "after", "float", "copy", "type_as", "lerp", "u-", "if"}
_TESTS = {"==", "!="}
_MAX_NODES = 60_000
_MAX_LOOK = 300


@dataclass(frozen=True, slots=True, eq=False)
class Crossing:
    """A shift by one entry that reads across documents which attention keeps apart.

    Attributes:
        node: the shift.
        scored: whether it lies in a forward pass that scores, not only in one that trains.
    """

    node: Node
    scored: bool


def crossings(scores: Iterable[Score], spans: Spans, cone: Cone) -> list[Crossing]:
    """The crossings in what scores, or else in what the scored weights were trained with."""
    scoring = _forward(scores, spans)
    for nodes, scored in ((scoring, True), (set(cone.nodes), False)):
        if any(_separates(node) for node in nodes):
            found = _unmasked(nodes, spans, cone)
            if found:
                return [Crossing(node, scored) for node in found]
    return []


def _unmasked(nodes: set[Node], spans: Spans, cone: Cone) -> list[Node]:
    """The shifts among some nodes, one per statement."""
    found: dict[int, Node] = {}
    for node in nodes:
        if _shifts(node, spans) and _added(node, nodes, cone):
            found.setdefault(0 if node.stmt is None else id(node.stmt), node)
    return sorted(found.values(), key=lambda node: node.seq)


def _forward(scores: Iterable[Score], spans: Spans) -> set[Node]:
    """The forward passes behind some scores, without the state that they use."""
    stack = [part for score in scores if score.span.target for part in score.span.target.ins]
    seen = set(stack)
    while stack and len(seen) < _MAX_NODES:
        node = stack.pop()
        if node.op in _STOPS or spans.tokens(node) is not None:
            continue
        for part in content(node):
            if part not in seen:
                seen.add(part)
                stack.append(part)
    return seen


def _separates(node: Node) -> bool:
    """Whether an attention is told where documents begin."""
    if not isinstance(node.data, InputNames):
        return False
    return "varlen" in node.op or any(name.startswith("cu_seqlens") for name in node.data.names)


def _shifts(node: Node, spans: Spans) -> bool:
    """`hidden[:, :-1]`: all entries along the time axis but the last."""
    if node.op != "index" or node.ins[1].op != "tuple" or len(node.ins[1].ins) < 2:
        return False
    part = node.ins[1].ins[1]
    if part.op != "slice" or spans.tokens(node.ins[0]) is not None:
        return False
    low, high = part.ins[:2]
    return (
        isinstance(low, Const)
        and low.value in (None, 0)
        and isinstance(high, Const)
        and high.value == -1
        and _embedded(node.ins[0], spans)
    )


def _embedded(node: Node, spans: Spans) -> bool:
    """Whether a value comes after an embedding, and is no row of token ids or keys."""
    stack, seen = [node], {node}
    while stack and len(seen) < _MAX_LOOK:
        part = stack.pop()
        if part.op in ("lookup", "apply", "linear", "param"):
            return True
        for deeper in content(part):
            if deeper not in seen and spans.tokens(deeper) is None:
                seen.add(deeper)
                stack.append(deeper)
    return False


def _added(shift: Node, nodes: set[Node], cone: Cone) -> bool:
    """Whether a shifted value is added to another without having been multiplied by a test."""
    stack, seen = [shift], {shift}
    added = False
    while stack and len(seen) < _MAX_LOOK:
        node = stack.pop()
        for user in cone.users(node):
            if user not in nodes or user in seen:
                continue
            if user.op in ("where", "masked_fill"):
                return False
            if user.op == "*" and any(_tests(part) for part in user.ins if part is not node):
                return False
            added = added or user.op in ("+", "lerp")
            if user.op in _THROUGH:
                seen.add(user)
                stack.append(user)
    return added


def _tests(node: Node) -> bool:
    """Whether a factor is made of a comparison."""
    return any(part.op in _TESTS for part in behind(node, _MAX_LOOK, stops=_STOPS | {"lookup"}))
