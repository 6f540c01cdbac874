"""Numbers as linear forms over what is not known, so that positions can be compared."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.trace.graph import Const, Node

_PASSES = {"int", "item", "alias", "float"}
_MAX_DEPTH = 24


@dataclass(frozen=True, slots=True)
class Linear:
    """`constant + sum of coefficient * atom`; atoms are nodes, told apart by identity."""

    constant: float
    terms: tuple[tuple[int, float], ...]

    def __add__(self, other: Linear) -> Linear:
        return _combine(self, other, 1)

    def __sub__(self, other: Linear) -> Linear:
        return _combine(self, other, -1)

    def scaled(self, factor: float) -> Linear:
        """This form times a known number."""
        if factor == 0:
            return Linear(0, ())
        return Linear(self.constant * factor, tuple((a, c * factor) for a, c in self.terms))

    @property
    def known(self) -> float | None:
        """The value, where no atom is left."""
        return None if self.terms else self.constant


ZERO = Linear(0, ())


def _combine(left: Linear, right: Linear, sign: int) -> Linear:
    terms = dict(left.terms)
    for atom, coefficient in right.terms:
        terms[atom] = terms.get(atom, 0) + sign * coefficient
    kept = tuple(sorted((a, c) for a, c in terms.items() if c != 0))
    return Linear(left.constant + sign * right.constant, kept)


def constant(value: float) -> Linear:
    """A known number."""
    return Linear(value, ())


def linear(node: Node, depth: int = _MAX_DEPTH) -> Linear:
    """The linear form of a number.

    `min(a, b)`, which scripts use to clip the last chunk, is taken for the operand that varies: a
    position is compared with the position it would have anywhere but at the very end.
    """
    while node.op in _PASSES and node.ins:
        node = node.ins[0]
    if isinstance(node, Const):
        value = node.value
        return constant(value) if isinstance(value, int | float) else _atom(node)
    if depth == 0:
        return _atom(node)
    if node.op in ("+", "-"):
        left, right = (linear(part, depth - 1) for part in node.ins[:2])
        return left + right if node.op == "+" else left - right
    if node.op == "u-":
        return linear(node.ins[0], depth - 1).scaled(-1)
    if node.op == "*":
        return _product(node, depth)
    if node.op in ("minimum", "maximum"):
        return _clipped(node, depth)
    return _atom(node)


def _product(node: Node, depth: int) -> Linear:
    whole = _tiled(node)
    if whole is not None:
        return linear(whole, depth - 1)
    left, right = (linear(part, depth - 1) for part in node.ins[:2])
    if left.known is not None:
        return right.scaled(left.known)
    if right.known is not None:
        return left.scaled(right.known)
    return _atom(node)


def _tiled(product: Node) -> Node | None:
    """`n` of `n // size * size`, which drops the last incomplete tile."""
    for tiles, size in (product.ins[:2], product.ins[1::-1]):
        if tiles.op == "//" and _equal(tiles.ins[1], size):
            return tiles.ins[0]
    return None


def _equal(left: Node, right: Node) -> bool:
    if isinstance(left, Const) and isinstance(right, Const):
        return bool(left.value == right.value)
    return left is right


def _clipped(node: Node, depth: int) -> Linear:
    forms = [linear(part, depth - 1) for part in node.ins]
    varying = [form for form in forms if form.terms]
    if len(varying) == 1:
        return varying[0]
    return max(varying, key=lambda form: len(form.terms)) if varying else _atom(node)


def _atom(node: Node) -> Linear:
    return Linear(0, ((id(node), 1.0),))
