"""The order of scoring and learning, as one label and as a list of breaches.

A *breach* is a use of learned tokens that came too early: tokens that a counted score still had to
grade, or grades again, had already taught what that score reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from auditor.findings import TttOrder
from auditor.trace.cone import behind
from auditor.trace.graph import Loop, Node
from auditor.trace.history import Mechanism, Use, first_version
from auditor.trace.spans import advances

_ARRANGING = {"sorted", "argsort", "sort", "shuffle", "randperm", "permutation", "reversed"}
_MAX_LOOK = 3_000


_SLIGHT = {Mechanism.STATISTIC, Mechanism.SELECTION}
"""Ways of learning a number or two, which do not make a submission one that adapts."""


class Shape(StrEnum):
    """The ways in which learning can come too early."""

    ARTIFACT = (
        "artifact"  # learned before the artifact was written, which carries it into the score
    )
    TRAINED_FIRST = "trained-first"  # learned from, then scored
    EPOCHS = "epochs"  # scored again in a later epoch over the same tokens
    BATCH = "batch"  # a delta made for one batch was fitted to the targets of that batch


@dataclass(frozen=True, slots=True, eq=False)
class Breach:
    """One use that came too early, and in which way."""

    use: Use
    shape: Shape


def breaches(uses: Iterable[Use]) -> list[Breach]:
    """The uses that came too early."""
    return [Breach(use, _shape(use)) for use in uses if use.early]


def _shape(use: Use) -> Shape:
    if use.through_artifact:
        return Shape.ARTIFACT
    if use.crossed is not None and not advances(use.score.span, use.crossed):
        return Shape.EPOCHS
    if _same_code(use.span.target, use.score.span.target) or _scored_again(use):
        return Shape.EPOCHS
    return Shape.BATCH if use.crossed is None and made_for_batch(use) else Shape.TRAINED_FIRST


def _scored_again(use: Use) -> bool:
    """Whether a first loss was learned from and counts together with a second one.

    A loss cannot have seen a step on itself; what it was joined with has.
    """
    target = use.score.span.target
    return (
        use.crossed is None
        and use.mechanism is Mechanism.STEP
        and target is not None
        and use.span.target is target
    )


def _same_code(learned: Node | None, scored: Node | None) -> bool:
    """Whether two losses come from two runs of one statement, in one loop or in two calls of it."""
    if learned is None or scored is None or learned is scored:
        return False
    return learned.stmt is scored.stmt and _inside_loop(learned) == _inside_loop(scored)


def _inside_loop(node: Node) -> list[object]:
    """The calls between a statement and the function that loops over the tokens."""
    found: list[object] = []
    frame, loop = node.frame, node.loop
    while frame is not None and (loop is None or frame is not loop.frame):
        found.append(frame.call_stmt)
        frame = frame.caller
    return [*found, None if frame is None else frame.func and frame.func.node]


def made_for_batch(use: Use) -> bool:
    """Whether what learned was made for the very batch that is scored, and serves no other."""
    batch = use.score.node.loop
    return (
        use.mechanism is Mechanism.STEP
        and batch is not None
        and batch.encloses(first_version(_state(use)).loop)
    )


def _state(use: Use) -> Node:
    """What was learned: for a step that is written out, the value that the gradient is added to."""
    if use.learned.op != "grad":
        return use.learned
    state = use.learned
    for node, part in pairwise(use.path):
        if part.op == "update" or node is use.learned:
            break
        others = [other for other in node.ins if other is not part]
        if node.op in ("-", "+") and others:
            state = others[0]
    while state.op in ("elem", "item", "index") and state.ins:
        state = state.ins[0]
    return state


def label(uses: Iterable[Use], *, readable: bool) -> TttOrder:
    """The label of a whole submission.

    Args:
        uses: everything that the counted scores had learned from.
        readable: whether the counted scores were found at all.
    """
    if not readable:
        return TttOrder.UNKNOWN
    known = list(uses)
    shapes = {breach.shape for breach in breaches(known)}
    if not shapes:
        learned = any(use.mechanism not in _SLIGHT for use in known)
        return TttOrder.SCORE_FIRST if learned else TttOrder.NONE
    return TttOrder.RESCORED if shapes == {Shape.EPOCHS} else TttOrder.ADAPT_THEN_SCORE


def reordered(use: Use) -> bool:
    """Whether a state is kept while tokens are visited in an order of the program's own making."""
    return use.crossed is not None and any(
        _arranged(bound) for span in (use.span, use.score.span) for bound in span.bounds
    )


def _arranged(bound: Node) -> bool:
    """Whether positions come from something that was sorted or shuffled."""
    return any(
        node.op in _ARRANGING or (node.op == "random" and "perm" in str(node.data))
        for node in behind(bound, _MAX_LOOK, stops=("read", "update", "weights"))
    )


def within_chunk(breach: Breach) -> bool:
    """Whether the repeated passes are over one chunk, inside a loop that moves on."""
    use = breach.use
    loop = _common(use.learned.loop, use.score.node.loop)
    if use.crossed is not None:
        loop = use.crossed.parent
    while loop is not None:
        if advances(use.score.span, loop):
            return True
        loop = loop.parent
    return False


def _common(left: Loop | None, right: Loop | None) -> Loop | None:
    """The innermost loop around both."""
    while left is not None and not left.encloses(right):
        left = left.parent
    return left
