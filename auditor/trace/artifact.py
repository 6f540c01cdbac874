"""Whether the scored weights were rebuilt from the artifact, or are what training left in memory.

What counts is a model that a reader of the artifact can rebuild. The walk goes from the claimed
score back to the optimiser steps of training and notes whether it passes a load or a saved file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.trace.cone import Cone, behind
from auditor.trace.graph import Node
from auditor.trace.history import Score, content
from auditor.trace.library.paths import Stream, stream_of

_WRITTEN = {"save", "dump", "recode", "load"}
_QUANTISES = {"round", "rint", "clamp", "int8", "sign", "quantize", "quantize_per_tensor",
              "quantize_per_channel", "fake_quantize_per_tensor_affine", "floor", "bucketize",
              "searchsorted", "packbits", "float16", "bfloat16", "half", "argmin"}  # fmt: skip
_STATES = {"update", "load_state"}
_WEIGHTS = _STATES | {"params", "weights", "state"}
_MAX_STATES = 120_000
_MAX_LOOK = 4_000
_MAX_NAMED = 40


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """One way in which what training learned reaches a score.

    Attributes:
        step: the optimiser step of training.
        rebuilt: whether it goes through a saved file or a load.
        quantised: whether the values were rounded on the way.
        survives: the load that let an older value stand where the file holds none, if any.
    """

    step: Node
    rebuilt: bool
    quantised: bool
    survives: Node | None


def carried(scores: Iterable[Score], cone: Cone) -> list[Carried]:
    """The ways from training steps to some scores, one of each kind."""
    trained = _trained(cone)
    stack: list[tuple[Node, bool, bool, Node | None]] = [
        (score.node, False, False, None) for score in scores
    ]
    seen = set(stack)
    found: dict[tuple[bool, bool, Node | None], Carried] = {}
    while stack and len(seen) < _MAX_STATES:
        node, rebuilt, quantised, survives = stack.pop()
        if node.op == "update" and any(part in trained for part in node.ins[1:]):
            way = Carried(node, rebuilt, quantised, survives)
            found.setdefault((rebuilt, quantised, survives), way)
            continue
        quantised = quantised or node.op in _QUANTISES
        for position, part in enumerate(content(node)):
            older = node.op == "load_state" and position > 0
            loads = node.op in _WRITTEN or (node.op == "load_state" and not _partial(node))
            state = (part, rebuilt or loads, quantised, node if older else survives)
            if state not in seen:
                seen.add(state)
                stack.append(state)
    return list(found.values())


def _partial(load: Node) -> bool:
    """Whether a load takes what it is given and keeps the rest, and is given a part only.

    It is a part where every way from the weights into the file passes one and the same test of a
    parameter's name.
    """
    if len(load.ins) < 2:
        return False
    start = (load.ins[0], frozenset[_Asked]())
    stack, seen = [start], {start}
    shared: frozenset[_Asked] | None = None
    while stack and len(seen) < _MAX_LOOK:
        node, asked = stack.pop()
        if node.op == "dict" and node.data == "filtered":
            return True
        if node.op in _WEIGHTS:
            shared = asked if shared is None else shared & asked
            continue
        asked |= _asked_of_names(node)
        for part in content(node):
            if (part, asked) not in seen:
                seen.add((part, asked))
                stack.append((part, asked))
    return bool(shared)


_Asked = tuple[Node, bool]


def _asked_of_names(node: Node) -> set[_Asked]:
    """The conditions on parameter names under which a value was made."""
    found: set[_Asked] = set()
    guard = node.guard
    while guard is not None:
        if _of_names(guard.condition):
            found.add((guard.condition, guard.holds))
        guard = guard.parent
    return found


def _of_names(value: Node) -> bool:
    """Whether a key or a condition is made of the name of a parameter."""
    return any(node.op == "name" for node in behind(value, _MAX_NAMED))


def _trained(cone: Cone) -> set[Node]:
    """The values made of training tokens, up to the states that learned from them."""
    wanted = (Stream.TRAIN, Stream.BOTH)
    reads = [n for n in cone.nodes if n.op == "read" and stream_of(str(n.data)) in wanted]
    return cone.onward(reads, lambda user, part: part.op not in _STATES and part in content(user))
