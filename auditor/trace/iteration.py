"""What a loop runs over: elements one by one where they are known, else one symbolic element."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from auditor.trace.graph import Const, Loop, Node, Value
from auditor.trace.objects import (
    Choice,
    DictObj,
    Ext,
    FileObj,
    Generator,
    Instance,
    Lazy,
    ListObj,
    Obj,
    Pipe,
    Range,
    Tup,
    defines,
)

if TYPE_CHECKING:
    from auditor.trace.machine import Machine
    from auditor.trace.objects import Frame

MAX_TURNS = 64
"""Most elements of a counted range that are listed one by one."""


class Iteration:
    """Elements of iterables."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    # --- exact -----------------------------------------------------------------------------------

    def count(self, span: Range) -> int | None:
        """How many turns a range has, where that is known."""
        bounds = [
            part.value if isinstance(part, Const) else None
            for part in (span.start, span.stop, span.step)
        ]
        if all(isinstance(bound, int) for bound in bounds) and bounds[2]:
            return len(range(*bounds))  # type: ignore[arg-type]
        return None

    def exact(self, value: Value) -> list[Value] | None:
        """The elements, where they are all known."""
        if isinstance(value, Tup):
            return list(value.items)
        if isinstance(value, ListObj):
            items = self.m.containers.exact(value)
            return None if items is None else list(items)
        if isinstance(value, Range):
            count = self.count(value)
            if count is not None and count <= MAX_TURNS:
                start, step = value.start, value.step
                assert isinstance(start, Const) and isinstance(step, Const)  # noqa: S101, PT018
                return [
                    self.m.heap.const(start.value + turn * step.value, start.origin)
                    for turn in range(count)
                ]
        if isinstance(value, DictObj):
            pairs = self.m.containers.items(value)
            return None if pairs is None else [key for key, _ in pairs]
        known = value.value if isinstance(value, Const) else None
        if isinstance(known, str | tuple | bytes) and len(known) <= MAX_TURNS:
            return [self.m.heap.const(part) for part in known]
        if isinstance(value, Lazy) and value.length is not None and value.length <= MAX_TURNS:
            return [value.make(self.m.heap.const(i)) for i in range(value.length)]
        if isinstance(value, Instance) and isinstance(value.cells.get("items"), Obj):
            return self.exact(value.cells["items"])
        return None

    # --- produced by running code ----------------------------------------------------------------

    def pipe(self, value: Value) -> Pipe | None:
        """The elements as code that produces them, `None` where they exist without running any."""
        if isinstance(value, Pipe):
            return value
        if isinstance(value, Generator):
            return Pipe(lambda visit: self.m.calls.run_generator(value, visit))
        if isinstance(value, ListObj) and value.recipe is not None and self.exact(value) is None:
            return self.pipe(self.m.lazily.generator(*value.recipe))
        if isinstance(value, Instance) and defines(value, "__iter__"):
            made = self.m.calls.method(value, "__iter__", [])
            if made is not value:
                return self.pipe(made)
            return self._by_next(value) if defines(value, "__next__") else None
        return None

    def _by_next(self, value: Instance) -> Pipe:
        """An object that makes one element after the other."""

        def run(visit: Callable[[Value], Any]) -> None:
            def turn(_loop: Loop) -> None:
                visit(self.m.calls.method(value, "__next__", []))

            frame = self.m.heap.frame
            if frame is not None:
                self.m.loops.once(None, frame, turn)

        return Pipe(run)

    def number(self) -> Node:
        """The number of the element that the innermost running loop is at."""
        loop = self.m.heap.loop
        return self.m.heap.number("which") if loop is None else self.m.heap.number("iter", (), loop)

    # --- symbolic --------------------------------------------------------------------------------

    def element(self, value: Value, loop: Loop) -> Value:
        """The element of the current turn of `loop`."""
        position = self.m.heap.number("iter", (), loop)
        if loop.iter is None:
            loop.iter = position
        if isinstance(value, Range):
            position.ins = (value.start, value.stop, value.step)
            if isinstance(value.start, Const):
                loop.start = value.start.value
            return position
        if isinstance(value, Node):
            loop.over = value
        return self.element_at(value, position)

    def element_at(self, value: Value, position: Node) -> Value:
        """The element at a symbolic position."""
        if isinstance(value, Lazy):
            return value.make(position)
        if isinstance(value, Range):
            made = self.m.heap.number("iter", (value.start, value.stop, value.step), position.data)
            return made if position.op == "iter" else position
        if isinstance(value, Instance) and value.cls is not None:
            produced = self._by_method(value, position)
            if produced is not None:
                return produced
        if isinstance(value, FileObj):
            return self.m.heap.node("elem", (self.m.flow(value), position))
        return self.indexed(self.any_of(value), position)

    def _by_method(self, value: Instance, position: Node) -> Value | None:
        """The element of an object of the submission that defines `__getitem__` or `__iter__`."""
        if value.cls is None:
            return None
        for name, args in (("__iter__", []), ("__getitem__", [position])):
            method = value.cls.lookup(name)
            if method is not None:
                result = self.m.calls.method(value, name, args)
                if name == "__iter__" and result is not value:
                    return self.element_at(result, position)
                if name == "__iter__":
                    return self.m.calls.method(value, "__next__", [])
                return result
        return None

    def any_of(self, value: Value) -> Value:
        """One value for all elements."""
        if isinstance(value, Tup):
            return self.m.join(list(value.items)) if value.items else self.m.heap.node("empty")
        if isinstance(value, ListObj):
            return self.m.containers.elem(value) or self.m.heap.node("empty")
        if isinstance(value, DictObj):
            return self.m.containers.any_key(value)
        if isinstance(value, Choice):
            parts = [self.any_of(option) for option in value.options if not _is_none(option)]
            return self.m.join(parts)
        if isinstance(value, Lazy):
            return value.make(self.m.heap.number("any"))
        if isinstance(value, Generator | Pipe):
            return self.collect(value)
        if isinstance(value, Range):
            return self.m.heap.number("range", (value.start, value.stop, value.step))
        if isinstance(value, Instance):
            return self._any_of_instance(value)
        return value if isinstance(value, Node) else self.m.flow(value)

    def _any_of_instance(self, value: Instance) -> Value:
        items = value.cells.get("items")
        if items is not None:
            return self.any_of(items)
        pipe = self.pipe(value)
        if pipe is not None:
            return self.collect(pipe)
        if defines(value, "__iter__"):
            result = self.m.calls.method(value, "__iter__", [])
            if result is not value:
                return self.any_of(result)
        return self.m.flow(value)

    def indexed(self, value: Value, position: Node) -> Value:
        """One element of many alike, marked with the position it is at."""
        if isinstance(value, Tup):
            return Tup(tuple(self.indexed(item, position) for item in value.items))
        if isinstance(value, ListObj):
            return value.picked(position)
        if isinstance(value, Node) and not isinstance(value, Const) and value.op != "text":
            made = self.m.heap.node("elem", (self.m.heap.content(value), position))
            made.num = value.num
            if not value.num:
                made.base, made.hot = value, value.hot
            return made
        return value

    def at(self, value: Value, position: int) -> Value:
        """Element number `position` (for unpacking)."""
        exact = self.exact(value)
        if exact is not None:
            if -len(exact) <= position < len(exact):
                return exact[position]
            return self.m.heap.node("missing")
        if isinstance(value, Choice):
            return self.m.join([self.at(option, position) for option in value.options])
        if isinstance(value, Node):
            made = self.m.heap.node(
                "item", (self.m.heap.content(value), self.m.heap.const(position))
            )
            made.num = value.num and value.op in ("shape", "call:divmod")
            made.base, made.hot = (None, False) if value.num else (value, value.hot)
            return made
        return self.indexed(self.any_of(value), self.m.heap.const(position))

    def collect(self, source: Generator | Pipe) -> Value:
        """Runs the code that produces elements and joins them."""
        produced: list[Value] = []
        pipe = self.pipe(source)
        if pipe is not None:
            pipe.run(produced.append)
        return self.m.join(produced) if produced else self.m.heap.node("empty")

    def each(self, value: Value, visit: Callable[[Value], Any], frame: Frame) -> None:
        """Calls `visit` for every element, or once for a symbolic one inside a loop."""
        exact = self.exact(value)
        if exact is not None:
            for item in exact:
                visit(item)
            return
        pipe = self.pipe(value)
        if pipe is not None:
            pipe.run(visit)
        else:

            def turn(loop: Loop) -> None:
                visit(self.element(value, loop))

            self.m.loops.once(None, frame, turn)


def _is_none(value: Value) -> bool:
    return (isinstance(value, Const) and value.value is None) or isinstance(value, Ext)
