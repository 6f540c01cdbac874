"""`value.name`, read and written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.trace.graph import Const, Node, Value
from auditor.trace.heap import choice
from auditor.trace.library.tables import META, VIEWS
from auditor.trace.objects import (
    Choice,
    ClassObj,
    DictObj,
    Ext,
    Function,
    Instance,
    Method,
    Namespace,
    Partial,
    Super,
)

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

_SAME_MODULE = {"module", "_orig_mod", "_module"}


class Attributes:
    """Attribute access on all kinds of values."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    # --- reading ---------------------------------------------------------------------------------

    def read(self, value: Value, name: str) -> Value:
        """`value.name`."""
        if isinstance(value, Node):
            return self._of_node(value, name)
        if isinstance(value, Instance):
            return self._of_instance(value, name)
        if isinstance(value, Ext):
            return self.m.library.attribute(value, name)
        if isinstance(value, Namespace):
            return self._of_namespace(value, name)
        if isinstance(value, ClassObj):
            return self._of_class(value, name)
        if isinstance(value, Choice):
            options = [option for option in value.options if not _nothing(option)]
            return choice([self.read(option, name) for option in options]) if options else value
        if isinstance(value, Function):
            return self._of_function(value, name)
        if isinstance(value, Super):
            return self._of_super(value, name)
        if isinstance(value, Partial) and name == "func":
            return value.func
        return Method(value, name)

    def _of_node(self, value: Node, name: str) -> Value:
        heap = self.m.heap
        if name in META:
            return heap.number(name, (heap.content(value),))
        if name in VIEWS:
            made = heap.node("view", (heap.content(value),), name)
            made.base, made.hot = value, value.hot
            return made
        if name == "grad":
            return self.m.gradients.of(value)
        if name == "real":
            return value
        if name == "parent" and _is_path(value):
            return heap.node("path_part", (value,), "parent")
        return Method(value, name)

    def _of_instance(self, value: Instance, name: str) -> Value:
        cells = value.cells
        if name in cells:
            found = self.m.heap.get(cells, name) if self.m.mutable(name) else cells[name]
            if found is not None:
                return self.m.warm(found, name)
        if value.cls is not None:
            attribute = self._defined(value.cls, name)
            if attribute is not None:
                return self._bound(attribute, value)
        return self._inherited(value, name)

    def _defined(self, cls: ClassObj, name: str) -> Value | None:
        """What a class or one of its bases holds now under a name."""
        attribute = cls.lookup(name)
        if attribute is not None and self.m.mutable(name):
            holder = next((base for base in cls.lineage() if name in base.cells), None)
            if holder is not None:
                return self.m.heap.get(holder.cells, name) or attribute
        return attribute

    def _inherited(self, value: Instance, name: str) -> Value:
        """What every object has, what library classes give it, what its `__getattr__` makes."""
        cells = value.cells
        if name == "__class__" and value.cls is not None:
            return value.cls
        if name == "__dict__":
            return self.m.containers.new_dict(
                {key: cell for key, cell in cells.items() if isinstance(key, str)}
            )
        if name in _SAME_MODULE:
            return value
        special = self.m.library.instance_attribute(value, name)
        if special is not None:
            return special
        fallback = value.cls.lookup("__getattr__") if value.cls is not None else None
        if isinstance(fallback, Function):
            return self.m.calls.run(fallback.bind(value), [self.m.heap.const(name)], {})
        return Method(value, name)

    def _bound(self, attribute: Value, receiver: Value) -> Value:
        if isinstance(attribute, Function):
            if "static" in attribute.traits:
                return attribute
            if "class" in attribute.traits:
                owner = receiver.cls if isinstance(receiver, Instance) else receiver
                return attribute.bind(owner or receiver)
            bound = attribute.bind(receiver)
            if "property" in attribute.traits:
                return self.m.calls.run(bound, [], {})
            return bound
        return attribute

    def _of_namespace(self, value: Namespace, name: str) -> Value:
        if name in value.cells:
            if self.m.mutable(name):
                return self.m.heap.get(value.cells, name) or value.cells[name]
            return self.m.warm(value.cells[name], name)
        if name == "__dict__":
            return self.m.containers.new_dict(dict(value.cells))
        return self.m.imports.submodule(value, name)

    def _of_class(self, value: ClassObj, name: str) -> Value:
        attribute = self._defined(value, name)
        if attribute is not None:
            if isinstance(attribute, Function) and "class" in attribute.traits:
                return attribute.bind(value)
            return attribute
        if name in ("__name__", "__qualname__"):
            return self.m.heap.const(value.name)
        if name == "__dict__":
            return self.m.containers.new_dict(
                {key: cell for key, cell in value.cells.items() if isinstance(key, str)}
            )
        return Method(value, name)

    def _of_function(self, value: Function, name: str) -> Value:
        if name in ("__name__", "__qualname__"):
            return self.m.heap.const(value.name)
        if name == "__wrapped__":
            return value
        cells = self.m.function_cells(value)
        found = self.m.heap.get(cells, name) if name in cells else None
        return found if found is not None else Method(value, name)

    def _of_super(self, value: Super, name: str) -> Value:
        bases = value.owner.bases if value.owner is not None else ()
        for base in bases:
            attribute = base.lookup(name)
            if attribute is not None:
                return self._bound(attribute, value.receiver)
        if name in ("__init__", "__setattr__", "__init_subclass__", "__post_init__"):
            return Ext("builtins.object.__init__")
        if name == "forward":
            return Method(value.receiver, "forward")
        return Method(value.receiver, name)

    def find(self, value: Value, name: str) -> Value | None:
        """`getattr(value, name)` where the attribute is certain to exist, otherwise `None`."""
        if isinstance(value, Instance):
            if name in value.cells or name in _SAME_MODULE:
                return self.read(value, name) if name in value.cells else None
            if value.cls is not None and value.cls.lookup(name) is not None:
                return self.read(value, name)
            return None
        if isinstance(value, Namespace):
            return value.cells.get(name)
        if isinstance(value, ClassObj):
            return value.lookup(name)
        if isinstance(value, Function):
            return self.m.function_cells(value).get(name)
        return None

    # --- writing ---------------------------------------------------------------------------------

    def write(self, value: Value, name: str, new: Value) -> None:
        """`value.name = new`."""
        heap = self.m.heap
        if isinstance(value, Instance | Namespace | ClassObj):
            if isinstance(value, Instance):
                setter = value.cls.lookup(f"{name}.setter") if value.cls is not None else None
                if isinstance(setter, Function):
                    self.m.calls.run(setter.bind(value), [new], {})
                    return
                self.m.library.adopt(value, new)
            heap.put(value.cells, name, heap.here(new))
        elif isinstance(value, Node):
            self._write_node(value, name, new)
        elif isinstance(value, Function):
            heap.put(self.m.function_cells(value), name, new)
        elif isinstance(value, Choice):
            for option in value.options:
                if not _nothing(option):
                    self.write(option, name, new)
        elif isinstance(value, DictObj):
            heap.put(value.cells, ("k", name), new)

    def _write_node(self, value: Node, name: str, new: Value) -> None:
        if name == "data":
            self.m.heap.mutate(value, self.m.flow(new))
        elif name == "grad":
            if isinstance(new, Const) and new.value is None:
                self.m.gradients.clear()
            else:
                self.m.gradients.add(self.m.flow(new))


def _nothing(value: Value) -> bool:
    return isinstance(value, Const) and value.value is None


def _is_path(value: Node) -> bool:
    """Whether a value is the path of a file or folder."""
    if isinstance(value, Const):
        return isinstance(value.value, str)
    return value.op in ("path", "path_part", "/")
