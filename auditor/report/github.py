"""The report as annotations: GitHub workflow commands, one a line, on standard output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.findings import Finding, Location, Status
from auditor.report.escape import for_workflow_data, for_workflow_property
from auditor.report.links import span
from auditor.report.view import Answer, group, plural
from auditor.rule import Rule
from auditor.verdict import Audit

# GitHub shows ten of a kind per step and drops the rest silently.
MAX_ANNOTATIONS = 10

_PATH = 4_096  # GitHub matches the path with the diff, so it is not shortened for reading
_COMMANDS = {Status.FAIL: "error", Status.NEEDS_RULING: "warning", Status.UNKNOWN: "notice"}


def render(audit: Audit, rules: Mapping[str, Rule]) -> str:
    """The audit as at most ten workflow commands; empty where nothing is open.

    Raises:
        KeyError: a result belongs to no rule in `rules`.
    """
    items = list(_items(audit, rules))
    room = MAX_ANNOTATIONS - bool(audit.waived)
    lines = []
    for number, (answer, finding) in enumerate(items[:room], 1):
        rest = len(items) - number if number == room else 0
        lines.append(_command(answer, finding, rest))
    if audit.waived:
        count = plural(len(audit.waived), "finding")
        lines.append(f"::notice title=Waived::{count} waived by the organisers, see the report.")
    return "".join(f"{line}\n" for line in lines)


def _items(audit: Audit, rules: Mapping[str, Rule]) -> Iterator[tuple[Answer, Finding]]:
    for answer in group(audit, rules).open:
        for finding in answer.result.findings or (Finding(answer.result.summary),):
            yield answer, finding


def _command(answer: Answer, finding: Finding, rest: int) -> str:
    result = answer.result
    place = next(iter(finding.locations or finding.flow), None)
    parts = list(dict.fromkeys((result.summary, finding.message)))
    if result.strict_side:
        parts.append(f"Strict reading: {result.strict_side}")
    if result.lenient_side:
        parts.append(f"Lenient reading: {result.lenient_side}")
    if place is not None and place.layer is not None:
        first, last = span(place)
        lines = f"line {first}" if first == last else f"lines {first}-{last}"
        parts.append(f"See {lines} of {place.layer}.")
    if rest:
        parts.append(f"({plural(rest, 'more annotation')} left out; the report has them.)")
    title = for_workflow_property(f"{result.rule_id} {answer.rule.title}")
    properties = ",".join([*_span(place), f"title={title}"])
    # Each part is bounded by itself, so that a long message does not push out what follows it.
    message = "%0A".join(for_workflow_data(part) for part in parts)
    return f"::{_COMMANDS[result.status]} {properties}::{message}"


def _span(place: Location | None) -> Iterator[str]:
    """Where to show the annotation; a decoded layer is shown on the first line of its file."""
    if place is None:
        return
    first, last = span(place) if place.layer is None else (1, 1)
    yield f"file={for_workflow_property(place.file, _PATH)}"
    yield f"line={first}"
    yield f"endLine={last}"
