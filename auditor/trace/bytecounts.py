"""How the program counts the bytes that a score is divided by, and how much of the text it scores.

What a log prints tells the denominator of a run; this tells why it is what it is, and decides where
no log prints it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.trace.cone import Cone
from auditor.trace.graph import Const, Loop, Node
from auditor.trace.history import Score

_STRIPPED = {"index", "lstrip", "removeprefix", "strip", "replace", "if"}
_CONJUNCTIONS = {"&", "and", "logical_and"}
_NEGATIONS = {"u~", "not", "logical_not"}
_KEPT = {"if", "store", "after", "phi", "alias", "index", "tensor", "to", "array", "asarray",
         "from_numpy", "as_tensor", "astype", "bool", "view", "reshape", "contiguous",
         "join"}  # fmt: skip
"""Operations that hand a table of flags on, or look flags up in it."""

_PASSED = {"after", "item", "float", "to", "round", "alias"}
_COUNTS = {"const", "+", "-", "*", "//", "%", "after", "phi", "if", "numel", "size", "len", "shape",
           "minimum", "maximum", "iter", "range", "float", "int", "join", "choice", "alias",
           "index", "tuple", "setting"}  # fmt: skip
"""Operations of which numbers of tokens are made, without a look at any token."""

_ENDS = {"numel", "size", "len", "shape"}
_LEAST_RATIO, _MOST_RATIO = 1.2, 8.0
_DEEPEST = 40
_MOST_NODES = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class DoubledSpace:
    """The space before a word is counted twice.

    Attributes:
        table: where the sizes of pieces include it.
        scoring: where it is added again for each scored token.
    """

    table: Node
    scoring: Node


@dataclass(frozen=True, slots=True, eq=False)
class FixedRatio:
    """A constant stands in for the bytes per token.

    Attributes:
        node: the product or quotient with the constant.
        value: bytes per token.
    """

    node: Node
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A constant bounds how often the loop around the scored tokens turns.

    Attributes:
        node: the smaller of the constant and what the text would need.
        turns: the constant.
    """

    node: Node
    turns: int


def doubled_spaces(cone: Cone) -> Iterator[DoubledSpace]:
    """Tables of piece sizes with the space in them, next to a scoring that adds it as well."""
    adding = list(_space_added_when_scoring(cone))
    if not adding:
        return
    for node in cone.nodes:
        if node.op == "len" and _is_stripped_piece(node):
            for user in cone.users(node):
                if user.op == "+" and any(_is(part, 1) for part in user.ins):
                    yield DoubledSpace(user, adding[0])


def piece_sizes(cone: Cone) -> Iterator[Node]:
    """Where the sizes of the scored tokens are put together from those of their pieces."""
    yield from _space_added_when_scoring(cone)


def fixed_ratio(claimed: Node, scores: Iterable[Score]) -> FixedRatio | None:
    """The constant in place of bytes per token, `None` where bytes are looked up somewhere."""
    losses = {score.node for score in scores}
    found: FixedRatio | None = None
    for user, part, power in _factors(claimed):
        if isinstance(part, Const):
            found = found or _ratio(user, part, power)
        elif not _reaches(part, losses) and not _is_count(part):
            return None
    return found


def bounds(scores: Iterable[Score]) -> Iterator[Bound]:
    """The constants that bound the loops over the scored tokens."""
    seen: set[Loop] = set()
    for score in scores:
        loop = score.node.loop
        while loop is not None:
            if loop not in seen:
                seen.add(loop)
                yield from _bound(loop)
            loop = loop.parent


def _space_added_when_scoring(cone: Cone) -> Iterator[Node]:
    marks = [n for n in cone.nodes if n.op == "startswith" and _of_piece(n, 3)]
    flags = cone.onward(marks, lambda user, _: user.op in _KEPT)
    for node in cone.nodes:
        guarded = node.op in _CONJUNCTIONS and any(part.op in _NEGATIONS for part in node.ins)
        if guarded and any(part in flags for part in node.ins):
            yield node


def _is_stripped_piece(length: Node) -> bool:
    encoded = length.ins[0] if length.ins else None
    if encoded is None or encoded.op != "encode" or not encoded.ins:
        return False
    return encoded.ins[0].op in _STRIPPED and _of_piece(encoded.ins[0], 4)


def _of_piece(node: Node, depth: int) -> bool:
    if node.op in {"id_to_piece", "IdToPiece"}:
        return True
    return depth > 0 and any(_of_piece(part, depth - 1) for part in node.ins)


def _factors(node: Node) -> Iterator[tuple[Node, Node, int]]:
    """What a value is the product of: (where it enters, the factor, 1 or -1 for a divisor)."""
    waiting = [(node, node, 1)]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        user, part, power = waiting.pop()
        if part.op == "*":
            waiting += [(part, factor, power) for factor in part.ins]
        elif part.op == "/" and len(part.ins) == 2:
            waiting += [(part, part.ins[0], power), (part, part.ins[1], -power)]
        elif part.op in _PASSED and len(part.ins) == 1:
            waiting.append((user, part.ins[0], power))
        else:
            yield user, part, power


def _ratio(user: Node, part: Const, power: int) -> FixedRatio | None:
    value = part.value
    if not isinstance(value, float) or value <= 0 or value.is_integer():
        return None
    if math.isclose(value, math.log(2.0), rel_tol=1e-3) or math.isclose(
        value, 1.0 / math.log(2.0), rel_tol=1e-3
    ):
        return None
    ratio = value if power < 0 else 1.0 / value
    return FixedRatio(user, ratio) if _LEAST_RATIO <= ratio <= _MOST_RATIO else None


def _reaches(node: Node, wanted: set[Node]) -> bool:
    return any(part in wanted for part in _behind(node, frozenset()))


def _is_count(node: Node) -> bool:
    return all(part.op in _COUNTS for part in _behind(node, frozenset(_ENDS)))


def _behind(node: Node, ends: frozenset[str]) -> Iterator[Node]:
    seen = {node}
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        if part.op in ends:
            continue
        for deeper in part.ins:
            if deeper not in seen:
                seen.add(deeper)
                waiting.append(deeper)


def _bound(loop: Loop) -> Iterator[Bound]:
    over = loop.iter
    if over is None:
        return
    for node in _shallow(over, 3):
        if node.op != "minimum" or len(node.ins) != 2:
            continue
        constants = [p.value for p in node.ins if isinstance(p, Const) and isinstance(p.value, int)]
        needed = [p for p in node.ins if not isinstance(p, Const)]
        if len(constants) == 1 and needed and _measures(needed[0]):
            yield Bound(node, constants[0])


def _measures(node: Node) -> bool:
    """Whether a number follows from the size of something."""
    return any(part.op in _ENDS for part in _shallow(node, 4))


def _shallow(node: Node, depth: int) -> Iterator[Node]:
    yield node
    if depth:
        for part in node.ins:
            yield from _shallow(part, depth - 1)


def _is(node: Node, value: int) -> bool:
    return isinstance(node, Const) and type(node.value) in (int, float) and node.value == value
