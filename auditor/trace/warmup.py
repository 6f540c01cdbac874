"""Optimiser steps on tokens to be scored that come before the score and do not reach it.

A script may run its training step once to have it compiled, on validation tokens, and restore what
the step changed. The trace sees that the score does not depend on it; whether it may touch the
tokens at all is for the organisers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.trace.cone import Cone
from auditor.trace.events import Event, EventKind
from auditor.trace.graph import Node
from auditor.trace.history import Score, content
from auditor.trace.library.paths import Stream, stream_of

_STATES = {"update", "weights", "load_state", "param", "params", "state"}
_MAX_LOOK = 4_000


def warmups(events: Sequence[Event], scores: Sequence[Score], cone: Cone) -> Iterator[Event]:
    """The steps on validation tokens before the first counted score that leave it untouched."""
    first = min((_met(score).seq for score in scores), default=0)
    reaching = set(cone.nodes)
    seen: set[int] = set()
    for event in events:
        node = event.node
        if event.kind is not EventKind.UPDATE or node is None or event.seq >= first:
            continue
        line = 0 if event.stmt is None else event.stmt.line
        if node in reaching or line in seen:
            continue
        if any(_reads_scored_tokens(part) for part in node.ins[1:]):
            seen.add(line)
            yield event


def _met(score: Score) -> Node:
    """Where a score's targets met their predictions."""
    return score.node if score.span.target is None else score.span.target


def _reads_scored_tokens(loss: Node) -> bool:
    """Whether a loss is of validation tokens, leaving aside what its weights had learned before."""
    stack, seen = [loss], {loss}
    while stack and len(seen) < _MAX_LOOK:
        node = stack.pop()
        if node.op == "read":
            if stream_of(str(node.data)) in (Stream.VAL, Stream.BOTH):
                return True
            continue
        if node.op in _STATES:
            continue
        for part in content(node):
            if part not in seen:
                seen.add(part)
                stack.append(part)
    return False
