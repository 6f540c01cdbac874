"""Calls: functions of the submission run inline, classes are built, libraries are modelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from auditor.program import ir
from auditor.trace.graph import Const, Node, Value
from auditor.trace.heap import choice
from auditor.trace.objects import (
    Choice,
    ClassObj,
    Ext,
    Frame,
    Function,
    Generator,
    Instance,
    Method,
    Partial,
    Tup,
)

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

MAX_LEVEL = 48
"""Deepest chain of calls that is followed."""

MAX_RECURSION = 2
"""How often one function may be active at once."""

_TRAITS = {
    "builtins.staticmethod": "static",
    "builtins.classmethod": "class",
    "builtins.property": "property",
    "functools.cached_property": "property",
    "contextlib.contextmanager": "context",
    "triton.jit": "kernel",
    "triton.autotune": "kernel",
    "triton.heuristics": "kernel",
}


class Calls:
    """Everything that can be called."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._active: dict[tuple[int, ...], int] = {}
        self._exiting = False

    # --- dispatch --------------------------------------------------------------------------------

    def call(
        self,
        callee: Value,
        args: Sequence[Value],
        keywords: dict[str, Value],
        frame: Frame | None,
    ) -> Value:
        """`callee(*args, **keywords)`."""
        if isinstance(callee, Function):
            return self.run(callee, args, keywords)
        if isinstance(callee, Ext):
            return self.m.library.call(callee.path, list(args), keywords)
        if isinstance(callee, Method):
            return self.m.library.method(callee.receiver, callee.name, list(args), keywords)
        if isinstance(callee, ClassObj):
            return self.instantiate(callee, args, keywords)
        if isinstance(callee, Instance):
            return self._call_instance(callee, args, keywords)
        if isinstance(callee, Partial):
            merged = {**dict(callee.keywords), **keywords}
            return self.call(callee.func, [*callee.args, *args], merged, frame)
        if isinstance(callee, Choice):
            return self._call_choice(callee, args, keywords, frame)
        flows = [self.m.flow(value) for value in (callee, *args, *keywords.values())]
        return self.m.heap.node("call", tuple(flows))

    def _call_choice(
        self,
        callee: Choice,
        args: Sequence[Value],
        keywords: dict[str, Value],
        frame: Frame | None,
    ) -> Value:
        """Calls each of several possible callees from the same state and joins the outcomes."""
        options = [option for option in callee.options if not isinstance(option, Const)]
        if len(options) == 1:
            return self.call(options[0], args, keywords, frame)
        heap = self.m.heap
        unknown = heap.number("which")
        results: list[Value] = []
        for option in options[:-1]:
            result, written = self.m.statements.under(
                unknown, partial(self.call, option, args, keywords, frame), holds=True
            )
            results.append(result)
            heap.merge(unknown, written, {})
        if options:
            results.append(self.call(options[-1], args, keywords, frame))
        return choice(results) if results else heap.node("call")

    def _call_instance(
        self, callee: Instance, args: Sequence[Value], keywords: dict[str, Value]
    ) -> Value:
        if callee.cls is not None:
            for name in ("__call__", "forward"):
                method = callee.cls.lookup(name)
                if isinstance(method, Function):
                    result = self.run(method.bind(callee), args, keywords)
                    self.m.neural.hooks(callee, args, result)
                    return result
            held = callee.cells.get("forward")
            if held is not None:
                return self.call(held, args, keywords, None)
        return self.m.neural.apply(callee, list(args), keywords)

    def method(self, receiver: Instance, name: str, args: Sequence[Value]) -> Value:
        """Calls a method that the object's class defines."""
        return self.call(self.m.attributes.read(receiver, name), args, {}, None)

    # --- functions -------------------------------------------------------------------------------

    def run(self, func: Function, args: Sequence[Value], keywords: dict[str, Value]) -> Value:
        """Runs a function of the submission inline."""
        if "kernel" in func.traits:
            return self.m.library.opaque(func.name, list(args), keywords)
        frame = self._frame(func, args, keywords)
        if isinstance(func.node, ir.FunctionDef) and func.node.is_generator:
            return Generator(func, frame)
        return self._inline(func, frame, args, keywords)

    def _frame(self, func: Function, args: Sequence[Value], keywords: dict[str, Value]) -> Frame:
        heap = self.m.heap
        frame = Frame(func, func.module, func.closure, heap.frame, heap.stmt)
        values = [func.bound, *args] if func.bound is not None else list(args)
        self._bind(func.node.params, values, keywords, func.defaults, frame)
        return frame

    def _bind(
        self,
        params: ir.Params,
        values: Sequence[Value],
        keywords: dict[str, Value],
        defaults: dict[str, Value],
        frame: Frame,
    ) -> None:
        env = frame.env
        names = [param.name for param in params.plain]
        left = dict(keywords)
        for name, value in zip(names, values, strict=False):
            env[name] = value
        if params.star is not None:
            env[params.star] = Tup(tuple(values[len(names) :]))
        for name in [*names[len(values) :], *(param.name for param in params.keyword_only)]:
            if name in left:
                env[name] = left.pop(name)
            elif name in defaults:
                env[name] = defaults[name]
            else:
                env[name] = self.m.heap.node("missing")
        if params.double_star is not None:
            rest = {name: value for name, value in left.items() if name not in env}
            env[params.double_star] = self.m.containers.new_dict(rest)
        else:
            for name in names[: len(values)]:
                if name in left:
                    env[name] = left[name]

    def _inline(
        self,
        func: Function,
        frame: Frame,
        args: Sequence[Value],
        keywords: dict[str, Value],
    ) -> Value:
        key = _activity(func, args)
        if (
            frame.level > MAX_LEVEL
            or self._active.get(key, 0) >= MAX_RECURSION
            or self.m.exhausted()
        ):
            self.m.events.cut(func.name)
            flows = [self.m.flow(value) for value in (*args, *keywords.values())]
            return self.m.heap.node("opaque", tuple(flows), func.name)
        heap = self.m.heap
        stmt, caller = heap.stmt, heap.frame
        self._active[key] = self._active.get(key, 0) + 1
        heap.frame = frame
        result = self._body(func, frame)
        self._active[key] -= 1
        heap.stmt, heap.frame = stmt, caller
        return result

    def _body(self, func: Function, frame: Frame) -> Value:
        if isinstance(func.node, ir.Lambda):
            return self.m.expressions.eval(func.node.body, frame)
        ended = self.m.statements.block(func.node.body, frame)
        for written in frame.exits:
            self.m.heap.maybe(written)
        if ended == "exit":
            self.exit()
        if ended is None:
            frame.returns.append(self.m.heap.const(None))
        if not frame.returns:
            return self.m.heap.const(None)
        return self.m.join(frame.returns)

    def run_generator(self, generator: Generator, visit: Callable[[Value], Any]) -> None:
        """Runs a generator's body and hands every yielded value to `visit`."""
        heap, frame = self.m.heap, generator.frame
        key = _activity(generator.func, ())
        if self._active.get(key, 0) >= MAX_RECURSION or self.m.exhausted():
            self.m.events.cut(generator.func.name)
            return
        stmt, caller = heap.stmt, heap.frame

        def resume(value: Value) -> None:
            inner_stmt, inner_frame = heap.stmt, heap.frame
            visit(value)
            heap.stmt, heap.frame = inner_stmt, inner_frame

        self._active[key] = self._active.get(key, 0) + 1
        frame.on_yield = resume
        heap.frame = frame
        self._body(generator.func, frame)
        frame.on_yield = None
        self._active[key] -= 1
        heap.stmt, heap.frame = stmt, caller

    def defaults(self, params: ir.Params, frame: Frame) -> dict[str, Value]:
        """The default values of a function's parameters, evaluated where it is defined."""
        return {
            param.name: self.m.expressions.eval(param.default, frame)
            for param in (*params.plain, *params.keyword_only)
            if param.default is not None
        }

    # --- decorators ------------------------------------------------------------------------------

    def decorate(self, decorator: Value, target: Value, frame: Frame) -> Value:
        """`@decorator` on a function."""
        if isinstance(decorator, Function | ClassObj | Partial | Instance):
            return self.call(decorator, [target], {}, frame)
        if isinstance(target, Function):
            trait = self._trait(decorator)
            if trait is not None:
                target.traits |= {trait}
        return target

    def _trait(self, decorator: Value) -> str | None:
        if isinstance(decorator, Ext):
            return _TRAITS.get(decorator.path)
        if isinstance(decorator, Method):
            if decorator.name == "setter":
                return "setter"
            return self._trait(decorator.receiver)
        if isinstance(decorator, Node) and decorator.op == "call":
            return _TRAITS.get(str(decorator.data))
        return None

    def decorate_class(self, decorator: Value, target: ClassObj, frame: Frame) -> Value:
        """`@decorator` on a class."""
        path = decorator.path if isinstance(decorator, Ext) else ""
        if isinstance(decorator, Node) and isinstance(decorator.data, str):
            path = decorator.data
        if path.endswith(("dataclass", ".define", ".frozen", ".attrs")):
            self._make_dataclass(target)
        elif isinstance(decorator, Function):
            return self.call(decorator, [target], {}, frame)
        return target

    def _make_dataclass(self, target: ClassObj) -> None:
        names: list[str] = []
        for cls in reversed(target.lineage()):
            if isinstance(cls.node, ir.ClassDef):
                names += [
                    stmt.target.id
                    for stmt in cls.node.body
                    if isinstance(stmt, ir.AnnAssign) and isinstance(stmt.target, ir.Name)
                ]
        target.fields = tuple(dict.fromkeys(names))

    # --- classes ---------------------------------------------------------------------------------

    def instantiate(
        self, cls: ClassObj, args: Sequence[Value], keywords: dict[str, Value]
    ) -> Value:
        """`cls(*args, **keywords)`."""
        heap = self.m.heap
        made = Instance(cls, "", heap.loop, heap.stmt)
        externals = cls.externals()
        if self.m.neural.is_optimizer(externals):
            return self.m.neural.new_optimizer(cls, externals, list(args), keywords)
        if self.m.neural.is_module(externals):
            made.weights = self.m.neural.new_weights(made)
        if any(name.endswith(("Enum", "StrEnum", "IntEnum")) for name in externals):
            return args[0] if args else made
        init = cls.lookup("__init__")
        if isinstance(init, Function):
            self.run(init.bind(made), args, keywords)
        elif cls.fields is not None or any(n.endswith("NamedTuple") for n in externals):
            self._fill_fields(made, cls, args, keywords)
        elif self.m.library.is_container(externals):
            heap.put(made.cells, "items", self.m.library.container(externals, list(args)))
        return made

    def _fill_fields(
        self,
        made: Instance,
        cls: ClassObj,
        args: Sequence[Value],
        keywords: dict[str, Value],
    ) -> None:
        if cls.fields is None:
            self._make_dataclass(cls)
        heap = self.m.heap
        fields = cls.fields or ()
        for name, value in (*zip(fields, args, strict=False), *keywords.items()):
            heap.put(made.cells, name, value)
        for name in fields:
            if name not in made.cells:
                default = cls.lookup(name)
                if isinstance(default, Node) and default.op == "field":
                    default = self.m.library.field_default(default)
                heap.put(made.cells, name, default or heap.node("missing"))
        post = cls.lookup("__post_init__")
        if isinstance(post, Function):
            self.run(post.bind(made), [], {})

    # --- leaving the program ---------------------------------------------------------------------

    def exit(self) -> None:
        """The program ends here (`sys.exit()`)."""
        self._exiting = True

    def take_exit(self) -> bool:
        """Whether the statement that just ran ended the program."""
        exiting, self._exiting = self._exiting, False
        return exiting


def _activity(func: Function, args: Sequence[Value]) -> tuple[int, ...]:
    """What tells a call of a function from its own recursion.

    A wrapper that a decorator made, or a function that calls what it is given, is active once for
    every function it wraps or is given; that is no recursion.
    """
    given = (id(arg.node) for arg in args if isinstance(arg, Function))
    return (id(func.node), id(func.closure), *given)
