"""Methods of lists, sets, dicts and of the containers of `collections`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from auditor.trace.graph import Const, Node, Value
from auditor.trace.objects import Cells, DictObj, Lazy, ListObj, Pipe, Tup

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

Keywords = dict[str, Value]

_LISTS = ("list", "deque", "set", "UserList")
_DICTS = ("dict", "defaultdict", "OrderedDict", "Counter", "UserDict")


class Collections:
    """Containers of Python and of `collections`, `itertools` and `queue`."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def call(self, path: str, args: list[Value], keywords: Keywords) -> Value | None:
        """A model of the call, `None` where it makes no container."""
        if path in ("collections.deque", "queue.Queue", "queue.SimpleQueue"):
            return self._deque(args)
        if path == "collections.defaultdict":
            made = DictObj(self.m.heap.loop, self.m.heap.stmt)
            made.factory = args[0] if args and not _is_none(args[0]) else None
            return made
        if path in ("collections.OrderedDict", "collections.Counter"):
            return self._ordered(path, args, keywords)
        if path == "collections.namedtuple":
            return self.m.heap.node("call", (), path)
        if path.startswith("itertools."):
            return self._itertools(path.removeprefix("itertools."), args, keywords)
        return None

    def _deque(self, args: list[Value]) -> Value:
        if not args:
            return self.m.containers.new_list([], "deque")
        exact = self.m.iteration.exact(args[0])
        if exact is not None:
            return self.m.containers.new_list(exact, "deque")
        return self.m.containers.summary_list(self.m.iteration.any_of(args[0]), "deque")

    def _ordered(self, path: str, args: list[Value], keywords: Keywords) -> Value:
        made = self.m.containers.new_dict(keywords)
        made.counts = path.endswith("Counter")
        for source in args:
            self._take_in(made, source)
        return made

    def _take_in(self, receiver: DictObj, source: Value) -> None:
        """`receiver.update(source)`; a `Counter` adds up the entries or counts the elements."""
        if not receiver.counts or isinstance(source, DictObj):
            self.m.containers.update_dict(receiver, source)
            return
        counted = self.m.iteration.any_of(source)
        old = self.m.containers.get_key(receiver, counted)
        before = () if old is None else (self.m.flow(old),)
        count = self.m.heap.node("count", (*before, self.m.flow(counted)))
        self.m.containers.set_key(receiver, counted, count)

    def _accumulate(self, source: Value, func: Value, start: Value | None) -> Value:
        """Every intermediate result of a fold; the last of them is what is wanted, mostly."""

        def run(visit: Callable[[Value], Any]) -> None:
            cells: Cells = {}
            if start is not None:
                cells["carried"] = start

            def step(item: Value) -> None:
                carried = self.m.heap.get(cells, "carried")
                if carried is not None:
                    item = self.m.calls.call(func, [carried, item], {}, None)
                self.m.heap.put(cells, "carried", item)

            self.m.iteration.each(source, step, self.m.library.python.here())
            if "carried" in cells:
                visit(cells["carried"])

        return Pipe(run)

    def _product(self, sources: list[Value]) -> Value:
        """Every combination: a loop inside a loop."""

        def run(visit: Callable[[Value], Any]) -> None:
            def take(taken: tuple[Value, ...]) -> None:
                if len(taken) == len(sources):
                    visit(Tup(taken))
                    return
                frame = self.m.library.python.here()
                self.m.iteration.each(sources[len(taken)], lambda v: take((*taken, v)), frame)

            take(())

        return Pipe(run)

    def _itertools(self, name: str, args: list[Value], keywords: Keywords) -> Value | None:
        if name == "accumulate" and len(args) > 1:
            return self._accumulate(args[0], args[1], keywords.get("initial"))
        if name in ("chain", "chain.from_iterable", "zip_longest", "product"):
            sources = args
            if name == "chain.from_iterable":
                sources = self.m.iteration.exact(args[0]) or [self.m.iteration.any_of(args[0])]
            if name == "product":
                return self._product(sources)
            made = self.m.containers.new_list([])
            for source in sources:
                self.m.containers.extend(made, source)
            return made
        if name == "count":
            start = self.m.flow(args[0]) if args else self.m.heap.const(0)
            return Lazy(lambda position: position, start)
        if name in ("islice", "cycle", "repeat", "takewhile", "dropwhile", "accumulate", "tee"):
            source = args[-1] if name in ("takewhile", "dropwhile") else args[0]
            return self.m.containers.summary_list(self.m.iteration.any_of(source))
        return None

    def is_container(self, externals: tuple[str, ...]) -> bool:
        """Whether a class derives from a built-in container."""
        return any(name.rpartition(".")[2] in (*_LISTS, *_DICTS) for name in externals)

    def container(self, externals: tuple[str, ...], args: list[Value]) -> Value:
        """The built-in container that an object derives from."""
        if any(name.rpartition(".")[2] in _DICTS for name in externals):
            return self._ordered("", args, {})
        return self._deque(args)

    # --- methods ---------------------------------------------------------------------------------

    def list_method(
        self, receiver: ListObj, name: str, args: list[Value], keywords: Keywords
    ) -> Value:
        """A method of a list, set or deque."""
        if name in ("pop", "popleft", "get", "get_nowait"):
            return self._pop(receiver, name, args)
        if name in ("copy", "union", "difference", "intersection"):
            return self._copy(receiver, args if name == "union" else [])
        if name in ("index", "count", "qsize"):
            flows = tuple(self.m.flow(value) for value in (receiver, *args))
            return self.m.heap.number(name, flows)
        if name == "item":
            return self.m.flow(receiver)
        self._change(receiver, name, args, keywords)
        return self.m.heap.const(None)

    def _change(self, receiver: ListObj, name: str, args: list[Value], keywords: Keywords) -> None:
        """A method that changes the list and returns nothing."""
        containers = self.m.containers
        if name in ("append", "add", "appendleft", "put", "put_nowait", "push"):
            containers.append(receiver, args[0])
        elif name in ("extend", "update", "extendleft", "union_update"):
            for source in args:
                containers.extend(receiver, source)
        elif name == "insert" and len(args) > 1:
            self._insert(receiver, args)
        elif name == "clear":
            containers.clear(receiver)
        elif name in ("sort", "reverse", "shuffle"):
            self._reorder(receiver, name, keywords)
        elif name in ("rotate", "remove", "discard") and "items" in receiver.cells:
            containers.generalise(receiver)

    def _copy(self, receiver: ListObj, more: list[Value]) -> Value:
        made = self.m.containers.combine("+", receiver, self.m.containers.new_list([]))
        if not isinstance(made, ListObj):
            return receiver
        for source in more:
            self.m.containers.extend(made, source)
        return made

    def _insert(self, receiver: ListObj, args: list[Value]) -> None:
        exact = self.m.containers.exact(receiver)
        at = args[0].value if isinstance(args[0], Const) else None
        if exact is not None and isinstance(at, int):
            items = list(exact)
            items.insert(at, args[1])
            self.m.containers.replace(receiver, items)
        else:
            self.m.containers.append(receiver, args[1])

    def _reorder(self, receiver: ListObj, name: str, keywords: Keywords) -> None:
        """Another order of the same elements; a known order is kept only for a plain reversal."""
        exact = self.m.containers.exact(receiver)
        if exact is None:
            elem = self.m.containers.elem(receiver)
            if elem is not None:
                place = self.m.heap.number("sorted")
                moved = self.m.iteration.indexed(elem, place)
                self.m.heap.put(receiver.cells, "elem", moved)
            return
        if len(exact) < 2:
            return
        if name == "reverse":
            self.m.containers.replace(receiver, list(reversed(exact)))
        elif keywords or not all(isinstance(item, Const) for item in exact):
            self.m.containers.generalise(receiver)

    def _pop(self, receiver: ListObj, name: str, args: list[Value]) -> Value:
        exact = self.m.containers.exact(receiver)
        at = args[0].value if args and isinstance(args[0], Const) else -1
        if name in ("popleft", "get", "get_nowait"):
            at = 0
        if exact and isinstance(at, int) and -len(exact) <= at < len(exact):
            items = list(exact)
            taken = items.pop(at)
            self.m.containers.replace(receiver, items)
            return taken
        elem = self.m.containers.elem(receiver)
        if elem is None:
            return self.m.heap.node("missing")
        return self.m.iteration.indexed(elem, self.m.heap.number("popped"))

    def dict_method(
        self, receiver: DictObj, name: str, args: list[Value], keywords: Keywords
    ) -> Value:
        """A method of a dict."""
        containers, heap = self.m.containers, self.m.heap
        if name == "update":
            for source in args:
                self._take_in(receiver, source)
            for key, value in keywords.items():
                containers.set_key(receiver, heap.const(key), value)
            return heap.const(None)
        if name == "clear":
            for cell in list(receiver.cells):
                heap.drop(receiver.cells, cell)
            return heap.const(None)
        if name == "move_to_end":
            return heap.const(None)
        found = self._looked_up(receiver, name, args) or self._listed(receiver, name)
        return found or self.m.library.opaque(name, [receiver, *args], keywords)

    def _looked_up(self, receiver: DictObj, name: str, args: list[Value]) -> Value | None:
        """Methods of a dict about one key."""
        if name == "get":
            return self._get(receiver, args)
        if name == "setdefault":
            return self._setdefault(receiver, args)
        if name in ("pop", "popitem"):
            if not args:
                return self.m.heap.node("missing")
            found = self.m.containers.delete_key(receiver, args[0])
            return found or (args[1] if len(args) > 1 else self.m.heap.node("missing"))
        return None

    def _listed(self, receiver: DictObj, name: str) -> Value | None:
        """Methods of a dict about all it holds."""
        if name in ("keys", "values", "items"):
            return self.m.containers.view(receiver, name)
        if name in ("most_common", "elements"):
            return self.m.containers.view(receiver, "items")
        if name == "total":
            return self.m.flow(receiver)
        if name == "copy":
            made = DictObj(self.m.heap.loop, self.m.heap.stmt)
            made.factory = receiver.factory
            self.m.containers.update_dict(made, receiver)
            return made
        return None

    def _get(self, receiver: DictObj, args: list[Value]) -> Value:
        found = self.m.containers.get_key(receiver, args[0])
        default = args[1] if len(args) > 1 else self.m.heap.const(None)
        if found is None:
            return default
        if isinstance(args[0], Const) and "rest" not in receiver.cells:
            return found
        return self.m.heap.either(found, default) or found

    def _setdefault(self, receiver: DictObj, args: list[Value]) -> Value:
        found = self.m.containers.get_key(receiver, args[0])
        if found is not None and not _vacant(found):
            return found
        default = args[1] if len(args) > 1 else self.m.heap.const(None)
        self.m.containers.set_key(receiver, args[0], default)
        if isinstance(default, Node) and not default.num:
            return self.m.containers.get_key(receiver, args[0]) or default  # or an earlier turn's
        return default

    def sequence_method(self, receiver: Value, name: str, args: list[Value]) -> Value:
        """A method of a tuple, range or iterator."""
        if name in ("index", "count"):
            return self.m.heap.number(name, (self.m.flow(receiver), *map(self.m.flow, args)))
        if name == "__next__":
            return self.m.iteration.element_at(receiver, self.m.heap.number("next"))
        if name in ("close", "set_description", "set_postfix"):
            return self.m.heap.const(None)
        return self.m.heap.node(name, (self.m.flow(receiver),))


def _vacant(value: Value) -> bool:
    """Whether a value was read from a container that nothing has been put into yet."""
    node, seen = value, 0
    while isinstance(node, Node) and node.op in ("elem", "phi", "alias", "after") and seen < 40:
        node, seen = node.ins[0], seen + 1
    return isinstance(node, Node) and node.op == "empty"


def _is_none(value: Value) -> bool:
    return isinstance(value, Const) and value.value is None
