"""Training tokens that are read after training ended, and the clock that ends it.

What a quantiser learns from training text belongs to the ten minutes of training. A calibration is
a use of training tokens that goes into the scored state without an optimiser's step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.trace.events import Event, EventKind
from auditor.trace.graph import Const, Node
from auditor.trace.history import Mechanism, Use

_MILLISECONDS = 10_000
"""A limit above this is in milliseconds: no run is allowed hours."""

_SHORTEST = 30.0
"""A limit below this many seconds is a share or a fraction of the run."""


_OF_TRAINING = {Mechanism.STEP, Mechanism.SELECTION}


@dataclass(frozen=True, slots=True)
class Deadline:
    """The clock that ends training.

    Attributes:
        event: the comparison of the elapsed time with the limit.
        seconds: the limit, with any reserve already taken off.
        last_step: position in the program of the last optimiser step that it governs.
    """

    event: Event
    seconds: float
    last_step: int


@dataclass(frozen=True, slots=True, eq=False)
class LateRead:
    """Training tokens that are read after training and reach what is scored.

    Attributes:
        use: how they reach it.
        tokens: where they are read.
        evaluating: whether the artifact had been written before they were read.
    """

    use: Use
    tokens: Node
    evaluating: bool


def deadline(events: Sequence[Event]) -> Deadline | None:
    """The comparison that ends the training loop, `None` where none was found."""
    found: list[Deadline] = []
    steps = [event for event in events if event.kind is EventKind.UPDATE]
    for event in events:
        seconds = _seconds(event) if event.kind is EventKind.DEADLINE else None
        loop = event.loop
        if seconds is None or loop is None:
            continue
        governed = [step.seq for step in steps if loop.encloses(step.loop)]
        if governed:
            found.append(Deadline(event, seconds, max(governed)))
    return max(found, key=lambda one: one.seconds, default=None)


def steps_after(
    uses: Iterable[Use], end: Deadline | None, events: Sequence[Event]
) -> list[LateRead]:
    """Optimiser steps on training tokens that begin when the clock of training has run out.

    A later phase of training with a clock of its own is none.
    """
    if end is None:
        return []
    clocked = [event.loop for event in events if event.kind is EventKind.DEADLINE and event.loop]
    found: list[LateRead] = []
    for use in uses:
        tokens, loop = use.path[-1], use.learned.loop
        if use.mechanism is not Mechanism.STEP or tokens.seq <= end.last_step or loop is None:
            continue
        governed = any(clock.encloses(loop) for clock in clocked)
        if not governed and before_artifact(use, events):
            found.append(LateRead(use, tokens, evaluating=False))
    return found


def _seconds(event: Event) -> float | None:
    """The limit of a comparison in seconds, `None` where it is no limit of a run."""
    for side in event.node.ins if event.node is not None else ():
        if isinstance(side, Const) and isinstance(side.value, int | float):
            value = float(side.value)
            seconds = value / 1000 if value >= _MILLISECONDS else value
            return seconds if seconds >= _SHORTEST else None
    return None


def late_reads(
    uses: Iterable[Use], end: Deadline | None, events: Sequence[Event]
) -> list[LateRead]:
    """The uses of training tokens that were read after the last step of training."""
    if end is None:
        return []
    written = [
        event.seq
        for event in events
        if event.kind is EventKind.WRITE and event.seq > end.last_step and _is_binary(event)
    ]
    first_written = min(written, default=None)
    found: list[LateRead] = []
    for use in uses:
        tokens = use.path[-1]
        evaluating = (
            first_written is not None and tokens.seq > first_written and not use.through_artifact
        )
        if tokens.seq <= end.last_step or (use.mechanism in _OF_TRAINING and not evaluating):
            continue  # a step before the artifact is training, on whose clock others look
        found.append(LateRead(use, tokens, evaluating))
    return found


def before_artifact(use: Use, events: Iterable[Event]) -> bool:
    """Whether something was learned before the artifact that carries it, if any, was written."""
    if use.through_artifact:
        return True
    return not any(
        event.kind is EventKind.WRITE and event.seq < use.learned.seq and _is_binary(event)
        for event in events
    )


def _is_binary(event: Event) -> bool:
    """Whether what is written may be a model, rather than a text."""
    node = event.node
    return node is not None and node.op != "text" and not isinstance(node, Const)
