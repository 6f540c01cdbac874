"""What a program does besides computing: it reports, writes, updates, reaches for the network."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from auditor.trace.graph import Guard, Loop, Node

if TYPE_CHECKING:
    from auditor.program import ir
    from auditor.trace.heap import Heap
    from auditor.trace.objects import Frame


class EventKind(StrEnum):
    """Kinds of effects that rules ask for."""

    REPORT = "report"  # a line is printed or logged; the node is its text
    WRITE = "write"  # a file is written; the nodes are its content and its path
    READ = "read"  # a file is read; the node is what was read
    DEADLINE = "deadline"  # elapsed time is compared with a known limit; the node is the comparison
    UPDATE = "update"  # an optimiser steps; the node is the new state
    NETWORK = "network"  # something is fetched; data is the name of the call
    PROCESS = "process"  # another program is started; the node is its command
    UNOPENED = "unopened"  # code is executed that could not be read; the node is its text
    CUT = "cut"  # a call was not followed; data is its name


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """One effect, with where and under which undecided conditions it happens."""

    kind: EventKind
    node: Node | None
    data: str
    stmt: ir.Stmt | None
    frame: Frame | None
    loop: Loop | None
    guard: Guard | None
    seq: int
    others: tuple[Node, ...] = field(default=())


class Events:
    """The effects of a run, in program order."""

    def __init__(self, heap: Heap) -> None:
        self._heap = heap
        self.all: list[Event] = []

    def add(self, kind: EventKind, node: Node | None = None, data: str = "", *others: Node) -> None:
        """Records an effect that happens here and now."""
        heap = self._heap
        heap.seq += 1
        self.all.append(
            Event(kind, node, data, heap.stmt, heap.frame, heap.loop, heap.guard, heap.seq, others)
        )

    def cut(self, name: str) -> None:
        """Records that a call was not followed."""
        self.add(EventKind.CUT, data=name)

    def mark(self) -> int:
        """A point to come back to."""
        return len(self.all)

    def undo(self, mark: int) -> None:
        """Forgets everything since `mark`."""
        del self.all[mark:]

    def of(self, kind: EventKind) -> list[Event]:
        """All effects of one kind."""
        return [event for event in self.all if event.kind is kind]
