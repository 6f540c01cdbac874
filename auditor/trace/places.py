"""Where in the submission's files a value was made or an effect happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.findings import Location

if TYPE_CHECKING:
    from auditor.program import ir
    from auditor.trace.events import Event
    from auditor.trace.graph import Node
    from auditor.trace.objects import Frame

_LONGEST_SPAN = 40


def place(thing: Node | Event | None, note: str = "") -> Location | None:
    """The statement that made a value or has an effect; `None` where no statement did."""
    if thing is None or thing.stmt is None or thing.frame is None:
        return None
    return statement_place(thing.stmt, thing.frame, note)


def statement_place(stmt: ir.Stmt, frame: Frame, note: str = "") -> Location:
    """The lines of a statement in the file, or the decoded layer, that holds it."""
    last = max(stmt.line, min(stmt.end, stmt.line + _LONGEST_SPAN))
    return Location(frame.module.file, stmt.line, last, frame.module.layer, note)


def callers(thing: Node | Event, note: str = "called here") -> list[Location]:
    """The calls through which a statement was reached, the innermost first."""
    found: list[Location] = []
    frame = thing.frame
    while frame is not None and frame.caller is not None and len(found) < 8:
        if frame.call_stmt is not None:
            found.append(statement_place(frame.call_stmt, frame.caller, note))
        frame = frame.caller
    return found


def function_of(thing: Node | Event) -> str:
    """Name of the function in which something happens, `""` at the top of a module."""
    frame = thing.frame
    return "" if frame is None or frame.func is None else frame.func.name
