"""Arithmetic on values known exactly, bounded so that no constant can exhaust the machine."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

MAX_TEXT = 64_000_000
"""Longest string or bytes that folding may build."""

_MAX_BITS = 4096

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow, "<<": operator.lshift,
    ">>": operator.rshift, "&": operator.and_, "|": operator.or_, "^": operator.xor,
}  # fmt: skip
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge, "is": operator.is_, "is not": operator.is_not,
    "in": lambda a, b: a in b, "not in": lambda a, b: a not in b,
}  # fmt: skip
_UNARY: dict[str, Callable[[Any], Any]] = {
    "-": operator.neg, "+": operator.pos, "~": operator.invert, "not": operator.not_,
}  # fmt: skip


class NotKnown(Exception):
    """The result is not known, or would be too large."""


def binary(op: str, left: Any, right: Any) -> Any:
    """`left op right`.

    Raises:
        NotKnown: the operation fails or its result would be too large.
    """
    if not _bounded(op, left, right):
        raise NotKnown
    return _apply(_BINARY.get(op), left, right)


def compare(op: str, left: Any, right: Any) -> bool:
    """`left op right` for a comparison.

    Raises:
        NotKnown: the values cannot be compared.
    """
    if op in ("is", "is not") and not (left is None or right is None):
        op = "==" if op == "is" else "!="
    return bool(_apply(_COMPARE.get(op), left, right))


def unary(op: str, value: Any) -> Any:
    """`op value`.

    Raises:
        NotKnown: the operation does not apply.
    """
    return _apply(_UNARY.get(op), value)


def _apply(function: Callable[..., Any] | None, *args: Any) -> Any:
    if function is None:
        raise NotKnown
    try:
        return function(*args)
    except (TypeError, ValueError, ArithmeticError, IndexError, KeyError, MemoryError) as error:
        raise NotKnown from error


def _bounded(op: str, left: Any, right: Any) -> bool:
    if op in ("**", "<<"):
        bits = left.bit_length() if isinstance(left, int) else 64
        power = right if isinstance(right, int) else 1
        return abs(power) * max(bits, 1) <= _MAX_BITS or isinstance(left, float)
    if op == "*":
        for text, count in ((left, right), (right, left)):
            if isinstance(text, str | bytes) and isinstance(count, int):
                return len(text) * max(count, 0) <= MAX_TEXT
    if op == "+" and isinstance(left, str | bytes) and isinstance(right, str | bytes):
        return len(left) + len(right) <= MAX_TEXT
    # A width such as `%999999999d` would build any amount of text.
    return not (op == "%" and isinstance(left, str | bytes))
