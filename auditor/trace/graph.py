"""The value graph: one node per value the program computes, linked to what it was computed from.

Learned state is treated like any other value. Weights, adapters, count tables and running minima
are versions in the graph: an update makes a new version out of the old one and of the tokens it
used, a reset starts from an older one, and a loop joins the version it was entered with and the one
its body left behind (`phi`). What a score had seen is then what can be reached backwards from it,
and whether an update came *before* it needs no clock: an update that came later is not reachable,
unless around the back edge of a loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.program import ir
    from auditor.trace.objects import Frame, Instance, Obj


class Value:
    """Anything that a variable can hold during abstract interpretation."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class InputNames:
    """The keywords under which the inputs of a call were given, empty for positional ones."""

    names: tuple[str, ...]


class Loop:
    """One loop of the program in one dynamic context.

    Attributes:
        parent: the loop around it, across function calls.
        depth: number of loops around it, plus one.
        stmt: the statement, or `None` for a comprehension.
        frame: the call it runs in.
        phis: the cells that were read before they were written in the body, with their phi.
        assumed: containers whose exact content the body relied on.
        varying: those of them that the body then changed.
        start: value of the counter in the first iteration, where the loop counts.
        iter: the position in what the loop runs over.
        over: what it runs over, where that is one value.
        still: older arrays that were read as if nothing in the loop changed them in place.
        late: whether one of these then turned out to change.
    """

    __slots__ = (
        "assumed",
        "depth",
        "frame",
        "iter",
        "late",
        "over",
        "parent",
        "phis",
        "start",
        "still",
        "stmt",
        "varying",
    )

    def __init__(self, parent: Loop | None, stmt: ir.Stmt | None, frame: Frame) -> None:
        self.parent = parent
        self.depth: int = 1 if parent is None else parent.depth + 1
        self.stmt = stmt
        self.frame = frame
        self.phis: list[tuple[dict[Any, Any], Any, Value, Value | None]] = []
        self.assumed: dict[int, Obj] = {}
        self.varying: dict[int, Obj] = {}
        self.start: int | None = None
        self.iter: Node | None = None
        self.over: Node | None = None
        self.still: set[Node] = set()
        self.late = False

    def encloses(self, other: Loop | None) -> bool:
        """Whether `other` is this loop or lies inside it."""
        while other is not None and other.depth > self.depth:
            other = other.parent
        return other is self


class Guard:
    """One undecided condition that holds where a node was created, and the conditions around it."""

    __slots__ = ("condition", "holds", "parent")

    def __init__(self, condition: Node, *, holds: bool, parent: Guard | None) -> None:
        self.condition = condition
        self.holds = holds
        self.parent = parent


class Node(Value):
    """One value.

    Attributes:
        op: what made it: a canonical operation (`xent`, `gather`, `update`, `phi`, ...) or the name
            of the call.
        ins: the nodes it was made from.
        data: what else the operation needs: an attribute, a template, a stream.
        stmt: the statement that made it.
        frame: the call in which it was made.
        loop: the innermost loop in which it was made.
        seq: position in the order in which nodes were made, which is the program's own order.
        num: whether it is a plain number, hence immutable.
        base: what an in-place change of this value also changes: the array it is a view of, the
            arrays it may be one of, or the module whose parameter it is.
        hot: whether it may be changed in place somewhere, so that loops must look out for it.
        guard: the undecided conditions under which it was made.
        place: whether it says where rather than what, once somebody has asked (`positional`).
    """

    __slots__ = (
        "base",
        "data",
        "frame",
        "guard",
        "hot",
        "ins",
        "loop",
        "num",
        "op",
        "place",
        "seq",
        "stmt",
    )

    def __init__(  # noqa: PLR0913, PLR0917  (a million are made, each in one step)
        self,
        op: str,
        ins: tuple[Node, ...] = (),
        data: Any = None,
        stmt: ir.Stmt | None = None,
        frame: Frame | None = None,
        loop: Loop | None = None,
        seq: int = 0,
        guard: Guard | None = None,
    ) -> None:
        self.op = op
        self.ins = ins
        self.data = data
        self.stmt = stmt
        self.frame = frame
        self.loop = loop
        self.seq = seq
        self.num = False
        self.hot = False
        self.base: Node | Instance | tuple[Node, ...] | None = None
        self.guard = guard
        self.place: bool | None = None

    def __repr__(self) -> str:
        line = self.stmt.line if self.stmt is not None else "?"
        return f"<{self.op}#{self.seq}@{line} {self.data if self.data is not None else ''}>"


class Const(Node):
    """A value known exactly. `origin` names the settings it was computed from."""

    __slots__ = ("origin", "value")

    def __init__(
        self, value: Any, loop: Loop | None = None, origin: frozenset[str] = frozenset()
    ) -> None:
        # Spelled out because every literal that is evaluated comes through here.
        self.op = "const"
        self.ins = ()
        self.data = None
        self.stmt = None
        self.frame = None
        self.loop = loop
        self.seq = 0
        self.num = True
        self.hot = False
        self.base = None
        self.guard = None
        self.place = None
        self.value = value
        self.origin = origin

    def __repr__(self) -> str:
        text = repr(self.value)
        return f"<{text[:40]}>"
