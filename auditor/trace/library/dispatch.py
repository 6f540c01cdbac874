"""Finds the model of a library call by its dotted name or by the receiver of a method."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from auditor.trace.events import EventKind
from auditor.trace.graph import Const, Node, Value
from auditor.trace.heap import choice
from auditor.trace.library import tables
from auditor.trace.library.arguments import Arguments
from auditor.trace.library.collections import Collections
from auditor.trace.library.distributed import Distributed
from auditor.trace.library.files import Files
from auditor.trace.library.process import Process
from auditor.trace.library.python import Python
from auditor.trace.library.tensors import Tensors
from auditor.trace.objects import (
    Choice,
    ClassObj,
    DictObj,
    Ext,
    FileObj,
    Function,
    Instance,
    Lazy,
    ListObj,
    Method,
    Partial,
    Range,
    Tup,
)

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

Keywords = dict[str, Value]

_ALIASES = {
    "torch.nn.functional.": "torch.", "torch.linalg.": "torch.", "torch.special.": "torch.",
    "numpy.random.": "numpy.random.", "jax.numpy.": "numpy.", "jax.nn.": "torch.",
    "mlx.core.": "numpy.", "mlx.nn.losses.": "torch.", "cupy.": "numpy.", "jax.lax.": "numpy.",
}  # fmt: skip


class Library:
    """The entry point of all library models."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.files = Files(machine)
        self.python = Python(machine)
        self.process = Process(machine)
        self.collections = Collections(machine)
        self.tensors = Tensors(machine)
        self.distributed = Distributed(machine)
        self.arguments = Arguments(machine)

    # --- functions -------------------------------------------------------------------------------

    def call(self, path: str, args: list[Value], keywords: Keywords) -> Value:
        """`path(*args, **keywords)` for a library function or class."""
        for part in (self.python, self.process, self.files, self.distributed, self.collections):
            found = part.call(path, args, keywords)
            if found is not None:
                return found
        found = self.arguments.call(path) or self.m.neural.call(path, args, keywords)
        if found is not None:
            return found
        self._note_network(path, args)
        if path.split(".", maxsplit=1)[0] in tables.NUMERIC:
            return self.tensors.call(_plain(path), args, keywords)
        return self.opaque(path, args, keywords)

    def _note_network(self, path: str, args: list[Value]) -> None:
        if path.startswith(tables.NETWORK) and not path.startswith(tables.NETWORK_LOCAL):
            self.m.events.add(EventKind.NETWORK, self.m.flow(Tup(tuple(args))), path)

    def opaque(self, name: str, args: list[Value], keywords: Keywords) -> Node:
        """A call that nothing is known about: its result may depend on all it was given.

        Arrays that it was given and that hold nothing yet are taken for its outputs.
        """
        values = [*args, *keywords.values()]
        made = self.m.heap.node("call", tuple(self.m.flow(value) for value in values), name)
        self._fill_outputs(values, made)
        for value in values:
            if isinstance(value, Function) and not name.startswith(("atexit", "signal")):
                self._call_back(value, made)
        return made

    def _fill_outputs(self, values: list[Value], made: Node) -> None:
        for value in values:
            if isinstance(value, Node) and not value.num:
                root = value
                while isinstance(root.base, Node):
                    root = root.base
                if self.m.heap.content(root).op == "alloc":
                    self.m.heap.mutate(root, made)

    def _call_back(self, func: Function, made: Node) -> None:
        """A library calls a function it was handed, with values made from the other arguments."""
        params = func.node.params.plain
        count = len(params) - (1 if func.bound is not None else 0)
        required = [p for p in params[len(params) - count :] if p.default is None]
        self.m.calls.run(func, [made] * len(required), {})

    # --- methods ---------------------------------------------------------------------------------

    def method(self, receiver: Value, name: str, args: list[Value], keywords: Keywords) -> Value:
        """`receiver.name(*args, **keywords)` where the submission does not define it."""
        if isinstance(receiver, ListObj):
            return self.collections.list_method(receiver, name, args, keywords)
        if isinstance(receiver, DictObj):
            return self.collections.dict_method(receiver, name, args, keywords)
        if isinstance(receiver, FileObj):
            return self.files.method(receiver, name, args)
        if isinstance(receiver, Instance):
            return self.m.neural.method(receiver, name, args, keywords)
        if isinstance(receiver, Node):
            return self._node_method(receiver, name, args, keywords)
        if isinstance(receiver, Choice):
            options = [o for o in receiver.options if not isinstance(o, Const)]
            attributes = [self.m.attributes.read(option, name) for option in options]
            if attributes:
                return self.m.calls.call(choice(attributes), args, keywords, None)
        return self._other_method(receiver, name, args, keywords)

    def _node_method(
        self, receiver: Node, name: str, args: list[Value], keywords: Keywords
    ) -> Value:
        """A method of a text, a path, an array or an unknown value."""
        if name == "remove" and not args:
            self.m.neural.unhook(receiver)
        text = isinstance(receiver, Const) and isinstance(receiver.value, str | bytes)
        if not text or name in tables.PATH_METHODS:
            found = self.files.path_method(receiver, name, args, keywords)
            if found is not None:
                return found
        if isinstance(receiver, Const) and text:
            return self.python.text_method(receiver, name, args, keywords)
        found = self.python.node_method(receiver, name, args, keywords)
        if found is not None:
            return found
        return self.tensors.method(receiver, name, args, keywords)

    def _other_method(
        self, receiver: Value, name: str, args: list[Value], keywords: Keywords
    ) -> Value:
        """A method of a function, a class, a tuple or an iterator."""
        if isinstance(receiver, Method | Function | Partial):
            return self.python.callable_method(receiver, name, args, keywords)
        if isinstance(receiver, ClassObj):
            return self._class_method(receiver, name, args, keywords)
        if isinstance(receiver, Tup | Range | Lazy):
            return self.collections.sequence_method(receiver, name, args)
        return self.opaque(name, [receiver, *args], keywords)

    def _class_method(
        self, receiver: ClassObj, name: str, args: list[Value], keywords: Keywords
    ) -> Value:
        """A class method inherited from a library, such as `autograd.Function.apply`."""
        forward = receiver.lookup("forward")
        if name == "apply" and isinstance(forward, Function):
            context = Instance(None, "context", self.m.heap.loop, self.m.heap.stmt)
            return self.m.calls.run(forward, [context, *args], keywords)
        if name == "__new__":
            return Instance(receiver, "", self.m.heap.loop, self.m.heap.stmt)
        return self.opaque(name, args, keywords)

    # --- attributes and items --------------------------------------------------------------------

    def attribute(self, value: Ext, name: str) -> Value:
        """`value.name` for something of a library."""
        return self.python.attribute(value, name) or Ext(f"{value.path}.{name}")

    def item(self, value: Ext, index: Value) -> Value:
        """`value[index]` for something of a library."""
        if value.path == "os.environ":
            return self.python.environment(index, None)
        if value.path == "sys.argv":
            return self.m.heap.node("setting", (), "argv")
        if value.path.startswith(("typing.", "builtins.", "collections.")):
            return value
        return Ext(f"{value.path}[]")

    def set_item(self, value: Ext, index: Value, new: Value) -> None:
        """`value[index] = new` for something of a library."""
        if value.path == "os.environ":
            self.python.set_environment(index, new)

    def contains(self, value: Ext, key: Value) -> bool | None:
        """`key in value` for something of a library."""
        if value.path == "os.environ":
            return self.python.has_environment(key)
        return None

    def instance_attribute(self, value: Instance, name: str) -> Value | None:
        """An attribute that an object inherits from a library class."""
        return self.m.neural.instance_attribute(value, name)

    def adopt(self, owner: Instance, value: Value) -> None:
        """Something becomes an attribute of a neural module."""
        self.m.neural.adopt(owner, value)

    def is_container(self, externals: tuple[str, ...]) -> bool:
        """Whether a class derives from a built-in container."""
        return self.collections.is_container(externals)

    def container(self, externals: tuple[str, ...], args: list[Value]) -> Value:
        """The built-in container that an object derives from."""
        return self.collections.container(externals, args)

    def field_default(self, field: Node) -> Value:
        """The value of a dataclass field that was declared with `field(...)`."""
        return self.python.field_default(field)


@lru_cache(maxsize=4096)
def _plain(path: str) -> str:
    for prefix, plain in _ALIASES.items():
        if path.startswith(prefix):
            return plain + path[len(prefix) :]
    return path
