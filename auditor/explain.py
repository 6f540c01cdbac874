"""Tells what the trace shows: sentences and code flows for findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from auditor.findings import Finding, Location
from auditor.trace import Trace
from auditor.trace.calibration import LateRead
from auditor.trace.causality import Leak
from auditor.trace.distribution import Departure
from auditor.trace.events import Event
from auditor.trace.graph import Node
from auditor.trace.history import Mechanism, Use
from auditor.trace.order import Breach, Shape
from auditor.trace.places import callers, function_of, place

_MOST_CALLS = 3
_MOST_FINDINGS = 8

_LEARNED = {
    Mechanism.STEP: "updated",
    Mechanism.TABLE: "written to a table",
    Mechanism.STATISTIC: "fitted",
    Mechanism.CALIBRATION: "rebuilt",
    Mechanism.SELECTION: "chosen by comparing losses",
}
_SAYS = {
    Shape.ARTIFACT: "validation tokens are learned from before the artifact is written, and scored "
    "with what was learned",
    Shape.TRAINED_FIRST: "validation tokens are learned from before their own score counts",
    Shape.EPOCHS: "the same validation tokens are learned from in one pass and scored again in a "
    "later one",
    Shape.BATCH: "a delta made for one batch is fitted to the very targets that it then scores",
}


def breach_findings(trace: Trace, breaches: Iterable[Breach]) -> list[Finding]:
    """One finding per place that learned too early."""
    found: list[Finding] = []
    seen: set[tuple[str, int] | None] = set()
    for breach in breaches:
        learned = place(breach.use.learned)
        key = None if learned is None else (learned.file, learned.line_start)
        if key not in seen and len(found) < _MOST_FINDINGS:
            seen.add(key)
            found.append(_breach_finding(trace, breach))
    return found


def use_findings(trace: Trace, uses: Iterable[Use]) -> list[Finding]:
    """One finding per place that learned from scored tokens."""
    found: dict[tuple[str, int] | None, Finding] = {}
    for use in uses:
        where = place(use.learned)
        key = None if where is None else (where.file, where.line_start)
        if key not in found and len(found) < _MOST_FINDINGS:
            flow = _flow(trace, use)
            found[key] = Finding("learned from here", _telling(use.learned, flow), flow)
    return list(found.values())


def _breach_finding(trace: Trace, breach: Breach) -> Finding:
    use = breach.use
    where = function_of(use.learned)
    message = f"{_SAYS[breach.shape]} (in `{where}`)" if where else _SAYS[breach.shape]
    flow = _flow(trace, use)
    return Finding(message, _telling(use.learned, flow), flow)


def _flow(trace: Trace, use: Use) -> tuple[Location, ...]:
    """Learned here, scored here, reported here; in the order of the program."""
    learned = _LEARNED[use.mechanism]
    steps = [
        *_calls(use.learned, f"leads to where it is {learned}"),
        place(use.span.target, "the loss that is learned from") if use.span.target else None,
        place(use.learned, f"{learned} here"),
        *_calls(use.score.node, "leads to where it is scored"),
        place(use.score.node, "scored here"),
        *reported(trace),
    ]
    return _distinct(steps)


def reported(trace: Trace) -> list[Location]:
    """Where the claimed number is printed, and the line of the log that carries it."""
    if trace.claimed is None:
        return []
    printed = place(trace.claimed.event, "reported here")
    line = trace.claimed.line
    found = [] if printed is None else [printed]
    return found if line is None else [*found, replace(line, note="the claimed score in the log")]


def departure_findings(trace: Trace, departures: Iterable[Departure], says: str) -> list[Finding]:
    """One finding per place where a target enters a score in a way of its own."""
    found: list[Finding] = []
    for departure in list(departures)[:_MOST_FINDINGS]:
        steps = [
            *(place(node, "made of this") for node in departure.evidence),
            place(departure.node, says),
            place(departure.score.node, "scored here"),
            *reported(trace),
        ]
        flow = _distinct(steps)
        found.append(Finding(says, _telling(departure.node, flow), flow))
    return found


def leak_findings(trace: Trace, leaks: Iterable[Leak]) -> list[Finding]:
    """One finding per place that lets a prediction see too far."""
    found: list[Finding] = []
    for leak in list(leaks)[:_MOST_FINDINGS]:
        says = (
            "every position of the window is seen from every other one here"
            if leak.ahead is None
            else f"reads {leak.ahead} token{'s' * (leak.ahead != 1)} too far"
        )
        steps = [place(leak.node, says), place(leak.score.node, "scored here"), *reported(trace)]
        flow = _distinct(steps)
        found.append(Finding(says, _telling(leak.node, flow), flow))
    return found


def late_read_findings(trace: Trace, late: Iterable[LateRead]) -> list[Finding]:
    """One finding per place where training tokens are read after training."""
    found: list[Finding] = []
    seen: set[tuple[str, int] | None] = set()
    end = trace.deadline
    for read in late:
        where = place(read.tokens, "training tokens are read here")
        key = None if where is None else (where.file, where.line_start)
        if key in seen or len(found) >= _MOST_FINDINGS:
            continue
        seen.add(key)
        flow = _distinct(
            [
                None if end is None else place(end.event, "training ends here"),
                *_calls(read.tokens, "leads to where training tokens are read"),
                where,
                place(read.use.learned, "goes into what is scored"),
                *reported(trace),
            ]
        )
        name = function_of(read.tokens)
        message = "training tokens are read after training" + (f" (in `{name}`)" if name else "")
        found.append(Finding(message, _telling(read.tokens, flow), flow))
    return found


def event_findings(events: Iterable[Event], says: str) -> list[Finding]:
    """One finding per effect of the program, with the calls that lead to it."""
    found: list[Finding] = []
    for event in list(events)[:_MOST_FINDINGS]:
        calls = list(reversed(callers(event, "leads there")[:_MOST_CALLS]))
        flow = _distinct([*calls, place(event, says)])
        here = place(event, says)
        found.append(Finding(says, flow if here is None else (here, *flow[:-1]), flow))
    return found


def node_finding(message: str, *nodes: Node | None) -> Finding:
    """A finding at the places where some values were made."""
    return Finding(message, _distinct([place(node) for node in nodes if node is not None]))


def _calls(node: Node, note: str) -> list[Location]:
    return list(reversed(callers(node, note)[:_MOST_CALLS]))


def _telling(node: Node, flow: tuple[Location, ...]) -> tuple[Location, ...]:
    """The places of a flow, the deciding one first."""
    deciding = place(node)
    first = [
        step
        for step in flow
        if deciding is not None
        and (step.file, step.line_start, step.layer)
        == (deciding.file, deciding.line_start, deciding.layer)
    ]
    return (*first, *(step for step in flow if step not in first))


def _distinct(steps: Iterable[Location | None]) -> tuple[Location, ...]:
    """The places that are known, each line once."""
    found: dict[tuple[str, str | None, int], Location] = {}
    for step in steps:
        if step is not None:
            found.setdefault((step.file, step.layer, step.line_start), step)
    return tuple(found.values())
