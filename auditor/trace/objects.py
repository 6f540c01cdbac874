"""What a variable can hold besides plain values: containers, instances, functions, modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeGuard

from auditor.trace.graph import Loop, Node, Value

if TYPE_CHECKING:
    from auditor.program import ir

Cells = dict[Any, Value]
"""The mutable part of an object. Written through the heap only, so that branches can be undone."""


class Tup(Value):
    """An immutable tuple of known length."""

    __slots__ = ("items",)

    def __init__(self, items: tuple[Value, ...]) -> None:
        self.items = items


class Choice(Value):
    """One of several values, where an undecided branch chose."""

    __slots__ = ("options",)

    def __init__(self, options: tuple[Value, ...]) -> None:
        self.options = options


class Range(Value):
    """`range(start, stop, step)`."""

    __slots__ = ("start", "step", "stop")

    def __init__(self, start: Node, stop: Node, step: Node) -> None:
        self.start = start
        self.stop = stop
        self.step = step


class Obj(Value):
    """Something with identity. `loop` is where it was made; its content lives in `cells`.

    `hot` tells that arrays in it may be changed in place, as `Node.hot` does for an array.
    """

    __slots__ = ("cells", "hot", "loop", "stmt")

    def __init__(self, loop: Loop | None, stmt: ir.Stmt | None) -> None:
        self.loop = loop
        self.stmt = stmt
        self.hot = False
        self.cells: Cells = {}


class ListObj(Obj):
    """A list, set or deque.

    `cells["items"]` is a `Tup` while the exact content is known. Afterwards `cells["elem"]` stands
    for every element at once; it is absent while the list is known to be empty.

    A list that was picked out of many alike shares its cells with them; `at` is the position it was
    picked from. `recipe` is the comprehension of several clauses that made it, with the call in
    which it did, until the list changes: iterating means running those loops inside each other.
    """

    __slots__ = ("at", "kind", "recipe")

    def __init__(self, loop: Loop | None, stmt: ir.Stmt | None, kind: str = "list") -> None:
        super().__init__(loop, stmt)
        self.kind = kind
        self.at: Node | None = None
        self.recipe: tuple[ir.Comp, Frame] | None = None

    def picked(self, position: Node) -> ListObj:
        """This list, as the one at `position` of many alike."""
        made = ListObj(self.loop, self.stmt, self.kind)
        made.cells = self.cells
        made.at, made.hot = position, self.hot
        return made


class DictObj(Obj):
    """A dict. Known keys are cells `("k", key)`; `rest` stands for all other values at once.

    `factory` makes a missing value, as in a `defaultdict`. `counts` says that it counts what it is
    given, as a `Counter` does. `filtered` tells that a comprehension left some entries out.
    """

    __slots__ = ("counts", "factory", "filtered")

    def __init__(self, loop: Loop | None, stmt: ir.Stmt | None) -> None:
        super().__init__(loop, stmt)
        self.factory: Value | None = None
        self.counts = False
        self.filtered = False


class Namespace(Obj):
    """A module of the submission; its cells are its globals."""

    __slots__ = ("file", "layer", "name")

    def __init__(self, name: str, file: str, layer: str | None) -> None:
        super().__init__(None, None)
        self.name = name
        self.file = file
        self.layer = layer


class ClassObj(Obj):
    """A class of the submission. `external` are dotted names of bases that are not in it."""

    __slots__ = ("bases", "external", "fields", "name", "node")

    def __init__(
        self,
        name: str,
        node: ir.ClassDef | None,
        bases: tuple[ClassObj, ...],
        external: tuple[str, ...],
        loop: Loop | None,
    ) -> None:
        super().__init__(loop, node)
        self.name = name
        self.node = node
        self.bases = bases
        self.external = external
        self.fields: tuple[str, ...] | None = None

    def lineage(self) -> tuple[ClassObj, ...]:
        """This class and its bases in the submission, nearest first."""
        seen: list[ClassObj] = []
        stack: list[ClassObj] = [self]
        while stack:
            cls = stack.pop(0)
            if cls not in seen:
                seen.append(cls)
                stack.extend(cls.bases)
        return tuple(seen)

    def externals(self) -> tuple[str, ...]:
        """Dotted names of all library classes it derives from."""
        return tuple(name for cls in self.lineage() for name in cls.external)

    def lookup(self, name: str) -> Value | None:
        """The class attribute of that name, following the bases."""
        for cls in self.lineage():
            value = cls.cells.get(name)
            if value is not None:
                return value
        return None


class Instance(Obj):
    """An object of a class of the submission, or of a library class that holds weights.

    Attributes:
        cls: its class, `None` for a library's.
        library: dotted name of the library class, `""` for the submission's own.
        weights: the root of its learned state where it is a neural module, otherwise `None`.
        owned: for an optimiser, the parameters it updates.
    """

    __slots__ = ("cls", "library", "owned", "weights")

    def __init__(
        self, cls: ClassObj | None, library: str, loop: Loop | None, stmt: ir.Stmt | None
    ) -> None:
        super().__init__(loop, stmt)
        self.cls = cls
        self.library = library
        self.weights: Node | None = None
        self.owned: tuple[Node, ...] | None = None


def defines(value: Value, name: str) -> TypeGuard[Instance]:
    """Whether a value is an object whose class, in the submission, has a method of that name."""
    return (
        isinstance(value, Instance) and value.cls is not None and value.cls.lookup(name) is not None
    )


class FileObj(Obj):
    """An open file, an in-memory buffer or a path that is read and written through.

    `cells["content"]` is what it holds; `path` is where that goes, `None` for a buffer.
    """

    __slots__ = ("mode", "path")

    def __init__(
        self, path: Node | None, mode: str, loop: Loop | None, stmt: ir.Stmt | None
    ) -> None:
        super().__init__(loop, stmt)
        self.path = path
        self.mode = mode


class Function(Value):
    """A function of the submission, with the frame it closes over and the object it is bound to."""

    __slots__ = ("bound", "closure", "defaults", "module", "name", "node", "owner", "traits")

    def __init__(
        self,
        name: str,
        node: ir.FunctionDef | ir.Lambda,
        closure: Frame | None,
        module: Namespace,
        defaults: dict[str, Value],
    ) -> None:
        self.name = name
        self.node = node
        self.closure = closure
        self.module = module
        self.defaults = defaults
        self.bound: Value | None = None
        self.owner: ClassObj | None = None
        self.traits: frozenset[str] = frozenset()

    def bind(self, receiver: Value) -> Function:
        """The same function as a method of `receiver`."""
        method = Function(self.name, self.node, self.closure, self.module, self.defaults)
        method.bound = receiver
        method.owner = self.owner
        method.traits = self.traits
        return method


class Ext(Value):
    """Something from a library, known by its dotted name only."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path


