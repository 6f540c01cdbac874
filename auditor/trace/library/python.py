"""Python's built-ins and the small parts of its standard library that scripts lean on."""

from __future__ import annotations

import math
import re
import string
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from auditor.trace import fold
from auditor.trace.events import EventKind
from auditor.trace.graph import Const, Node, Value
from auditor.trace.library import tables
from auditor.trace.objects import (
    Cells,
    Choice,
    ClassObj,
    DictObj,
    Ext,
    Frame,
    Function,
    Instance,
    Lazy,
    ListObj,
    Method,
    Partial,
    Pipe,
    Range,
    Super,
    Tup,
    defines,
)

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

Keywords = dict[str, Value]
Model = Callable[[list[Value], Keywords], Value]

_PRINTERS = {
    "builtins.print", "logging.info", "logging.debug", "logging.warning", "logging.error",
    "logging.log", "warnings.warn", "rich.print", "sys.stdout.write", "sys.stderr.write",
    "builtins.__print__", "tqdm.tqdm.write", "wandb.log",
}  # fmt: skip
_EXITS = {"sys.exit", "os._exit", "builtins.exit", "builtins.quit", "os.abort"}
_LAUNCHED = {"RANK": "0", "LOCAL_RANK": "0"}
_SIZES = {"builtins.int", "builtins.float", "builtins.bool", "builtins.len", "builtins.ord"}


