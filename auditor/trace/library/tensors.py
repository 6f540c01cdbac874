"""Arrays: what calls and methods of torch, NumPy and their kin compute, and what they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.trace.graph import Const, InputNames, Node, Value
from auditor.trace.library import tables
from auditor.trace.objects import Ext, Function, Partial, Tup

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

Keywords = dict[str, Value]

_SILENT = ("torch.cuda.", "torch.backends.", "torch.set_", "torch.random.", "torch._dynamo.",
           "torch._inductor.", "torch.use_", "numpy.seterr", "numpy.set_printoptions",
           "torch.xpu.", "torch.mps.", "torch._logging", "torch.compiler.")  # fmt: skip
_FACTS = {"torch.cuda.is_available": True, "torch.cuda.is_bf16_supported": True,
          "torch.cuda.device_count": 8}  # fmt: skip
_HIGHER_ORDER = {"cond", "while_loop", "fori_loop", "scan", "vmap"}
_SEVERAL = {"split", "chunk", "unbind", "tensor_split", "meshgrid", "unique", "topk", "sort", "max",
            "min", "median", "kthvalue", "mode"}  # fmt: skip
_DROPPED = {"dtype", "device", "non_blocking", "pin_memory", "requires_grad", "layout",
            "memory_format", "copy", "out", "generator", "keepdim", "keepdims"}  # fmt: skip


class Tensors:
    """Numeric functions and array methods."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    # --- functions -------------------------------------------------------------------------------

    def call(self, path: str, args: list[Value], keywords: Keywords) -> Value:
        """A function of a numeric library."""
        name = path.rpartition(".")[2]
        if path in _FACTS:
            return self.m.heap.const(_FACTS[path])
        if path.startswith(_SILENT):
            return self.m.heap.number("device_fact", (), name)
        special = self._special(path, name, args, keywords)
        if special is not None:
            return special
        if name in tables.META_CALLS:
            return self.m.heap.number(name, tuple(self.m.flow(arg) for arg in args))
        if name in tables.ALLOCATORS:
            return self._allocate(name, args, keywords)
        if (name in tables.RANDOM and ".random" in path) or name in tables.RANDOM - {"choice"}:
            return self._random(name, args)
        if args and isinstance(args[0], Node) and name in tables.VIEW_CALLS:
            return self._view(name, args[0], args[1:])
        result = self.compute(name, args, keywords)
        out = keywords.get("out")
        if isinstance(out, Node):
            self.m.heap.mutate(out, result)
            return out
        return result

    def _special(self, path: str, name: str, args: list[Value], keywords: Keywords) -> Value | None:
        found = self._written(path, name, args) or self._differentiated(path, name, args)
        if found is not None:
            return found
        if name in ("checkpoint", "func_call", "functional_call"):
            return self._checkpoint(name, args, keywords)
        if name in _HIGHER_ORDER and args:
            return self.m.library.opaque(path, args, keywords)
        if name == "arange":
            return self._arange(args, keywords)
        if name in ("nonzero", "argwhere", "flatnonzero") and path.startswith("numpy."):
            return self._nonzero(name, args)
        if name == "where" and len(args) == 1:
            return self._nonzero(name, args)
        if name in _SEVERAL:
            return self.compute(name, args, keywords)
        return Ext(path) if path in ("numpy.errstate", "numpy.printoptions") else None

    def _written(self, path: str, name: str, args: list[Value]) -> Value | None:
        """Functions that change an array they are given."""
        if len(args) < 2:
            return None
        if path.endswith((".add.at", ".subtract.at", ".maximum.at", ".minimum.at")):
            self._scatter(args[0], args[1], args[2] if len(args) > 2 else None, name)
            return self.m.heap.const(None)
        if path in ("numpy.copyto", "numpy.put", "numpy.put_along_axis"):
            if isinstance(args[0], Node):
                new = tuple(self.m.flow(arg) for arg in args[1:])
                old = self.m.heap.content(args[0])
                self.m.heap.mutate(args[0], self.m.heap.node("store", (old, *new)))
            return self.m.heap.const(None)
        return None

    def _differentiated(self, path: str, name: str, args: list[Value]) -> Value | None:
        """Functions that take gradients."""
        if not args:
            return None
        if path == "torch.autograd.grad":
            return self.m.heap.node("grad", (self.m.flow(args[0]),))
        if path == "torch.autograd.backward":
            self.m.gradients.add(self.m.flow(args[0]))
            return self.m.heap.const(None)
        if name in ("value_and_grad", "grad", "value_and_grad_fn", "grad_and_value"):
            func = next((a for a in reversed(args) if isinstance(a, Function | Partial)), args[0])
            return Partial(Ext(f"auditor.{name}"), (func,), ())
        return None

    def _checkpoint(self, name: str, args: list[Value], keywords: Keywords) -> Value:
        if name == "checkpoint":
            return self.m.calls.call(args[0], args[1:], keywords, None)
        rest = self.m.iteration.exact(args[2]) if len(args) > 2 else []
        result = self.m.calls.call(args[0], rest or args[2:3], {}, None)
        return self.m.heap.node("functional", (self.m.flow(result), self.m.flow(args[1])))

    def _allocate(self, name: str, args: list[Value], keywords: Keywords) -> Node:
        value = keywords.get("fill_value")
        if name in ("full", "full_like", "new_full") and len(args) > 1:
            value = args[1]
        if name == "new_tensor" and args:
            value = args[-1]
        ins = () if value is None else (self.m.flow(value),)
        made = self.m.heap.node("alloc", ins, self._shape(name, args))
        grad = keywords.get("requires_grad")
        if isinstance(grad, Const) and grad.value is True:
            made.hot = True
        return made

    def _shape(self, name: str, args: list[Value]) -> tuple[Node, ...]:
        """The extents of a fresh array, as far as they are given."""
        if name.endswith("_like") or not args:
            return ()
        first = args[0]
        if isinstance(first, Tup):
            return tuple(self.m.flow(item) for item in first.items)
        extents = args[:1] if name in ("full", "new_full") else args
        exact = self.m.iteration.exact(first) if len(args) == 1 else None
        return tuple(self.m.flow(item) for item in (exact or extents))

    def _random(self, name: str, args: list[Value]) -> Node:
        drawn_from = [arg for arg in args if isinstance(arg, Node) and not arg.num]
        return self.m.heap.node("random", tuple(self.m.flow(arg) for arg in drawn_from), name)

    def _arange(self, args: list[Value], keywords: Keywords) -> Node:
        nodes = [self.m.flow(arg) for arg in args]
        nodes += [self.m.flow(keywords[key]) for key in ("start", "end", "stop") if key in keywords]
        zero, one = self.m.heap.const(0), self.m.heap.const(1)
        if len(nodes) == 1:
            nodes.insert(0, zero)
        return self.m.heap.node("arange", (*nodes[:2], nodes[2] if len(nodes) > 2 else one))

    def _nonzero(self, name: str, args: list[Value]) -> Value:
        found = self.m.heap.node("nonzero", tuple(self.m.flow(arg) for arg in args))
        return found if name in ("flatnonzero", "argwhere") else Tup((found,))

    def compute(self, name: str, args: list[Value], keywords: Keywords) -> Node:
        """A value computed from arrays, its inputs in the order of the operation's signature."""
        op = tables.CANONICAL.get(name, name)
        ordered = self._ordered(op, args, keywords)
        ins = tuple(self.m.flow(value) for value in ordered)
        attends = "attn" in op or "attention" in op
        detail = _names(args, keywords) if attends else self._detail(op, keywords)
        made = self.m.heap.node(op, ins, detail)
        made.num = bool(ins) and all(node.num for node in ins) and op not in tables.COPIES
        return made

    def _ordered(self, op: str, args: list[Value], keywords: Keywords) -> list[Value]:
        given = {tables.ARGUMENT_NAMES.get(k, k): v for k, v in keywords.items()}
        signature = tables.SIGNATURES.get(op)
        if signature is None:
            return [*args, *(v for k, v in keywords.items() if k not in _DROPPED)]
        if op == "gather" and len(args) >= 2 and not _is_axis(args[1]):
            signature = ("input", "index", "dim")
        if op == "index" and len(args) == 2 and not _is_axis(args[1]):
            signature = ("input", "index")
        given |= dict(zip(signature, args, strict=False))
        return [given[name] for name in signature if name in given and name != "dim"]

    def _detail(self, op: str, keywords: Keywords) -> object:
        if op in ("xent", "nll"):
            reduction = keywords.get("reduction")
            return reduction.value if isinstance(reduction, Const) else "mean"
        axis = keywords.get("dim", keywords.get("axis"))
        return axis.value if isinstance(axis, Const) else None

    # --- methods ---------------------------------------------------------------------------------

    def method(self, receiver: Node, name: str, args: list[Value], keywords: Keywords) -> Value:
        """A method of an array or of an unknown value."""
        heap = self.m.heap
        if name in tables.META_CALLS or name in ("size", "sizes"):
            return heap.number(name, (heap.content(receiver),))
        if name == "backward":
            self.m.gradients.add(heap.content(receiver))
            return heap.const(None)
        if name == "requires_grad_":
            receiver.hot = True
            return receiver
        if name in tables.ADDERS:
            return self._add_in_place(receiver, name, args, keywords)
        if name in tables.VIEW_CALLS:
            return self._view(name, receiver, args)
        if name.endswith("_") and not name.endswith("__") and not name.startswith("_"):
            return self._in_place(receiver, name, args, keywords)
        if name in ("fill", "sort") and receiver.op not in ("call", "missing"):
            return self._in_place(receiver, name, args, keywords)
        if name in {"item", "tolist"}:
            made = heap.node(name, (heap.content(receiver),))
            made.num = name == "item"
            return made
        if name in tables.ALLOCATORS:
            return self._allocate(name, args, keywords)
        if name in tables.RANDOM:
            return self._random(name, args)
        return self.compute(name, [receiver, *args], keywords)

    def _view(self, name: str, receiver: Node, args: list[Value]) -> Node:
        heap = self.m.heap
        bounds = tuple(self.m.flow(arg) for arg in args if isinstance(arg, Node))
        plain = name in ("narrow", "select")
        made = heap.node(
            name if plain else "view", (heap.content(receiver), *bounds), None if plain else name
        )
        made.base, made.hot, made.num = receiver, receiver.hot, receiver.num
        if receiver.num:
            made.base = None
        return made

    def _in_place(self, receiver: Node, name: str, args: list[Value], keywords: Keywords) -> Node:
        heap = self.m.heap
        if name in tables.RESETTERS or name == "fill":
            fill = tuple(self.m.flow(arg) for arg in args[:1])
            heap.mutate(receiver, heap.node("alloc", fill, ()))
        elif name == "copy_" and args:
            heap.mutate(receiver, heap.node("copy", (self.m.flow(args[0]),)))
        else:
            heap.mutate(receiver, self.compute(name.rstrip("_"), [receiver, *args], keywords))
        return receiver

    def _add_in_place(
        self, receiver: Node, name: str, args: list[Value], keywords: Keywords
    ) -> Value:
        """`scatter_add_(dim, index, src)` and its kin: something is written at given places."""
        given = {tables.ARGUMENT_NAMES.get(k, k): v for k, v in keywords.items()}
        rest = [arg for i, arg in enumerate(args) if not (i == 0 and _is_axis(arg))]
        index = given.get("index", rest[0] if rest else None)
        others = rest[1:] if rest and index is rest[0] else rest
        source = given.get("src", given.get("source", others[0] if others else None))
        if index is None:
            return receiver
        if name.endswith("_") or name in ("put",):
            self._scatter(receiver, index, source, name)
            return receiver
        heap = self.m.heap
        value = heap.const(1) if source is None else self.m.flow(source)
        return heap.node("store", (heap.content(receiver), value, self.m.flow(index)), name)

    def _scatter(self, target: Value, index: Value, value: Value | None, name: str) -> None:
        if isinstance(target, Node):
            heap = self.m.heap
            new = heap.const(1) if value is None else self.m.flow(value)
            stored = heap.node("store", (heap.content(target), new, self.m.flow(index)), _how(name))
            heap.mutate(target, stored)


def _names(args: list[Value], keywords: Keywords) -> InputNames:
    """How the inputs of an attention were given: whether it is causal is told by a keyword."""
    return InputNames((*("" for _ in args), *(key for key in keywords if key not in _DROPPED)))


def _is_axis(value: Value) -> bool:
    return isinstance(value, Const) and isinstance(value.value, int)


def _how(name: str) -> str:
    """Whether a scattered write adds to what is there or replaces it."""
    return f"add {name}" if "add" in name or name == "at" or "count" in name else f"set {name}"
