"""Lists, sets and dicts: exact while their content is known, otherwise one element for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from auditor.trace.graph import Const, Loop, Node, Value
from auditor.trace.heap import choice, heat
from auditor.trace.objects import Choice, DictObj, Lazy, ListObj, Obj, Tup

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

MAX_EXACT = 64
"""Longest list whose elements are told apart."""


class Containers:
    """Reading and writing the content of containers."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    # --- making ----------------------------------------------------------------------------------

    def new_list(self, items: Sequence[Value], kind: str = "list") -> ListObj:
        """A list of known elements."""
        made = ListObj(self.m.heap.loop, self.m.heap.stmt, kind)
        if len(items) > MAX_EXACT:
            self.m.heap.put(made.cells, "elem", self.m.join(list(items)))
        else:
            self.m.heap.put(made.cells, "items", Tup(tuple(items)))
        return made

    def summary_list(self, elem: Value | None, kind: str = "list") -> ListObj:
        """A list of unknown length whose elements are all like `elem`."""
        made = ListObj(self.m.heap.loop, self.m.heap.stmt, kind)
        if elem is not None:
            self.m.heap.put(made.cells, "elem", elem)
        return made

    def new_dict(self, items: dict[str, Value]) -> DictObj:
        """A dict with known text keys."""
        made = DictObj(self.m.heap.loop, self.m.heap.stmt)
        for key, value in items.items():
            self.m.heap.put(made.cells, ("k", key), value)
        return made

    # --- stability -------------------------------------------------------------------------------

    def _loops_since(self, container: Obj) -> list[Loop]:
        """The open loops in which the container was not made afresh.

        A container that was made in a loop which has ended stands for many, and no loop is its own.
        """
        found: list[Loop] = []
        loop = self.m.heap.loop
        while loop is not None and loop is not container.loop:
            found.append(loop)
            loop = loop.parent
        return found

    def _rely(self, container: Obj) -> None:
        """Notes that the loops around us rely on what the container holds exactly now."""
        for loop in self._loops_since(container):
            loop.assumed[id(container.cells)] = container

    def _changes(self, container: Obj) -> bool:
        """Notes a change; returns whether one of many turns, or of many containers, makes it."""
        if isinstance(container, ListObj):
            container.recipe = None
        for loop in self._loops_since(container):
            if id(container.cells) in loop.assumed:
                loop.varying[id(container.cells)] = container
        return container.loop is not self.m.heap.loop

    def generalise(self, container: Obj) -> None:
        """Forgets exact content, keeping one value for all."""
        heap = self.m.heap
        if not isinstance(container, ListObj):
            heap.put(container.cells, "unstable", heap.const(True))  # noqa: FBT003
            if "rest" not in container.cells:
                heap.put(container.cells, "rest", heap.node("empty"))
            return
        held = self._held(container)
        if "items" in container.cells:
            heap.put(container.cells, "items", heap.const(None))
        if held:
            heap.put(container.cells, "elem", self.m.join(held))
        elif "elem" not in container.cells:
            heap.put(container.cells, "elem", heap.node("empty"))

    def nest(self, container: Obj) -> None:
        """Gives a dict one inner dict, for those that a loop was seen to put into it."""
        rest = container.cells.get("rest")
        if isinstance(rest, Node) and rest.op == "empty":
            inner = DictObj(self.m.heap.loop, self.m.heap.stmt)
            self._adopt(container, inner)
            self.m.heap.put(container.cells, "rest", inner)

    def _held(self, container: ListObj) -> list[Value]:
        """Every value the list may hold; after a branch that may be one of several contents."""
        items = container.cells.get("items")
        options = items.options if isinstance(items, Choice) else (items,)
        held = [item for option in options if isinstance(option, Tup) for item in option.items]
        elem = self.m.heap.get(container.cells, "elem")
        if elem is not None:
            held.append(elem)
        if container.hot:
            for value in held:
                heat(value, self.m.heap.loop)
        return held

    # --- lists -----------------------------------------------------------------------------------

    def exact(self, container: ListObj) -> tuple[Value, ...] | None:
        """The elements of a list, where they are known."""
        items = container.cells.get("items")
        if isinstance(items, Tup):
            self._rely(container)
            if container.hot:
                heat(items, self.m.heap.loop)
            return tuple(self._at(container, item) for item in items.items)
        return None

    def _at(self, container: ListObj, value: Value) -> Value:
        return value if container.at is None else self.m.iteration.indexed(value, container.at)

    def elem(self, container: ListObj) -> Value | None:
        """One value for all elements of a list, `None` where it is empty."""
        if isinstance(container.cells.get("items"), Tup):
            self._rely(container)
        held = self._held(container)
        return self._at(container, self.m.join(held)) if held else None

    def append(self, container: ListObj, value: Value) -> None:
        """Adds an element."""
        items = container.cells.get("items")
        inside = self._changes(container)
        if isinstance(items, Tup) and not inside and len(items.items) < MAX_EXACT:
            self.m.heap.put(container.cells, "items", Tup((*items.items, value)))
            return
        self._summarise(container)
        old = self.m.heap.get(container.cells, "elem")
        if isinstance(old, Node) and old.op == "empty":
            old = None
        joined = value if old is None else self.gather(old, value)
        self.m.heap.put(container.cells, "elem", joined)

    def _summarise(self, container: ListObj) -> None:
        if isinstance(container.cells.get("items"), Tup | Choice):
            self.generalise(container)

    def gather(self, old: Value, new: Value) -> Value:
        """A value that stands for either of two elements of one container."""
        if old is new:
            return old
        if isinstance(old, Node) and isinstance(new, Node):
            if isinstance(old, Const) and isinstance(new, Const) and old.value == new.value:
                return old
            made = self.m.heap.node("join", (self.m.flow(old), self.m.flow(new)))
            made.num = old.num and new.num
            made.hot = old.hot or new.hot
            return made
        if isinstance(old, Tup) and isinstance(new, Tup) and len(old.items) == len(new.items):
            pairs = zip(old.items, new.items, strict=True)
            return Tup(tuple(self.gather(a, b) for a, b in pairs))
        if isinstance(old, Node) and old.op in ("empty", "phi", "alias") and not old.num:
            return new
        return choice((old, new))

    def replace(self, container: ListObj, items: Sequence[Value]) -> None:
        """Gives a list a new exact content."""
        if self._changes(container):
            self.generalise(container)
            for item in items:
                self.append(container, item)
        else:
            self.m.heap.drop(container.cells, "elem")
            self.m.heap.put(container.cells, "items", Tup(tuple(items)))

    def clear(self, container: ListObj) -> None:
        """Empties a list."""
        if self._changes(container):
            self.generalise(container)
        self.m.heap.drop(container.cells, "elem")
        if container.loop is self.m.heap.loop:
            self.m.heap.put(container.cells, "items", Tup(()))
        else:
            self.m.heap.put(container.cells, "elem", self.m.heap.node("empty"))

    def set_item(self, container: ListObj, index: Value, value: Value) -> None:
        """`container[index] = value`."""
        items = container.cells.get("items")
        inside = self._changes(container)
        at = index.value if isinstance(index, Const) else None
        if isinstance(items, Tup) and isinstance(at, int) and not inside:
            size = len(items.items)
            if -size <= at < size:
                changed = list(items.items)
                changed[at] = value
                self.m.heap.put(container.cells, "items", Tup(tuple(changed)))
                return
        self._summarise(container)
        if isinstance(value, Node):
            old = self.m.heap.get(container.cells, "elem")
            before = self.m.heap.node("empty") if old is None else self.m.flow(old)
            stored = self.m.heap.node("store", (before, self.m.flow(value), self.m.flow(index)))
            self.m.heap.put(container.cells, "elem", stored)
        else:
            self.append(container, value)

    def extend_in_place(self, op: str, old: Value, value: Value) -> bool:
        """`old += value` for containers; returns whether it was one."""
        if op == "+" and isinstance(old, ListObj):
            self.extend(old, value)
            return True
        if op == "|" and isinstance(old, DictObj):
            self.update_dict(old, value)
            return True
        if op == "|" and isinstance(old, ListObj):
            self.extend(old, value)
            return True
        return False

    def extend(self, container: ListObj, value: Value) -> None:
        """Adds all elements of `value`."""
        exact = self.m.iteration.exact(value)
        if exact is not None:
            for item in exact:
                self.append(container, item)
        else:
            self.append(container, self.m.iteration.any_of(value))

    def combine(self, op: str, left: Value, right: Value) -> Value | None:
        """`left op right` for containers, `None` where neither is one."""
        if op == "+" and isinstance(left, Tup) and isinstance(right, Tup):
            return Tup(left.items + right.items)
        if op in ("+", "|") and isinstance(left, ListObj):
            made = self._copy(left)
            self.extend(made, right)
            return made
        if op == "*" and isinstance(left, ListObj | Tup):
            return self._repeat(left, right)
        if op == "*" and isinstance(right, ListObj | Tup):
            return self._repeat(right, left)
        if op == "|" and isinstance(left, DictObj):
            merged = DictObj(self.m.heap.loop, self.m.heap.stmt)
            self.update_dict(merged, left)
            self.update_dict(merged, right)
            return merged
        return None

    def _repeat(self, items: ListObj | Tup, count: Value) -> Value:
        exact = items.items if isinstance(items, Tup) else self.exact(items)
        known = count.value if isinstance(count, Const) else None
        if exact is not None and isinstance(known, int) and len(exact) * max(known, 0) <= MAX_EXACT:
            repeated = exact * known
            return Tup(repeated) if isinstance(items, Tup) else self.new_list(repeated)
        return self.summary_list(self.m.join(list(exact)) if exact else None)

    def _copy(self, container: ListObj) -> ListObj:
        exact = self.exact(container)
        if exact is not None:
            return self.new_list(exact, container.kind)
        return self.summary_list(self.elem(container), container.kind)

    # --- dicts -----------------------------------------------------------------------------------

    def get_key(self, container: DictObj, key: Value) -> Value | None:
        """`container[key]`, `None` where the key is certainly missing."""
        if "unstable" not in container.cells:
            self._rely(container)
        known = _key(key)
        if known is not None:
            value = self._cell(container, known)
            if value is not None:
                return value
            return self._rest(container, key)
        found = [self._cell(container, cell) for cell in _known_keys(container)]
        values = [value for value in found if value is not None]
        rest = self._rest(container, key)
        if rest is not None:
            values.append(rest)
        if not values:
            return None
        joined = self.m.join(values) if len(values) > 1 else values[0]
        return self.m.iteration.indexed(joined, self.m.flow(key)) if len(values) > 1 else joined

    def _cell(self, container: DictObj, cell: tuple[str, object]) -> Value | None:
        if "unstable" in container.cells:
            value = self.m.heap.get(container.cells, cell)
        else:
            value = container.cells.get(cell)
        if container.hot:
            heat(value, self.m.heap.loop)
        return value

    def _rest(self, container: DictObj, key: Value) -> Value | None:
        rest = self.m.heap.get(container.cells, "rest")
        if container.hot:
            heat(rest, self.m.heap.loop)
        return None if rest is None else self.m.iteration.indexed(rest, self.m.flow(key))

    def set_key(self, container: DictObj, key: Value, value: Value) -> None:
        """`container[key] = value`."""
        heap = self.m.heap
        inside = self._changes(container)
        known = _key(key)
        if known is not None:
            heap.put(container.cells, known, value)
            return
        old = heap.get(container.cells, "rest") if inside else container.cells.get("rest")
        keys = heap.get(container.cells, "keys") if inside else container.cells.get("keys")
        key_node = self.m.flow(key)
        if _is_object(key) and not isinstance(keys, Node):
            heap.put(container.cells, "keys", key if keys is None else self.gather(keys, key))
        else:
            before = (key_node,) if keys is None else (self.m.flow(keys), key_node)
            heap.put(container.cells, "keys", heap.node("join", before))
        if isinstance(value, Node) and not (isinstance(old, Obj)):
            base = heap.node("empty") if old is None else self.m.flow(old)
            if old is None and not inside and not value.num:
                heap.put(container.cells, "rest", value)  # keeps the identity of the one array
            else:
                stored = heap.node("store", (base, self.m.flow(value), key_node))
                stored.num = value.num
                heap.put(container.cells, "rest", stored)
        else:
            if inside and isinstance(value, ListObj | DictObj):
                self._adopt(container, value)
            heap.put(container.cells, "rest", value if old is None else self.gather(old, value))

    def _adopt(self, container: Obj, value: ListObj | DictObj) -> None:
        """A container put into an older one may be found there again in a later turn."""
        if value.loop is container.loop:
            return
        empty = self.m.heap.node("empty")
        empty.loop = value.loop = container.loop
        cell = "elem" if isinstance(value, ListObj) else "rest"
        if isinstance(value, DictObj):
            self.m.heap.put(value.cells, "unstable", self.m.heap.const(True))  # noqa: FBT003
        elif isinstance(value.cells.get("items"), Tup):
            if value.cells["items"].items:  # type: ignore[attr-defined]
                return
            self.m.heap.put(value.cells, "items", self.m.heap.const(None))
        if cell not in value.cells:
            self.m.heap.put(value.cells, cell, empty)

    def update_dict(self, container: DictObj, other: Value) -> None:
        """`container.update(other)`."""
        if isinstance(other, DictObj):
            for cell in _known_keys(other):
                value = self._cell(other, cell)
                if value is not None:
                    self._changes(container)
                    self.m.heap.put(container.cells, cell, value)
            rest = self.m.heap.get(other.cells, "rest")
            if rest is not None:
                keys = other.cells.get("keys")
                self.set_key(container, keys or self.m.heap.node("key"), rest)
        elif isinstance(other, Choice):
            for option in other.options:
                self.update_dict(container, option)
        else:
            exact = self.m.iteration.exact(other)
            for pair in exact or [self.m.iteration.any_of(other)]:
                self.set_key(container, self.m.iteration.at(pair, 0), self.m.iteration.at(pair, 1))

    def take_over(self, container: DictObj, other: DictObj) -> None:
        """Gives a dict the entries of another one in place of its own."""
        self._changes(container)
        for cell in _known_keys(container):
            if cell not in other.cells:
                self.m.heap.drop(container.cells, cell)
        for cell, value in list(other.cells.items()):
            if cell in ("rest", "keys") or isinstance(cell, tuple):
                self.m.heap.put(container.cells, cell, value)

    def delete_key(self, container: DictObj, key: Value) -> Value | None:
        """`container.pop(key)`."""
        value = self.get_key(container, key)
        known = _key(key)
        if known is not None and known in container.cells:
            self._changes(container)
            self.m.heap.drop(container.cells, known)
        return value

    def text_keys(self, container: DictObj) -> dict[str, Value]:
        """The entries under text keys, as for a `**` spread."""
        found: dict[str, Value] = {}
        for cell in _known_keys(container):
            value = self._cell(container, cell)
            if isinstance(cell[1], str) and value is not None:
                found[cell[1]] = value
        return found

    def items(self, container: DictObj) -> list[tuple[Value, Value]] | None:
        """Keys and values, where all are known."""
        if "rest" in container.cells:
            return None
        self._rely(container)
        pairs = []
        for cell in _known_keys(container):
            value = self._cell(container, cell)
            if value is not None:
                pairs.append((self.m.heap.const(cell[1]), value))
        return pairs  # type: ignore[return-value]

    def any_key(self, container: DictObj) -> Value:
        """One value for all keys."""
        keys = [self.m.heap.const(cell[1]) for cell in _known_keys(container)]
        rest = self.m.heap.get(container.cells, "keys")
        if rest is not None and not keys and not isinstance(rest, Node):
            return rest
        if rest is not None:
            return self.m.heap.node("join", (*keys[:8], self.m.flow(rest)))
        return self.m.heap.node("join", tuple(keys[:8]))

    def any_value(self, container: DictObj) -> Value | None:
        """One value for all values."""
        found = [self._cell(container, cell) for cell in _known_keys(container)]
        values = [value for value in found if value is not None]
        rest = self.m.heap.get(container.cells, "rest")
        if rest is not None:
            values.append(rest)
        return self.m.join(values) if values else None

    def view(self, container: DictObj, what: str) -> Value:
        """`keys()`, `values()` or `items()`."""
        pairs = self.items(container)
        if pairs is not None:
            chosen = {"keys": [k for k, _ in pairs], "values": [v for _, v in pairs]}.get(what)
            return self.new_list(chosen if chosen is not None else [Tup(pair) for pair in pairs])
        key, value = self.any_key(container), self.any_value(container)
        source = self.m.flow(container)

        def make(position: Node) -> Value:
            k = self.m.iteration.indexed(key, position)
            if what == "keys" or value is None:
                return k
            v = self.m.iteration.indexed(value, position)
            return v if what == "values" else Tup((k, v))

        return Lazy(make, source)


def _key(key: Value) -> tuple[str, object] | None:
    """The cell of a key that is known exactly."""
    if isinstance(key, Const):
        try:
            hash(key.value)
        except TypeError:
            return None
        return ("k", key.value)
    if isinstance(key, Tup) and all(isinstance(item, Const) for item in key.items):
        parts = tuple(_key(item) for item in key.items)
        return None if None in parts else ("k", parts)
    return None


def _is_object(key: Value) -> bool:
    """Whether a key is an object of the program, such as a module, told apart by its identity."""
    if isinstance(key, Choice):
        return all(isinstance(option, Obj) for option in key.options)
    return isinstance(key, Obj)


def _known_keys(container: DictObj) -> list[tuple[str, object]]:
    return [cell for cell in container.cells if isinstance(cell, tuple)]