class Method(Value):
    """An attribute of a value that is not the submission's own: a method of a tensor, a list..."""

    __slots__ = ("name", "receiver")

    def __init__(self, receiver: Value, name: str) -> None:
        self.receiver = receiver
        self.name = name


class Super(Value):
    """`super()`: the methods of the bases of `owner`, bound to `receiver`."""

    __slots__ = ("owner", "receiver")

    def __init__(self, receiver: Value, owner: ClassObj | None) -> None:
        self.receiver = receiver
        self.owner = owner


class Partial(Value):
    """A call with some arguments already given."""

    __slots__ = ("args", "func", "keywords")

    def __init__(
        self, func: Value, args: tuple[Value, ...], keywords: tuple[tuple[str, Value], ...]
    ) -> None:
        self.func = func
        self.args = args
        self.keywords = keywords


class Generator(Value):
    """A call of a generator function that has not run yet."""

    __slots__ = ("frame", "func")

    def __init__(self, func: Function, frame: Frame) -> None:
        self.func = func
        self.frame = frame


class Pipe(Value):
    """Something to iterate over whose elements appear as code runs (`enumerate(generator)`).

    Attributes:
        run: runs that code and hands over each element.
    """

    __slots__ = ("run",)

    def __init__(self, run: Callable[[Callable[[Value], Any]], None]) -> None:
        self.run = run


class Frame:
    """One call of a function, or the body of a module or class.

    Attributes:
        env: local variables.
        func: the function that runs, `None` for a module or class body.
        module: whose globals it sees.
        closure: the frame around it, for names that are not its own.
        caller: the frame that called it, with `call_stmt`, the statement that did.
        level: how many calls lie around it.
        is_class: whether it is the body of a class, which its methods do not see.
        varying: the open loops that assign each name.
        growing: the open loops that augment each name (`+=`).
        scopes: names declared `global` or `nonlocal`.
        returns: the values returned so far.
        exits: what the heap looked like at each early return.
        on_yield: what a `yield` of this frame does.
    """

    __slots__ = (
        "call_stmt",
        "caller",
        "closure",
        "env",
        "exits",
        "func",
        "growing",
        "is_class",
        "level",
        "module",
        "on_yield",
        "returns",
        "scopes",
        "varying",
    )

    def __init__(
        self,
        func: Function | None,
        module: Namespace,
        closure: Frame | None,
        caller: Frame | None,
        call_stmt: ir.Stmt | None,
    ) -> None:
        self.env: Cells = {}
        self.func = func
        self.module = module
        self.closure = closure
        self.caller = caller
        self.call_stmt = call_stmt
        self.level: int = 0 if caller is None else caller.level + 1
        self.is_class = False
        self.varying: dict[str, list[Loop]] = {}
        self.growing: dict[str, list[Loop]] = {}
        self.scopes: dict[str, str] = {}
        self.returns: list[Value] = []
        self.exits: list[Any] = []
        self.on_yield: Callable[[Value], None] | None = None


class Lazy(Value):
    """Something to iterate over whose elements are made on demand (`enumerate`, `zip`, `items`).

    Attributes:
        make: the element at a symbolic position.
        source: everything the elements are made from.
        length: the number of elements, where known.
    """

    __slots__ = ("length", "make", "source")

    def __init__(
        self, make: Callable[[Node], Value], source: Node, length: int | None = None
    ) -> None:
        self.make = make
        self.source = source
        self.length = length
