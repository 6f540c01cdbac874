"""The abstract machine: one object that joins the parts of the interpreter and runs a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from auditor.program import ir
from auditor.trace.attributes import Attributes
from auditor.trace.calls import Calls
from auditor.trace.comparisons import Comparisons
from auditor.trace.comprehensions import Comprehensions
from auditor.trace.containers import Containers
from auditor.trace.contexts import Contexts
from auditor.trace.events import Events
from auditor.trace.expressions import Expressions
from auditor.trace.gradients import Gradients
from auditor.trace.graph import Const, Node, Value
from auditor.trace.heap import Heap, choice, heat
from auditor.trace.imports import Imports
from auditor.trace.items import Items
from auditor.trace.iteration import Iteration
from auditor.trace.lazily import Lazily
from auditor.trace.library import Library
from auditor.trace.library.neural import Neural
from auditor.trace.loops import Loops
from auditor.trace.names import Names
from auditor.trace.objects import (
    Cells,
    Choice,
    DictObj,
    FileObj,
    Frame,
    Function,
    Generator,
    Instance,
    Lazy,
    ListObj,
    Partial,
    Pipe,
    Range,
    Tup,
)
from auditor.trace.statements import Statements
from auditor.trace.texts import Texts

if TYPE_CHECKING:
    from auditor.trace.world import World

MAX_STEPS = 600_000
"""Most expressions that are evaluated for one program; a real one needs some 20,000."""

MAX_FLOW_ITEMS = 48
MAX_FLOW_DEPTH = 6


class Machine:
    """Holds the heap and the parts; each part knows the machine and, through it, the others."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.heap = Heap()
        self.events = Events(self.heap)
        self.steps = 0
        self.in_place: set[str] = set()
        self.mutated: set[str] = set()
        self._function_cells: dict[int, Cells] = {}
        self.names = Names(self)
        self.attributes = Attributes(self)
        self.items = Items(self)
        self.containers = Containers(self)
        self.iteration = Iteration(self)
        self.comparisons = Comparisons(self)
        self.texts = Texts(self)
        self.expressions = Expressions(self)
        self.comprehensions = Comprehensions(self)
        self.lazily = Lazily(self)
        self.statements = Statements(self)
        self.loops = Loops(self)
        self.contexts = Contexts(self)
        self.calls = Calls(self)
        self.gradients = Gradients(self)
        self.neural = Neural(self)
        self.library = Library(self)
        self.imports = Imports(self)

    # --- budget ----------------------------------------------------------------------------------

    def exhausted(self) -> bool:
        """Whether so much was evaluated that further calls are not followed."""
        return self.steps > MAX_STEPS

    # --- what is known of names ------------------------------------------------------------------

    def learn(self, module: ir.Module) -> None:
        """Notes which names a text of code changes."""
        self.in_place |= module.in_place
        self.mutated |= module.mutated

    def mutable(self, name: str) -> bool:
        """Whether an attribute or global of that name is assigned after construction."""
        return name in self.mutated

    def warm(self, value: Value, name: str) -> Value:
        """Marks what is reachable under a name that is changed in place somewhere."""
        if name in self.in_place:
            if isinstance(value, Node) and not value.hot:
                self.heap.retake()
            heat(value, self.heap.loop)
        return value

    def function_cells(self, func: Function) -> Cells:
        """The attributes of a function object."""
        return self._function_cells.setdefault(id(func.node), {})

    # --- values ----------------------------------------------------------------------------------

    def truth(self, value: Value) -> bool | None:
        """Whether a value counts as true, `None` where that is not known."""
        return self.comparisons.truth(value)

    def join(self, values: Sequence[Value]) -> Value:
        """One value that stands for any of several."""
        first = values[0]
        if all(value is first for value in values):
            return first
        tuples = [value for value in values if isinstance(value, Tup)]
        if len(tuples) == len(values) and len({len(t.items) for t in tuples}) == 1:
            return Tup(
                tuple(self.join([t.items[i] for t in tuples]) for i in range(len(tuples[0].items)))
            )
        if all(isinstance(value, Const) for value in values):
            known = [value.value for value in values if isinstance(value, Const)]
            if all(type(v) is type(known[0]) and v == known[0] for v in known):
                return first
        if all(isinstance(value, Node) for value in values):
            made = self.heap.node("join", tuple(self.flow(value) for value in values))
            made.num = all(isinstance(value, Node) and value.num for value in values)
            made.hot = any(isinstance(value, Node) and value.hot for value in values)
            if not any(isinstance(value, Node) and value.num for value in values):
                made.base = tuple(value for value in values if isinstance(value, Node))
            return made
        return choice(values)

    def flow(self, value: Value, depth: int = 0) -> Node:
        """A value as a node: what information it holds now."""
        if isinstance(value, Node):
            return value if value.num else self.heap.content(value)
        if depth > MAX_FLOW_DEPTH:
            return self.heap.node("deep")
        if isinstance(value, Instance):
            return self._instance(value, depth)
        parts = self._parts(value)
        if parts is not None:
            packed = self._pack(*parts, depth)
            if isinstance(value, DictObj) and value.filtered:
                packed.data = "filtered"
            return packed
        if isinstance(value, Range):
            return self.heap.number("range", (value.start, value.stop, value.step))
        if isinstance(value, Lazy):
            return value.source
        if isinstance(value, FileObj):
            return self.library.files.flow(value)
        if isinstance(value, Generator | Pipe):
            return self.flow(self.iteration.collect(value), depth + 1)
        return self.heap.node("callable", (), getattr(value, "name", getattr(value, "path", "")))

    def _parts(self, value: Value) -> tuple[str, Sequence[Value]] | None:
        """What a container holds, `None` where the value is not one."""
        if isinstance(value, Tup):
            return "tuple", value.items
        if isinstance(value, ListObj):
            return "list", self._list_parts(value)
        if isinstance(value, DictObj):
            return "dict", self._dict_parts(value)
        if isinstance(value, Choice):
            return "choice", value.options
        if isinstance(value, Partial):
            return "partial", value.args
        return None

    def _list_parts(self, value: ListObj) -> Sequence[Value]:
        exact = self.containers.exact(value)
        if exact is not None:
            return exact
        inner = self.containers.elem(value)
        return () if inner is None else (inner,)

    def _pack(self, op: str, values: Sequence[Value], depth: int) -> Node:
        parts = tuple(self.flow(value, depth + 1) for value in values[:MAX_FLOW_ITEMS])
        made = self.heap.node(op, parts)
        made.num = bool(parts) and all(part.num for part in parts)
        return made

    def _dict_parts(self, value: DictObj) -> list[Value]:
        found = self.containers.any_value(value)
        keys = self.heap.get(value.cells, "keys")
        exact = self.containers.items(value)
        if exact is not None:
            return [item for _, item in exact]
        return [part for part in (found, keys) if part is not None]

    def _instance(self, value: Instance, depth: int) -> Node:
        if value.weights is not None:
            return self.heap.state(value)
        if value.owned is not None:
            return self.heap.node("optimizer", (), value)
        parts = [
            cell
            for key, cell in value.cells.items()
            if isinstance(key, str) and isinstance(cell, Node | ListObj | DictObj | Tup)
        ]
        return self._pack("object", parts, max(depth, MAX_FLOW_DEPTH - 2))

    # --- settings --------------------------------------------------------------------------------

    def evidence_of_branch(
        self,
        stmt: ir.If,
        truth: bool | None,  # noqa: FBT001
        condition: Node,
        frame: Frame,
    ) -> bool | None:
        """What the logs say about a branch that only a default decides; see `World`."""
        return self.world.branch_taken(stmt, truth, condition, frame)
