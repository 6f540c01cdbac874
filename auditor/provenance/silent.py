"""Lines that a program always prints before its result, and that a log does not have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.findings import Location
from auditor.texts import TextLines
from auditor.trace.templates import Template

#: The words at the start of a line, up to its first value or path.
_HEAD = re.compile(r"[^\d./\n]*")
_SHORTEST_HEAD = 6


@dataclass(frozen=True, slots=True)
class Silence:
    """What a log lacks.

    Attributes:
        always: how many different lines the program prints unconditionally before the result.
        missing: the beginnings of those that the log does not have.
        statements: where the program prints the missing ones.
    """

    always: int
    missing: tuple[str, ...]
    statements: tuple[Location, ...]

    @property
    def is_excerpt(self) -> bool:
        """Whether the log lacks so much that it is no full log of the program."""
        return self.always >= 6 and 2 * len(self.missing) > self.always


def silence(reports: Sequence[Template], until: int, log: TextLines) -> Silence:
    """Compares a log with the lines that the program prints in any case.

    Args:
        reports: what the program prints, in the traced configuration.
        until: position in the program of the claimed report.
        log: the lines of the log.
    """
    heads: dict[str, Template] = {}
    for report in reports:
        event = report.event
        if event.guard is None and event.loop is None and event.seq <= until:
            head = _head(report)
            if len(head) >= _SHORTEST_HEAD:
                heads.setdefault(head, report)
    text = "\n".join(line for _, line in log.lines)
    missing = [head for head in heads if head not in text]
    return Silence(len(heads), tuple(missing), tuple(_place(heads[head]) for head in missing))


def _head(report: Template) -> str:
    first = report.parts[0] if report.parts else ""
    match = _HEAD.match(first.strip()) if isinstance(first, str) else None
    return match[0].strip() if match else ""


def _place(report: Template) -> Location:
    stmt, frame = report.event.stmt, report.event.frame
    file = frame.module.file if frame is not None else ""
    layer = frame.module.layer if frame is not None else None
    line = stmt.line if stmt is not None else 1
    return Location(file, line, line, layer)
