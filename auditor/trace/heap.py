"""Everything that changes while a program runs: variables, containers, arrays, weights, files.

All writes go through a journal, so that both sides of an undecided branch can be explored from the
same state and joined. Loops are run once: a cell that was made outside the loop is read through a
`phi`, which stands for "the value before the loop, or what an earlier iteration left".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any

from auditor.trace.graph import Const, Guard, Loop, Node, Value
from auditor.trace.objects import Cells, Choice, Instance, Obj, Tup

if TYPE_CHECKING:
    from auditor.program import ir
    from auditor.trace.objects import Frame

Changes = dict[tuple[int, Any], tuple[Cells, Any, Value | None]]
"""What a stretch of the program wrote: cell -> (cells, key, value, or `None` if it was deleted)."""

MAX_CHOICES = 6
_ORDERINGS = {"<", "<=", ">", ">="}


class Heap:
    """The mutable state, and the makers of graph nodes (which need to know where they are made)."""

    def __init__(self) -> None:
        self.loop: Loop | None = None
        self.guard: Guard | None = None
        self.stmt: ir.Stmt | None = None
        self.frame: Frame | None = None
        self.seq = 0
        self.over: Cells = {}
        self._log: list[tuple[Cells, Any, Value | None]] = []
        self._views: dict[Node, Node] = {}
        self._views_in: Loop | None = None

    # --- nodes -----------------------------------------------------------------------------------

    def node(self, op: str, ins: tuple[Node, ...] = (), data: Any = None) -> Node:
        """A new node, made here and now."""
        self.seq = seq = self.seq + 1
        return Node(op, ins, data, self.stmt, self.frame, self.loop, seq, self.guard)

    def number(self, op: str, ins: tuple[Node, ...] = (), data: Any = None) -> Node:
        """A new node that stands for a plain number."""
        made = self.node(op, ins, data)
        made.num = True
        return made

    def const(self, value: Any, origin: frozenset[str] = frozenset()) -> Const:
        """A known value, made here and now."""
        return Const(value, self.loop, origin)

    def here(self, value: Value) -> Value:
        """A known value that is assigned now: of this turn, wherever it was first written down."""
        if isinstance(value, Const) and value.loop is not self.loop:
            return Const(value.value, self.loop, value.origin)
        return value

    def anew(self, counter: Node) -> Node:
        """The counter of a loop further out, bound to a name anew in every turn of this loop."""
        return counter if counter.loop is self.loop else self.number("alias", (counter,))

    # --- cells -----------------------------------------------------------------------------------

    def put(self, cells: Cells, key: Any, value: Value) -> None:
        """Writes a cell."""
        self._log.append((cells, key, cells.get(key)))
        cells[key] = value
        if cells is self.over:
            self._views.clear()

    def drop(self, cells: Cells, key: Any) -> None:
        """Deletes a cell."""
        if key in cells:
            self._log.append((cells, key, cells[key]))
            del cells[key]
            if cells is self.over:
                self._views.clear()

    def get(self, cells: Cells, key: Any, only: Collection[Loop] | None = None) -> Value | None:
        """Reads a cell that loops around us may change: through a phi for each of them.

        Args:
            cells: the object's content.
            key: which cell.
            only: the loops that may change the cell; all of them where it is not known.
        """
        value = cells.get(key)
        if self.loop is None or value is None:
            return value
        if isinstance(value, Node):
            if value.loop is self.loop:
                return value
            return self._through(cells, key, value, value.loop, only)
        if isinstance(value, Tup) and any(self._older(item) for item in value.items):
            return self._through(cells, key, value, _youngest(value), only)
        return value

    def _older(self, value: Value) -> bool:
        return isinstance(value, Node) and value.loop is not self.loop

    def _through(
        self,
        cells: Cells,
        key: Any,
        value: Value,
        since: Loop | None,
        only: Collection[Loop] | None,
    ) -> Value:
        """Wraps `value` in one phi per loop between its birth and here."""
        pending: list[Loop] = []
        loop = self.loop
        floor = 0 if since is None else since.depth
        while loop is not None and loop.depth > floor:
            if only is None or loop in only:
                pending.append(loop)
            loop = loop.parent
        for inner in reversed(pending):
            wrapped = self._phi(value, inner, version=cells is self.over)
            inner.phis.append((cells, key, wrapped, value))
            value = wrapped
        if pending:
            # Not a change: a phi says the same as the value it stands for, on both sides.
            cells[key] = value
        return value

    def _phi(self, value: Value, loop: Loop, *, version: bool) -> Value:
        """A phi for `value`, which is a version of an array or an array that a cell holds."""
        if isinstance(value, Tup):
            return Tup(tuple(self._phi(item, loop, version=version) for item in value.items))
        if not isinstance(value, Node):
            return value
        phi = self.node("phi", (value,), loop)
        phi.loop = loop
        phi.num = value.num
        phi.hot = value.hot
        if not version and not value.num:
            phi.base = value  # changed in place, it is still the array from before the loop
        return phi

    # --- arrays ----------------------------------------------------------------------------------

    def content(self, root: Node) -> Node:
        """What the array behind `root` holds now: its newest version."""
        if root.num:
            return root
        current = self.over.get(root)
        if current is None:
            base = root.base
            if base is not None and root.op != "weights":
                return self._derived(root, base)
            current = root
        if self.loop is not None and current.loop is not self.loop:  # type: ignore[attr-defined]
            if not root.hot:
                self.loop.still.add(root)
                return current  # type: ignore[return-value]
            self.over.setdefault(root, root)
            return self.get(self.over, root)  # type: ignore[return-value]
        return current  # type: ignore[return-value]

    def retake(self) -> None:
        """Takes views again that were taken before something turned out to change in place."""
        self._views.clear()

    def _derived(self, view: Node, base: Node | Instance | tuple[Node, ...]) -> Node:
        """A view of something that may have changed since the view was taken."""
        if isinstance(base, Instance):
            state = self.state(base)
            return view if view.ins[:1] == (state,) else self._retake(view, state)
        if self._views_in is not self.loop:
            self._views, self._views_in = {}, self.loop
        known = self._views.get(view)
        if known is None:
            known = self._views[view] = self._taken_again(view, base)
        return known

    def _taken_again(self, view: Node, base: Node | tuple[Node, ...]) -> Node:
        if isinstance(base, tuple):
            parts = tuple(self.content(part) for part in base)
            count = len(parts)
            if view.ins[:count] == parts:
                return view
            return self.node(view.op, (*parts, *view.ins[count:]), view.data)
        now = self.content(base)
        if view.ins[:1] == (now,):
            return view
        if view.op == "phi":
            return self.node("join", (now, view))
        if view.op == "after":
            return now
        return self._retake(view, now)

    def _retake(self, view: Node, base: Node) -> Node:
        taken = self.node(view.op, (base, *view.ins[1:]), view.data)
        taken.stmt, taken.frame = view.stmt, view.frame
        return taken

    def mutate(self, root: Node, new: Node) -> None:
        """Records that the array behind `root`, and all it is a view of, changed in place."""
        if not root.hot:
            root.hot = True
            noticed(root, self.loop)
        self.put(self.over, root, new)
        base = root.base
        if isinstance(base, Instance):
            for part in modules(base):
                if part.weights is not None:
                    old = self.content(part.weights)
                    self.put(self.over, part.weights, self.node("update", (old, new), part))
            self.drop(self.over, root)
        elif isinstance(base, tuple):
            for option in base:
                self.mutate(option, self.node("join", (self.content(option), new)))
            self.drop(self.over, root)
        elif base is not None:
            self.mutate(base, self.node("store", (self.content(base), new, *root.ins[1:])))
            self.drop(self.over, root)

    def state(self, module: Instance) -> Node:
        """The learned state of a module and of all modules in it, as one value."""
        parts = [part.weights for part in modules(module) if part.weights is not None]
        if len(parts) == 1:
            return self.content(parts[0])
        return self.node("state", tuple(self.content(part) for part in parts), module)

    # --- branches --------------------------------------------------------------------------------

    def mark(self) -> int:
        """A point in the journal to come back to."""
        return len(self._log)

    def take(self, mark: int) -> Changes:
        """Undoes everything since `mark` and returns what had been written."""
        changes = self.changed(mark)
        self._views.clear()
        for cells, key, old in reversed(self._log[mark:]):
            if old is None:
                cells.pop(key, None)
            else:
                cells[key] = self._entry(old)
        del self._log[mark:]
        return changes

    def _entry(self, value: Value) -> Value:
        """A value without the phis of loops that have ended."""
        while isinstance(value, Node) and value.op in ("phi", "alias"):
            if not isinstance(value.data, Loop) or value.data.encloses(self.loop):
                return value
            value = value.ins[0]
        if isinstance(value, Tup) and any(
            isinstance(item, Node) and item.op in ("phi", "alias") for item in value.items
        ):
            return Tup(tuple(self._entry(item) for item in value.items))
        return value

    def changed(self, mark: int) -> Changes:
        """What was written since `mark`."""
        return {
            (id(cells), key): (cells, key, cells.get(key)) for cells, key, _ in self._log[mark:]
        }

    def redo(self, changes: Changes) -> None:
        """Writes `changes` again."""
        for cells, key, value in changes.values():
            if value is None:
                self.drop(cells, key)
            else:
                self.put(cells, key, value)

    def merge(self, condition: Node, then: Changes, other: Changes) -> None:
        """Joins the two sides of an undecided branch; the heap is in the state before it."""
        for slot in {**then, **other}:
            cells, key, _ = then.get(slot) or other[slot]
            before = cells.get(key)
            left = then[slot][2] if slot in then else before
            right = other[slot][2] if slot in other else before
            if left is right:
                if left is not before:
                    self.redo({slot: (cells, key, left)})
                continue
            if before in (left, right) and isinstance(before, Node | Tup):
                now = self.get(cells, key)  # what stays as it was may stem from an earlier turn
                left, right = (now if side is before else side for side in (left, right))
            joined = self.either(left, right, condition, version=cells is self.over)
            if joined is not None:
                self.put(cells, key, joined)

    def maybe(self, changes: Changes) -> None:
        """Joins what an early exit had written into the present state."""
        for cells, key, value in changes.values():
            now = cells.get(key)
            joined = self.either(now, value, version=cells is self.over)
            if joined is not None and joined is not now:
                self.put(cells, key, joined)

    def either(
        self,
        left: Value | None,
        right: Value | None,
        condition: Node | None = None,
        *,
        version: bool = False,
    ) -> Value | None:
        """A value that is one or the other: of two arrays, or of two versions of one array."""
        if left is right or right is None:
            return left
        if left is None:
            return right
        if isinstance(left, Const) and isinstance(right, Const) and same(left.value, right.value):
            return left
        if isinstance(left, Node) and isinstance(right, Node):
            ins = (left, right) if condition is None else (left, right, condition)
            joined = self.node("if" if condition is not None else "join", ins)
            joined.num = left.num and right.num
            joined.hot = left.hot or right.hot
            if not version and not left.num and not right.num:
                joined.base = (left, right)
            return joined
        if isinstance(left, Tup) and isinstance(right, Tup) and len(left.items) == len(right.items):
            pairs = zip(left.items, right.items, strict=True)
            return Tup(tuple(self.either(a, b, condition, version=version) or a for a, b in pairs))
        if condition is not None and condition.op in _ORDERINGS:
            self._note_choice(right if isinstance(left, Const) else left, condition)
        return choice((left, right))

    def _note_choice(self, value: Value, condition: Node) -> None:
        """Notes in what a container or a module holds that a comparison chose it."""
        if isinstance(value, Instance):
            for part in modules(value):
                if part.weights is not None:
                    now = self.content(part.weights)
                    self.put(self.over, part.weights, self.node("if", (now, now, condition)))
        elif isinstance(value, Obj):
            for key, held in list(value.cells.items()):
                if isinstance(held, Node) and not held.num and not isinstance(held, Const):
                    self.put(value.cells, key, self.node("if", (held, held, condition)))

    # --- loops -----------------------------------------------------------------------------------

    def enter(self, stmt: ir.Stmt | None, frame: Frame) -> Loop:
        """Opens a loop."""
        self.loop = Loop(self.loop, stmt, frame)
        return self.loop

    def leave(self, loop: Loop, mark: int, flow: Callable[[Value], Node]) -> None:
        """Closes a loop: ties the back edges and carries what the body wrote out of it."""
        self._tie(loop, flow)
        self.loop = loop.parent
        if loop.parent is not None:
            loop.parent.still |= loop.still
        for cells, key, value in self.changed(mark).values():
            if value is None or (isinstance(key, Node) and loop.encloses(key.loop)):
                continue
            outside = self._after(value, loop, version=cells is self.over)
            if outside is not value:
                self.put(cells, key, outside)

    def _tie(self, loop: Loop, flow: Callable[[Value], Node]) -> None:
        for cells, key, phi, entry in loop.phis:
            now = cells.get(key)
            if now is phi and entry is not None:
                _alias(phi, entry)
                cells[key] = entry
            elif now is not None:
                _close(phi, now, flow)

    def abandon(self, loop: Loop, mark: int) -> None:
        """Undoes a loop whose body is to be run again."""
        self.take(mark)
        for cells, key, phi, entry in reversed(loop.phis):
            if cells.get(key) is phi and entry is not None:
                cells[key] = entry
        self.loop = loop.parent

    def _after(self, value: Value, loop: Loop, *, version: bool) -> Value:
        if isinstance(value, Node):
            if value.loop is None or not loop.encloses(value.loop):
                return value
            after = self.node("after", (value,), loop)
            after.num, after.hot = value.num, value.hot
            if not version and not value.num:
                after.base = value
            return after
        if isinstance(value, Tup):
            items = tuple(self._after(item, loop, version=version) for item in value.items)
            changed = any(a is not b for a, b in zip(items, value.items, strict=True))
            return Tup(items) if changed else value
        return value


def _alias(phi: Value, entry: Value) -> None:
    """Turns a phi whose cell never changed into another name for the value before the loop."""
    if isinstance(phi, Tup) and isinstance(entry, Tup):
        for inner, outer in zip(phi.items, entry.items, strict=True):
            _alias(inner, outer)
    elif isinstance(phi, Node) and isinstance(entry, Node) and phi.op == "phi":
        phi.op = "alias"
        phi.ins = (entry,)


def _close(phi: Value, now: Value, flow: Callable[[Value], Node]) -> None:
    """Adds the back edge: what the body left in the cell."""
    if isinstance(phi, Tup):
        same_shape = isinstance(now, Tup) and len(now.items) == len(phi.items)
        parts = now.items if same_shape and isinstance(now, Tup) else (now,) * len(phi.items)
        for inner, value in zip(phi.items, parts, strict=True):
            _close(inner, value, flow)
    elif isinstance(phi, Node) and phi.op == "phi" and now is not phi:
        phi.ins = (phi.ins[0], flow(now))


def _youngest(value: Tup) -> Loop | None:
    loops = [item.loop for item in value.items if isinstance(item, Node)]
    return max(loops, key=lambda loop: 0 if loop is None else loop.depth)


def same(left: Any, right: Any) -> bool:
    """Whether two known values are interchangeable (`1` and `True` are not)."""
    return type(left) is type(right) and bool(left == right)


def choice(options: Iterable[Value]) -> Value:
    """One of several values; equal ones count once."""
    flat: list[Value] = []
    for option in options:
        for single in option.options if isinstance(option, Choice) else (option,):
            if not any(single is seen or _same_const(single, seen) for seen in flat):
                flat.append(single)
    return flat[0] if len(flat) == 1 else Choice(tuple(flat[:MAX_CHOICES]))


def _same_const(left: Value, right: Value) -> bool:
    return isinstance(left, Const) and isinstance(right, Const) and same(left.value, right.value)


def heat(value: Value | None, loop: Loop | None = None) -> None:
    """Marks an array, or the arrays of a container, as possibly changed in place inside `loop`."""
    if isinstance(value, Node):
        if not value.num and not value.hot:
            value.hot = True
            noticed(value, loop)
            for part in value.base if isinstance(value.base, tuple) else (value.base,):
                if isinstance(part, Node):
                    heat(part, loop)
    elif isinstance(value, Obj):
        value.hot = True
    elif isinstance(value, Tup):
        for item in value.items:
            heat(item, loop)
    elif isinstance(value, Choice):
        for option in value.options:
            heat(option, loop)


def noticed(array: Node, loop: Loop | None) -> None:
    """Tells the open loops that had read an array as unchanging that it changes in them."""
    while loop is not None and not loop.encloses(array.loop):
        if array in loop.still:
            loop.late = True
        loop = loop.parent


def modules(module: Instance) -> list[Instance]:
    """A neural module and all modules that hang below it."""
    found: dict[int, Instance] = {}
    stack: list[Value] = [module]
    while stack:
        value = stack.pop()
        if isinstance(value, Instance):
            if id(value) in found or (value.weights is None and value is not module):
                continue
            found[id(value)] = value
            stack.extend(value.cells.values())
        elif isinstance(value, Tup):
            stack.extend(value.items)
        elif isinstance(value, Choice):
            stack.extend(value.options)
        elif isinstance(value, Obj) and not hasattr(value, "name"):
            stack.extend(value.cells.values())
    return list(found.values())