class Python:
    """Built-in functions, text, environment, reflection."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._environment: Cells = {}
        self._models: dict[str, Model] = {
            **self._of_environment(),
            **self._of_sequences(),
            **self._of_objects(),
            **self._of_numbers(),
        }

    def _of_environment(self) -> dict[str, Model]:
        return {
            "os.environ.get": self._environ_get,
            "os.getenv": self._environ_get,
            "os.environ.setdefault": self._environ_setdefault,
            "os.environ.pop": self._environ_get,
            "os.environ.update": self._environ_update,
            "os.environ.copy": lambda _a, _k: Ext("os.environ"),
            "os.putenv": lambda a, _k: self._environ_put(a),
        }

    def _of_sequences(self) -> dict[str, Model]:
        return {
            "builtins.len": self._len,
            "builtins.range": self._range,
            "builtins.enumerate": self._enumerate,
            "builtins.zip": self._zip,
            "builtins.reversed": lambda a, _k: self._again(a[0], "reversed"),
            "builtins.sorted": self._sorted,
            "builtins.map": self._map,
            "builtins.filter": lambda a, _k: self._filtered(a),
            "builtins.list": lambda a, _k: self._list(a, "list"),
            "builtins.tuple": lambda a, _k: self._tuple(a),
            "builtins.set": lambda a, _k: self._list(a, "set"),
            "builtins.frozenset": lambda a, _k: self._list(a, "set"),
            "builtins.dict": self._dict,
            "builtins.bytearray": self._bytes,
            "builtins.bytes": self._bytes,
            "builtins.memoryview": self._bytes,
            "array.array": lambda a, _k: self.m.heap.node("copy", (self.m.flow(a[-1]),)),
            "builtins.iter": lambda a, _k: a[0],
            "builtins.next": self._next,
            "functools.reduce": self._reduce,
        }

    def _of_objects(self) -> dict[str, Model]:
        return {
            "builtins.isinstance": self._isinstance,
            "builtins.issubclass": lambda _a, _k: self.m.heap.number("issubclass"),
            "builtins.hasattr": self._hasattr,
            "builtins.getattr": self._getattr,
            "builtins.setattr": self._setattr,
            "builtins.delattr": lambda _a, _k: self.m.heap.const(None),
            "builtins.callable": lambda _a, _k: self.m.heap.number("callable"),
            "builtins.id": lambda a, _k: self.m.heap.number("id", (self.m.flow(a[0]),)),
            "builtins.super": lambda _a, _k: self._super(),
            "builtins.vars": lambda a, _k: self.m.attributes.read(a[0], "__dict__"),
            "builtins.globals": lambda _a, _k: self._globals(),
            "builtins.locals": lambda _a, _k: self._locals(),
            "builtins.type": lambda a, _k: self._type(a),
            "builtins.object": lambda _a, _k: self._object(),
            "functools.wraps": lambda _a, _k: Partial(Ext("functools.update_wrapper"), (), ()),
            "functools.partial": lambda a, k: Partial(a[0], tuple(a[1:]), tuple(k.items())),
            "types.SimpleNamespace": lambda _a, k: self._namespace(k),
            "argparse.Namespace": lambda _a, k: self._namespace(k),
            "dataclasses.field": self._field,
            "dataclasses.replace": lambda a, k: self._replace(a[0], k),
            "dataclasses.asdict": lambda a, _k: self.m.attributes.read(a[0], "__dict__"),
            "copy.deepcopy": lambda a, _k: self.m.neural.clone(a[0], deep=True),
            "copy.copy": lambda a, _k: self.m.neural.clone(a[0], deep=False),
        }

    def _of_numbers(self) -> dict[str, Model]:
        return {
            "builtins.str": lambda a, _k: self._str(a),
            "builtins.min": lambda a, k: self._extreme("min", a, k),
            "builtins.max": lambda a, k: self._extreme("max", a, k),
            "builtins.sum": lambda a, _k: self._sum(a),
            "builtins.any": lambda a, _k: self._quantified("any", a),
            "builtins.all": lambda a, _k: self._quantified("all", a),
            "builtins.abs": lambda a, _k: self._fold("abs", abs, a),
            "builtins.round": lambda a, _k: self._fold("round", round, a),
            "builtins.pow": lambda a, _k: self.m.expressions.binary("**", a[0], a[1]),
            "builtins.divmod": lambda a, _k: self._divmod(a),
            "math.ceil": lambda a, _k: self._math("ceil", a),
            "math.floor": lambda a, _k: self._math("floor", a),
            "math.log": lambda a, _k: self._math("log", a),
            "math.log2": lambda a, _k: self._math("log2", a),
            "math.sqrt": lambda a, _k: self._math("sqrt", a),
            "math.exp": lambda a, _k: self._math("exp", a),
        }

    def call(self, path: str, args: list[Value], keywords: Keywords) -> Value | None:
        """A model of the call, `None` where it is not one of these."""
        if path in _PRINTERS or path.endswith((".logger.info", ".Logger.info")):
            return self._print(path, args, keywords)
        if path in _EXITS:
            self.m.calls.exit()
            return self.m.heap.const(None)
        if path in tables.CLOCKS:
            return self.m.heap.number("clock", (), path)
        if path in tables.IDENTITY_CALLS:
            return self._identity(path, args)
        model = self._models.get(path)
        if model is not None:
            try:
                return model(args, keywords)
            except (IndexError, KeyError):
                return None
        if path in _SIZES:
            return self._convert(path, args)
        return None

    # --- environment -----------------------------------------------------------------------------

    def environment(self, name: Value, default: Value | None) -> Value:
        """The value of an environment variable in the submitted run."""
        if not isinstance(name, Const) or not isinstance(name.value, str):
            return self.m.heap.node("setting", (self.m.flow(name),), "?")
        key = name.value
        if key in self._environment:
            return self._environment[key]
        fallback = default.value if isinstance(default, Const) else None
        text = None if fallback is None else str(fallback)
        value = _LAUNCHED.get(key) or self.m.world.setting(key, text)
        self.m.world.default(key, text if isinstance(default, Const) else "?")
        if value is not None:
            return self.m.heap.const(value, frozenset({key}))
        if default is None:
            return self.m.heap.node("setting", (), key)
        if isinstance(default, Const):
            return self.m.heap.const(default.value, default.origin | {key})
        return default

    def has_environment(self, name: Value) -> bool | None:
        """Whether an environment variable is set in the submitted run."""
        if not isinstance(name, Const):
            return None
        key = str(name.value)
        return (
            key in self._environment
            or key in (*_LAUNCHED, "WORLD_SIZE")
            or self.m.world.setting(key) is not None
        )

    def set_environment(self, name: Value, value: Value) -> None:
        """`os.environ[name] = value`."""
        if isinstance(name, Const):
            self.m.heap.put(self._environment, name.value, value)

    def _environ_get(self, args: list[Value], keywords: Keywords) -> Value:
        default = args[1] if len(args) > 1 else keywords.get("default", self.m.heap.const(None))
        return self.environment(args[0], default)

    def _environ_setdefault(self, args: list[Value], keywords: Keywords) -> Value:
        value = self._environ_get(args, keywords)
        self.set_environment(args[0], value)
        return value

    def _environ_update(self, args: list[Value], keywords: Keywords) -> Value:
        for source in args:
            if isinstance(source, DictObj):
                for name, value in self.m.containers.text_keys(source).items():
                    self.m.heap.put(self._environment, name, value)
        for name, value in keywords.items():
            self.m.heap.put(self._environment, name, value)
        return self.m.heap.const(None)

    def _environ_put(self, args: list[Value]) -> Value:
        self.set_environment(args[0], args[1])
        return self.m.heap.const(None)

    # --- output ----------------------------------------------------------------------------------

    def _print(self, path: str, args: list[Value], keywords: Keywords) -> Value:
        if path == "wandb.log":
            return self.m.heap.const(None)
        if len(args) > 1 and path.startswith("logging."):
            template = args[0]
            if isinstance(template, Const) and isinstance(template.value, str):
                args = [self.m.texts.percent(template.value, self.m.flow(Tup(tuple(args[1:]))))]
        separator = keywords.get("sep")
        between = separator.value if isinstance(separator, Const) else " "
        text = self.m.texts.join(args, between if isinstance(between, str) else " ")
        self.m.events.add(EventKind.REPORT, text)
        return self.m.heap.const(None)

    # --- sequences -------------------------------------------------------------------------------

    def _len(self, args: list[Value], keywords: Keywords) -> Value:  # noqa: ARG002
        value = args[0]
        if isinstance(value, Const) and isinstance(value.value, str | bytes):
            return self.m.heap.const(len(value.value))
        exact = self.m.iteration.exact(value)
        if exact is not None:
            return self.m.heap.const(len(exact))
        if isinstance(value, Range):
            span = (value.start, value.stop, value.step)
            return self.m.heap.number("len", span)
        if defines(value, "__len__"):
            return self.m.calls.method(value, "__len__", [])
        return self.m.heap.number("len", (self.m.flow(value),))

    def _range(self, args: list[Value], keywords: Keywords) -> Value:  # noqa: ARG002
        nodes = [self.m.flow(arg) for arg in args]
        zero, one = self.m.heap.const(0), self.m.heap.const(1)
        if len(nodes) == 1:
            return Range(zero, nodes[0], one)
        return Range(nodes[0], nodes[1], nodes[2] if len(nodes) > 2 else one)

    def _enumerate(self, args: list[Value], keywords: Keywords) -> Value:
        source = args[0]
        start = args[1] if len(args) > 1 else keywords.get("start", self.m.heap.const(0))
        exact = self.m.iteration.exact(source)
        if exact is not None and isinstance(start, Const):
            pairs: list[Value] = [
                Tup((self.m.heap.const(start.value + i), item)) for i, item in enumerate(exact)
            ]
            return self.m.containers.new_list(pairs)
        pipe = self.m.iteration.pipe(source)
        if pipe is not None:
            return Pipe(
                lambda visit: pipe.run(lambda v: visit(Tup((self.m.iteration.number(), v))))
            )

        def make(position: Node) -> Value:
            return Tup((position, self.m.iteration.element_at(source, position)))

        return Lazy(make, self.m.flow(source))

    def _zip(self, args: list[Value], keywords: Keywords) -> Value:  # noqa: ARG002
        exacts = [self.m.iteration.exact(arg) for arg in args]
        if exacts and all(exact is not None for exact in exacts):
            rows = zip(*(exact or [] for exact in exacts), strict=False)
            return self.m.containers.new_list([Tup(tuple(row)) for row in rows])
        pipes = [self.m.iteration.pipe(arg) for arg in args]
        if any(pipe is not None for pipe in pipes):
            return self._zipped(args, pipes)

        def make(position: Node) -> Value:
            return Tup(tuple(self.m.iteration.element_at(arg, position) for arg in args))

        return Lazy(make, self.m.flow(Tup(tuple(args))))

    def _zipped(self, args: list[Value], pipes: list[Pipe | None]) -> Value:
        """`zip` where code that runs produces some of the elements: in one turn."""

        def run(visit: Callable[[Value], Any]) -> None:
            def take(taken: dict[int, Value], left: list[int]) -> None:
                if left:
                    pipe = pipes[left[0]]
                    assert pipe is not None  # noqa: S101  (only these are left)
                    pipe.run(lambda v: take({**taken, left[0]: v}, left[1:]))
                    return
                at = self.m.iteration.number()
                row = [
                    taken[i] if i in taken else self.m.iteration.element_at(arg, at)
                    for i, arg in enumerate(args)
                ]
                visit(Tup(tuple(row)))

            take({}, [i for i, pipe in enumerate(pipes) if pipe is not None])

        return Pipe(run)

    def _again(self, source: Value, op: str) -> Value:
        """The same elements in another order."""
        exact = self.m.iteration.exact(source)
        if exact is not None:
            ordered = list(reversed(exact)) if op == "reversed" else exact
            return self.m.containers.new_list(ordered)

        def make(position: Node) -> Value:
            return self.m.iteration.element_at(source, self.m.heap.number(op, (position,)))

        return Lazy(make, self.m.flow(source))

    def _sorted(self, args: list[Value], keywords: Keywords) -> Value:
        source = args[0]
        exact = self.m.iteration.exact(source)
        if exact is not None and all(isinstance(item, Const) for item in exact):
            try:
                known = sorted(item.value for item in exact if isinstance(item, Const))
            except TypeError:
                return self._again(source, "sorted")
            if "key" not in keywords:
                return self.m.containers.new_list([self.m.heap.const(v) for v in known])
        return self._again(source, "sorted")

    def _map(self, args: list[Value], keywords: Keywords) -> Value:  # noqa: ARG002
        func, sources = args[0], args[1:]
        exacts = [self.m.iteration.exact(source) for source in sources]
        if all(exact is not None and len(exact) <= 16 for exact in exacts):
            rows = zip(*(exact or [] for exact in exacts), strict=False)
            return self.m.containers.new_list(
                [self.m.calls.call(func, list(row), {}, None) for row in rows]
            )
        rows_of = self._zip(sources, {}) if len(sources) > 1 else sources[0]

        def run(visit: Callable[[Value], Any]) -> None:
            def apply(row: Value) -> None:
                given = list(row.items) if len(sources) > 1 and isinstance(row, Tup) else [row]
                visit(self.m.calls.call(func, given, {}, None))

            self.m.iteration.each(rows_of, apply, self.here())

        return Pipe(run)

    def here(self) -> Frame:
        """The call that is running."""
        frame = self.m.heap.frame
        assert frame is not None  # noqa: S101  (some module is running)
        return frame

    def _filtered(self, args: list[Value]) -> Value:
        pipe = self.m.iteration.pipe(args[1])
        if pipe is not None:
            return pipe
        return self.m.containers.summary_list(self.m.iteration.any_of(args[1]))

    def _list(self, args: list[Value], kind: str) -> Value:
        if not args:
            return self.m.containers.new_list([], kind)
        exact = self.m.iteration.exact(args[0])
        if exact is not None:
            return self.m.containers.new_list(exact, kind)
        return self.m.containers.summary_list(self.m.iteration.any_of(args[0]), kind)

    def _tuple(self, args: list[Value]) -> Value:
        if not args:
            return Tup(())
        exact = self.m.iteration.exact(args[0])
        if exact is not None:
            return Tup(tuple(exact))
        return self.m.containers.summary_list(self.m.iteration.any_of(args[0]))

    def _dict(self, args: list[Value], keywords: Keywords) -> Value:
        made = self.m.containers.new_dict(keywords)
        for source in args:
            self.m.containers.update_dict(made, source)
        return made

    def _bytes(self, args: list[Value], keywords: Keywords) -> Value:  # noqa: ARG002
        if not args:
            return self.m.heap.node("alloc", (), ())
        value = args[0]
        if isinstance(value, Const) and isinstance(value.value, bytes):
            return value
        node = self.m.flow(value)
        return self.m.heap.node("alloc", (), ()) if node.num else self.m.heap.node("copy", (node,))

    def _next(self, args: list[Value], keywords: Keywords) -> Value:  # noqa: ARG002
        source = args[0]
        if defines(source, "__next__"):
            return self.m.calls.method(source, "__next__", [])
        position = self.m.heap.number("next")
        return self.m.iteration.element_at(source, position)

    def _extreme(self, op: str, args: list[Value], keywords: Keywords) -> Value:
        values = args
        if len(args) == 1:
            exact = self.m.iteration.exact(args[0])
            if exact is None and "key" not in keywords:
                return self._over(op, args[0])
            values = [self.m.iteration.any_of(args[0])] if exact is None else exact
        if values and all(isinstance(v, Const) for v in values) and "key" not in keywords:
            known = [v.value for v in values if isinstance(v, Const)]
            try:
                picked = min(known) if op == "min" else max(known)
            except TypeError:
                return self._over(op, args[0])
            return self.m.heap.const(picked)
        if "key" in keywords or not all(isinstance(value, Node) for value in values):
            return self._chosen(values, keywords.get("key"))
        nodes = tuple(self.m.flow(value) for value in values)
        made = self.m.heap.node("minimum" if op == "min" else "maximum", nodes)
        made.num = all(node.num for node in nodes)
        return made

    def _chosen(self, values: list[Value], key: Value | None) -> Value:
        """One of several values, picked by comparing their keys or their first items."""
        if not values:
            return self.m.heap.node("missing")
        if key is None:
            keys = [v.items[0] for v in values if isinstance(v, Tup) and v.items]
        else:
            keys = [self.m.calls.call(key, [value], {}, None) for value in values]
        grounds = tuple(self.m.flow(one) for one in keys)
        picked = self.m.join(values)
        parts = picked.items if isinstance(picked, Tup) else (picked,)
        made = tuple(self._by_comparing(part, grounds) for part in parts)
        return Tup(made) if isinstance(picked, Tup) else made[0]

    def _by_comparing(self, value: Value, grounds: tuple[Node, ...]) -> Value:
        if not isinstance(value, Node):
            return value
        made = self.m.heap.node("chosen", (value, *grounds))
        made.num = value.num
        return made

    def _over(self, op: str, source: Value) -> Node:
        node = self.m.flow(source)
        made = self.m.heap.node(op, (node,))
        made.num = node.num or isinstance(source, ListObj | Lazy)
        return made

    def _sum(self, args: list[Value]) -> Value:
        exact = self.m.iteration.exact(args[0])
        if exact is not None and all(isinstance(v, Const) for v in exact):
            return self.m.heap.const(sum(v.value for v in exact if isinstance(v, Const)))
        if exact:
            total: Value = exact[0]
            for item in exact[1:]:
                total = self.m.expressions.binary("+", total, item)
            return total
        source = self.m.iteration.pipe(args[0]) or args[0]
        node = self.m.flow(source)
        made = self.m.heap.node("sum", (node,))
        made.num = node.num
        return made

    def _quantified(self, op: str, args: list[Value]) -> Value:
        exact = self.m.iteration.exact(args[0])
        if exact is not None:
            truths = [self.m.truth(item) for item in exact]
            decisive = op == "any"
            if decisive in truths:
                return self.m.heap.const(decisive)
            if None not in truths:
                return self.m.heap.const(not decisive)
        return self.m.heap.number(op, (self.m.flow(args[0]),))

    def _reduce(self, args: list[Value], keywords: Keywords) -> Value:  # noqa: ARG002
        if len(args) < 3:
            item = self.m.iteration.any_of(args[1])
            return self.m.calls.call(args[0], [item, item], {}, None)
        cells: Cells = {"carried": args[2]}

        def step(item: Value) -> None:
            carried = self.m.heap.get(cells, "carried") or args[2]
            result = self.m.calls.call(args[0], [carried, item], {}, None)
            self.m.heap.put(cells, "carried", result)

        self.m.iteration.each(args[1], step, self.here())
        return cells["carried"]

    # --- numbers and text ------------------------------------------------------------------------

    def _convert(self, path: str, args: list[Value]) -> Value:
        kind = path.rsplit(".", maxsplit=1)[-1]
        if not args:
            return self.m.heap.const({"int": 0, "float": 0.0, "bool": False}.get(kind))
        value = args[0]
        if kind == "bool":
            truth = self.m.truth(value)
            if truth is not None:
                origin = value.origin if isinstance(value, Const) else frozenset()
                return self.m.heap.const(truth, origin)
        if isinstance(value, Const):
            makers: dict[str, Callable[[Any], Any]] = {"int": int, "float": float, "ord": ord}
            maker = makers.get(kind)
            try:
                if maker is not None:
                    return self.m.heap.const(maker(value.value), value.origin)
            except (TypeError, ValueError, OverflowError):
                pass
        return self.m.heap.number(kind, (self.m.flow(value),))

    def _fold(self, op: str, function: Callable[..., Any], args: list[Value]) -> Value:
        if all(isinstance(arg, Const) for arg in args):
            try:
                return self.m.heap.const(function(*(a.value for a in args if isinstance(a, Const))))
            except (TypeError, ValueError, OverflowError):
                pass
        node = self.m.flow(args[0])
        made = self.m.heap.node(op, (node,))
        made.num = node.num
        return made

    def _math(self, op: str, args: list[Value]) -> Value:
        if all(isinstance(arg, Const) for arg in args):
            try:
                known = (a.value for a in args if isinstance(a, Const))
                return self.m.heap.const(getattr(math, op)(*known))
            except (TypeError, ValueError, OverflowError):
                pass
        name = tables.CANONICAL.get(op, op)
        return self.m.heap.number(name, tuple(self.m.flow(arg) for arg in args))

    def _divmod(self, args: list[Value]) -> Value:
        return Tup(
            (
                self.m.expressions.binary("//", args[0], args[1]),
                self.m.expressions.binary("%", args[0], args[1]),
            )
        )

    def _str(self, args: list[Value]) -> Value:
        return self.m.texts.format([(args[0], "", "")]) if args else self.m.heap.const("")

    def text_method(
        self, receiver: Const, name: str, args: list[Value], keywords: Keywords
    ) -> Value:
        """A method of a known string or bytes."""
        if name == "format" and isinstance(receiver.value, str):
            return self.m.texts.braces(receiver.value, args, keywords)
        if name == "join":
            return self._join(receiver, args)
        known = [arg.value for arg in args if isinstance(arg, Const)]
        if len(known) == len(args) and _is_safe(receiver.value, name, known):
            try:
                result = getattr(receiver.value, name)(*known)
            except (TypeError, ValueError, AttributeError, IndexError, LookupError):
                return self.m.heap.node(name, (receiver,))
            if isinstance(result, list):
                return self.m.containers.new_list([self.m.heap.const(v) for v in result])
            return self.m.heap.const(result, receiver.origin)
        return self.m.heap.node(name, (receiver, *(self.m.flow(arg) for arg in args)))

    def _join(self, separator: Const, args: list[Value]) -> Value:
        exact = self.m.iteration.exact(args[0])
        if exact is None:
            return self.m.heap.node("text_join", (separator, self.m.flow(args[0])))
        if isinstance(separator.value, str):
            return self.m.texts.join(exact, separator.value)
        if all(isinstance(v, Const) and isinstance(v.value, bytes) for v in exact):
            parts = [v.value for v in exact if isinstance(v, Const)]
            return self.m.heap.const(separator.value.join(parts))
        return self.m.heap.node("join", tuple(self.m.flow(item) for item in exact))

    def node_method(
        self, receiver: Node, name: str, args: list[Value], keywords: Keywords
    ) -> Value | None:
        """A method of an unknown value that is not an array's."""
        if name == "join" and args:
            return self.m.heap.node("text_join", (receiver, self.m.flow(args[0])))
        if receiver.op == "text" or name in ("encode", "decode", "strip", "lower", "upper"):
            return self.m.heap.node(name, (self.m.heap.content(receiver),))
        if name in ("append", "extend", "add", "update", "insert", "put") and args:
            old = self.m.heap.content(receiver)
            self.m.heap.mutate(receiver, self.m.heap.node("join", (old, self.m.flow(args[-1]))))
            return self.m.heap.const(None)
        if name in ("info", "debug", "warning", "error") and receiver.op == "call":
            return self._print("logging.info", args, keywords)
        return None

    # --- objects ---------------------------------------------------------------------------------

    def _isinstance(self, args: list[Value], keywords: Keywords) -> Value:  # noqa: ARG002
        value, kinds = args[0], args[1]
        wanted = kinds.items if isinstance(kinds, Tup) else (kinds,)
        answers = {self._is_a(value, kind) for kind in wanted}
        if True in answers:
            return self.m.heap.const(value=True)
        if answers == {False}:
            return self.m.heap.const(value=False)
        return self.m.heap.number("isinstance", (self.m.flow(value),))

    def _is_a(self, value: Value, kind: Value) -> bool | None:
        path = kind.path if isinstance(kind, Ext) else ""
        if isinstance(value, Choice):
            answers = {self._is_a(option, kind) for option in value.options}
            return answers.pop() if len(answers) == 1 else None
        if isinstance(kind, ClassObj):
            if isinstance(value, Instance):
                return value.cls is not None and kind in value.cls.lineage()
            return None if isinstance(value, Node) and not isinstance(value, Const) else False
        if isinstance(value, Const):
            names = {"str": str, "bytes": bytes, "int": int, "float": float, "bool": bool}
            known = names.get(path.removeprefix("builtins."))
            if known is not None:
                return isinstance(value.value, known)
            return False if path.endswith(("Tensor", "Module", "ndarray")) else None
        if isinstance(value, ListObj | Tup | DictObj):
            made = {"list": "list", "set": "set"}.get(getattr(value, "kind", ""), "")
            made = (
                "tuple"
                if isinstance(value, Tup)
                else "dict"
                if isinstance(value, DictObj)
                else made
            )
            if path.startswith("builtins."):
                return path == f"builtins.{made}"
            return False if path.endswith(("Tensor", "Module", "ndarray")) else None
        if isinstance(value, Instance):
            return self.m.neural.is_instance(value, path)
        if isinstance(value, Node) and not value.num and path.endswith(("torch.Tensor", "ndarray")):
            return None if value.op in ("missing", "call", "opaque", "phi", "choice") else True
        return None

    def _hasattr(self, args: list[Value], keywords: Keywords) -> Value:  # noqa: ARG002
        value, name = args[0], args[1]
        if isinstance(name, Const) and isinstance(value, Instance | ClassObj | Function):
            found = self.m.attributes.find(value, str(name.value)) is not None
            library = isinstance(value, Instance) and value.cls is None
            if found or not library:
                return self.m.heap.const(found)
        if isinstance(value, Ext):
            return self.m.heap.const(value=True)
        return self.m.heap.number("hasattr", (self.m.flow(value),))

    def _getattr(self, args: list[Value], keywords: Keywords) -> Value:  # noqa: ARG002
        value, name = args[0], args[1]
        if not isinstance(name, Const) or not isinstance(name.value, str):
            return self.m.heap.node("getattr", (self.m.flow(value), self.m.flow(name)))
        if len(args) > 2 and isinstance(value, Instance | ClassObj | Function):
            found = self.m.attributes.find(value, name.value)
            if found is None and not (isinstance(value, Instance) and value.cls is None):
                return args[2]
        if isinstance(value, Const) and value.value is None and len(args) > 2:
            return args[2]
        return self.m.attributes.read(value, name.value)

    def _setattr(self, args: list[Value], keywords: Keywords) -> Value:  # noqa: ARG002
        if isinstance(args[1], Const):
            self.m.attributes.write(args[0], str(args[1].value), args[2])
        return self.m.heap.const(None)

    def _super(self) -> Value:
        frame = self.m.heap.frame
        while frame is not None and (frame.func is None or frame.func.bound is None):
            frame = frame.closure
        if frame is None or frame.func is None or frame.func.bound is None:
            return Ext("builtins.object")
        return Super(frame.func.bound, frame.func.owner)

    def _type(self, args: list[Value]) -> Value:
        value = args[0]
        if isinstance(value, Instance) and value.cls is not None:
            return value.cls
        return self.m.heap.node("type")

    def _object(self) -> Value:
        return Instance(None, "object", self.m.heap.loop, self.m.heap.stmt)

    def _globals(self) -> Value:
        frame = self.m.heap.frame
        if frame is None:
            return self.m.heap.node("globals")
        return self.m.containers.new_dict(
            {key: cell for key, cell in frame.module.cells.items() if isinstance(key, str)}
        )

    def _locals(self) -> Value:
        frame = self.m.heap.frame
        cells = {} if frame is None else frame.env
        return self.m.containers.new_dict({k: v for k, v in cells.items() if isinstance(k, str)})

    def _namespace(self, keywords: Keywords) -> Value:
        made = Instance(None, "namespace", self.m.heap.loop, self.m.heap.stmt)
        for name, value in keywords.items():
            self.m.heap.put(made.cells, name, value)
        return made

    def _replace(self, value: Value, keywords: Keywords) -> Value:
        made = self.m.neural.clone(value, deep=False)
        if isinstance(made, Instance):
            for name, new in keywords.items():
                self.m.heap.put(made.cells, name, new)
        return made

    def _field(self, args: list[Value], keywords: Keywords) -> Value:  # noqa: ARG002
        node = self.m.heap.node("field")
        node.data = keywords.get("default"), keywords.get("default_factory")
        return node

    def field_default(self, field: Node) -> Value:
        """The value of a dataclass field that was declared with `field(...)`."""
        default, factory = field.data
        if isinstance(default, Value):
            return default
        if isinstance(factory, Value):
            return self.m.calls.call(factory, [], {}, None)
        return self.m.heap.node("missing")

    # --- the rest --------------------------------------------------------------------------------

    def _identity(self, path: str, args: list[Value]) -> Value:
        if not args:
            return Ext(path)  # a decorator with arguments, or a context manager
        return args[0]

    def attribute(self, value: Ext, name: str) -> Value | None:
        """Attributes of library modules whose values matter."""
        if value.path == "math" and name in ("pi", "e", "inf", "nan", "tau"):
            return self.m.heap.const(getattr(math, name))
        if value.path == "sys" and name == "version_info":
            return Tup(tuple(self.m.heap.const(part) for part in (3, 12, 0)))
        if value.path == "string":
            known = getattr(string, name, None)
            return self.m.heap.const(known) if isinstance(known, str) else None
        if name == "__version__":
            return self.m.heap.node("version", (), value.path)
        return None

    def callable_method(
        self, receiver: Value, name: str, args: list[Value], keywords: Keywords
    ) -> Value:
        """A method of a function object, or of a method (`f.cache_clear()`, `tensor.add.at`)."""
        if name in ("__call__", "__wrapped__"):
            return self.m.calls.call(receiver, args, keywords, None)
        if name in {"remote", "apply"}:
            return self.m.calls.call(receiver, args, keywords, None)
        if isinstance(receiver, Method):
            return self.m.library.opaque(name, [receiver.receiver, *args], keywords)
        return self.m.heap.node("call", tuple(self.m.flow(arg) for arg in args), name)


_UNSAFE = re.compile(r"\A(format|format_map|ljust|rjust|center|zfill|expandtabs|translate)\Z")


def _is_safe(text: str | bytes, name: str, args: list[Any]) -> bool:
    """Whether calling the method cannot build a text much longer than what is given."""
    if _UNSAFE.match(name) or name.startswith("_"):
        return False
    if name == "replace" and len(args) >= 2:
        sized = _sized(args[0]) and _sized(args[1])
        return sized and len(text) * max(len(args[1]), 1) <= fold.MAX_TEXT
    return True


def _sized(value: Any) -> bool:
    return isinstance(value, str | bytes)
