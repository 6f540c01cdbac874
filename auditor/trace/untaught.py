"""Whether a program learns from validation tokens at all, asked where its score was not found.

A script that reports no validation score, or computes it where the audit cannot follow, may still
be cleared of learning from the tokens to be scored: if every step that it takes is understood, and
none of them, no table and nothing that it saves, depends on such a token.
"""

from __future__ import annotations

from collections.abc import Sequence

from auditor.trace.cone import Cone
from auditor.trace.events import Event, EventKind
from auditor.trace.graph import Node
from auditor.trace.history import SCORED, content
from auditor.trace.library.paths import Stream, stream_of
from auditor.trace.positional import is_positional

_LEARNS = {"update", "grad", "bincount", "unique", "histc", "histogram", "count", "load_state"}
_FROM_OUTSIDE = {"read", "load", "call", "opaque", "missing", "setting"}
_TELLING = {EventKind.UPDATE, EventKind.WRITE, EventKind.REPORT}
_UNSEEN = {EventKind.CUT, EventKind.UNOPENED, EventKind.PROCESS}


def untaught(events: Sequence[Event]) -> bool:
    """Whether a program certainly learns from no validation token.

    It learns from training tokens, or from nothing that it reads or has another program make.
    """
    if any(event.kind in _UNSEEN for event in events):
        return False
    if not any(event.kind is EventKind.REPORT for event in events):
        return False
    ends = tuple(e.node for e in events if e.kind in _TELLING and e.node is not None)
    cone = Cone(Node("effects", ends))
    from_training = _made_of(cone, frozenset({Stream.TRAIN}))
    steps = [e.node for e in events if e.kind is EventKind.UPDATE]
    if not any(step in from_training for step in steps):
        return not any(node.op in _FROM_OUTSIDE for node in cone.nodes)
    from_validation = _made_of(cone, SCORED)
    saved = [e.node for e in events if e.kind is EventKind.WRITE]
    return not any(_keeps(node) for node in from_validation) and not any(
        node in from_validation for node in saved
    )


def _made_of(cone: Cone, streams: frozenset[Stream]) -> set[Node]:
    """What depends on tokens of some streams."""
    reads = [n for n in cone.nodes if n.op == "read" and stream_of(str(n.data)) in streams]
    return cone.onward(reads, lambda user, part: part in content(user))


def _keeps(node: Node) -> bool:
    """Whether a node stores what it is made of beyond the forward pass."""
    if node.op == "store":
        return len(node.ins) > 2 and not is_positional(node.ins[2])
    return node.op in _LEARNS
