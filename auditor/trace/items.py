"""`value[index]`, read and written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.trace.graph import Const, Node, Value
from auditor.trace.heap import choice
from auditor.trace.objects import (
    Choice,
    ClassObj,
    DictObj,
    Ext,
    Function,
    Instance,
    Lazy,
    ListObj,
    Obj,
    Partial,
    Range,
    Tup,
    defines,
)
from auditor.trace.positional import is_positional

if TYPE_CHECKING:
    from auditor.trace.machine import Machine


class Items:
    """Subscripts on all kinds of values."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    # --- reading ---------------------------------------------------------------------------------

    def read(self, value: Value, index: Value) -> Value:
        """`value[index]`."""
        if isinstance(value, Node):
            return self._of_const(value, index) or self._of_node(value, index)
        if isinstance(value, Tup):
            return self._of_sequence(value, value.items, index)
        if isinstance(value, ListObj):
            return self._of_list(value, index)
        if isinstance(value, DictObj):
            return self._of_dict(value, index)
        if isinstance(value, Instance):
            return self._of_instance(value, index)
        if isinstance(value, Choice):
            options = [o for o in value.options if not (isinstance(o, Const) and o.value is None)]
            return choice([self.read(option, index) for option in options]) if options else value
        return self._of_other(value, index)

    def _of_other(self, value: Value, index: Value) -> Value:
        if isinstance(value, Ext):
            return self.m.library.item(value, index)
        if isinstance(value, Range):
            return self.m.heap.number("elem", (self.m.flow(value), self.m.flow(index)))
        if isinstance(value, Lazy):
            key = self.m.flow(index)
            if key.op == "slice":
                elem = self.m.iteration.any_of(value)
                return self.m.containers.summary_list(self._part(elem, key))
            return value.make(key)
        if isinstance(value, Function | Partial | ClassObj):
            return value  # `kernel[grid]`, `Generic[T]`
        return self.m.heap.node("index", (self.m.flow(value), self.m.flow(index)))

    def _of_const(self, value: Node, index: Value) -> Value | None:
        if not isinstance(value, Const):
            return None
        if not isinstance(value.value, str | bytes | tuple | range):
            return None
        try:
            if isinstance(index, Const) and isinstance(index.value, int):
                return self.m.heap.const(value.value[index.value], value.origin)
            bounds = _bounds(index)
            if bounds is not None:
                return self.m.heap.const(value.value[bounds], value.origin)
        except IndexError:
            return None
        return None

    def _of_node(self, value: Node, index: Value) -> Value:
        heap = self.m.heap
        key = self.m.flow(index)
        made = heap.node("index", (heap.content(value), key))
        if value.num:
            made.num = True  # an item of a shape or of a size
        elif key.num or is_positional(key):
            made.base, made.hot = value, value.hot  # indexing with an array copies
        return made

    def _of_sequence(self, value: Value, items: tuple[Value, ...], index: Value) -> Value:
        if isinstance(index, Const) and isinstance(index.value, int):
            if -len(items) <= index.value < len(items):
                return items[index.value]
            return self.m.heap.node("missing")
        bounds = _bounds(index)
        if bounds is not None:
            part = items[bounds]
            return Tup(part) if isinstance(value, Tup) else self.m.containers.new_list(part)
        if not items:
            return self.m.heap.node("missing")
        joined = self.m.join(list(items))
        key = self.m.flow(index)
        if key.op == "slice":
            return self.m.containers.summary_list(self._part(joined, key))
        return self.m.iteration.indexed(joined, key)

    def _of_list(self, value: ListObj, index: Value) -> Value:
        exact = self.m.containers.exact(value)
        if exact is not None:
            return self._of_sequence(value, exact, index)
        elem = self.m.containers.elem(value)
        if elem is None:
            return self.m.heap.node("missing")
        key = self.m.flow(index)
        if key.op == "slice":
            return self.m.containers.summary_list(self._part(elem, key), value.kind)
        return self.m.iteration.indexed(elem, key)

    def _part(self, value: Value, bounds: Node) -> Value:
        """One element of a slice of a list."""
        if isinstance(value, Tup):
            return Tup(tuple(self._part(item, bounds) for item in value.items))
        if isinstance(value, Node) and not isinstance(value, Const):
            made = self.m.heap.node("part", (self.m.heap.content(value), bounds))
            made.num = value.num
            if not value.num:
                made.base, made.hot = value, value.hot
            return made
        return value

    def _of_dict(self, value: DictObj, index: Value) -> Value:
        found = self.m.containers.get_key(value, index)
        if found is not None:
            return found
        if value.factory is not None:
            made = self.m.calls.call(value.factory, [], {}, None)
            self.m.containers.set_key(value, index, made)
            return made
        return self.m.heap.node("missing", (self.m.flow(index),))

    def _of_instance(self, value: Instance, index: Value) -> Value:
        if defines(value, "__getitem__"):
            return self.m.calls.method(value, "__getitem__", [index])
        held = value.cells.get("items")
        if held is not None and held is not value:
            return self.read(held, index)
        return self.m.heap.node("index", (self.m.flow(value), self.m.flow(index)))

    # --- writing ---------------------------------------------------------------------------------

    def write(self, value: Value, index: Value, new: Value) -> None:
        """`value[index] = new`."""
        if isinstance(value, Node):
            heap = self.m.heap
            stored = heap.node("store", (heap.content(value), self.m.flow(new), self.m.flow(index)))
            heap.mutate(value, stored)
        elif isinstance(value, ListObj):
            self._write_list(value, index, new)
        elif isinstance(value, DictObj):
            self.m.containers.set_key(value, index, new)
        elif isinstance(value, Instance):
            if defines(value, "__setitem__"):
                self.m.calls.method(value, "__setitem__", [index, new])
            elif isinstance(value.cells.get("items"), Obj):
                self.write(value.cells["items"], index, new)
        elif isinstance(value, Choice):
            for option in value.options:
                self.write(option, index, new)
        elif isinstance(value, Ext):
            self.m.library.set_item(value, index, new)

    def _write_list(self, value: ListObj, index: Value, new: Value) -> None:
        key = self.m.flow(index)
        if key.op != "slice":
            self.m.containers.set_item(value, index, new)
            return
        exact = self.m.iteration.exact(new)
        whole = all(isinstance(bound, Const) and bound.value is None for bound in key.ins)
        if exact is not None and whole:
            self.m.containers.replace(value, exact)
        else:
            self.m.containers.append(value, self.m.iteration.any_of(new))


def _bounds(index: Value) -> slice | None:
    """A slice whose bounds are all known."""
    if isinstance(index, Node) and index.op == "slice":
        parts = [part.value if isinstance(part, Const) else ... for part in index.ins]
        if all(part is None or isinstance(part, int) for part in parts) and parts[2] != 0:
            return slice(*parts)
    return None
