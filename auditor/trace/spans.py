"""Which positions of a token stream a value belongs to.

A span is attached to token values (a slice of the validation stream) and to everything that keeps one
entry per token: the loss of each target, its probability, a mixture of those. Slicing such a value
slices its span.
"""

from __future__ import annotations

from dataclasses import dataclass

from auditor.trace.graph import Const, Loop, Node
from auditor.trace.library.paths import Stream, stream_of
from auditor.trace.library.tables import ALLOCATORS, COPIES
from auditor.trace.linear import ZERO, Linear, linear

_SAME = {"view", "alias", "phi", "after", "copy", "load", "recode", "undump", "read_text", "decode",
         "encode", "int", "item", "tolist", "contiguous", "clamp", "clip", "sorted", "narrow",
         "roll", "flip", "list", "tuple", "strip", "functional"} | COPIES  # fmt: skip
_MIX = {"if", "join", "choice", "cat", "stack", "where", "store"}
_PICK = {"elem", "index", "part"}
_BLANK = {"alloc", "empty", "const", "random", "missing", "arange"} | ALLOCATORS
_ELEMENTWISE = {
    "exp", "log", "log1p", "u-", "+", "-", "*", "/", "sqrt", "abs", "sigmoid", "clamp_min",
    "clamp_max", "minimum", "maximum", "logaddexp", "logsumexp", "masked_fill", "nan_to_num",
    "float", "pow", "**", "lerp", "negative", "mul", "masked_select", "min", "max", "softplus",
}  # fmt: skip
_MEETS = {"xent", "nll"}
_GATHERS = {"gather", "index", "elem"}
_OPAQUE = {"call", "opaque", "apply"}


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """Positions of a stream.

    Attributes:
        source: the node that read the stream.
        start: first position.
        stop: position after the last one, `None` where it is not known or the whole rest.
        bounds: the nodes that decide which positions these are.
        target: for a value with one entry per target, the node where prediction and target met.
    """

    source: Node
    start: Linear
    stop: Linear | None
    bounds: tuple[Node, ...]
    target: Node | None = None


class Spans:
    """Finds spans; answers are remembered, because many questions share their way."""

    def __init__(self, wanted: frozenset[Stream] = frozenset({Stream.VAL, Stream.BOTH})) -> None:
        self._wanted = wanted
        self._tokens: dict[Node, Span | None] = {}
        self._aligned: dict[Node, Span | None] = {}
        self._learned: dict[Node, bool] = {}

    # --- tokens ----------------------------------------------------------------------------------

    def tokens(self, node: Node) -> Span | None:
        """The span of a value that consists of tokens of the stream and nothing else."""
        if node in self._tokens:
            return self._tokens[node]
        self._tokens[node] = None  # a cycle adds nothing to what its entry says
        span = self._find_tokens(node)
        self._tokens[node] = span
        return span

    def _find_tokens(self, node: Node) -> Span | None:
        if node.op == "read":
            return self._source(node)
        if node.op in _SAME and node.ins:
            return self.tokens(node.ins[0])
        if node.op in _PICK or node.op == "index":
            inner = self.tokens(node.ins[0])
            return None if inner is None else refine(inner, node)
        if node.op in _MIX:
            return self._mixed(node)
        if node.op == "item":
            return self.tokens(node.ins[0])
        return None

    def _source(self, node: Node) -> Span | None:
        stream = stream_of(str(node.data))
        return Span(node, ZERO, None, ()) if stream in self._wanted else None

    def _mixed(self, node: Node) -> Span | None:
        """Several parts, all of them tokens or blank."""
        parts = node.ins
        if node.op == "where":
            parts = node.ins[1:]
        elif node.op == "if":
            parts = node.ins[:2]
        elif node.op == "store":
            parts = node.ins[:2]
        found: Span | None = None
        for part in parts:
            if part.op in _BLANK:
                continue
            span = self.tokens(part)
            if span is not None:
                found = span
            elif not (part.op == "phi" and self._tokens.get(part, span) is None and part.hot):
                return None
        return found

    # --- one entry per target --------------------------------------------------------------------

    def aligned(self, node: Node) -> Span | None:
        """The span of a value that has one entry per scored target."""
        if node in self._aligned:
            return self._aligned[node]
        self._aligned[node] = None
        span = self._find_aligned(node)
        self._aligned[node] = span
        return span

    def _find_aligned(self, node: Node) -> Span | None:
        met = self.meet(node)
        if met is not None:
            return met
        if node.op in _SAME or node.op in _ELEMENTWISE or node.op in _MIX:
            parts = node.ins[:2] if node.op in ("if", "store") else node.ins
            for part in parts:
                span = self.aligned(part)
                if span is not None:
                    return refine(span, node) if node.op == "narrow" else span
            return None
        if node.op in _PICK:
            inner = self.aligned(node.ins[0])
            return None if inner is None else refine(inner, node)
        return None

    def meet(self, node: Node) -> Span | None:
        """The span of the targets that meet a prediction in this very node."""
        ins = node.ins
        if len(ins) < 2:
            return None
        if node.op in _MEETS:
            return self._targets(node, ins[1]) or self._targets(node, ins[0])
        if node.op in _GATHERS:
            if self.tokens(ins[0]) is not None:
                return None
            target = self._index_tokens(ins[1])
            return target_span(target, node) if target and self.learned(ins[0]) else None
        if node.op in _OPAQUE:
            for part in ins:
                span = self.tokens(part)
                if span is not None and any(self.learned(other) for other in ins if other is not part):
                    return target_span(span, node)
        return None

    def _targets(self, node: Node, part: Node) -> Span | None:
        span = self.tokens(part)
        return None if span is None else target_span(span, node)

    def _index_tokens(self, index: Node) -> Span | None:
        if index.op in ("tuple", "list"):
            for part in index.ins:
                span = self.tokens(part)
                if span is not None:
                    return span
            return None
        return self.tokens(index)

    def learned(self, node: Node) -> bool:
        """Whether a value depends on learned state: weights, an adapter, a table."""
        if node in self._learned:
            return self._learned[node]
        self._learned[node] = False
        found = node.op in ("weights", "update", "load_state", "param", "params", "state") or any(
            self.learned(part) for part in node.ins
        )
        self._learned[node] = found
        return found


def target_span(span: Span, node: Node) -> Span:
    """The same positions, as targets that met a prediction in `node`."""
    return Span(span.source, span.start, span.stop, span.bounds, node)


def refine(span: Span, node: Node) -> Span:
    """The part of a span that an indexing node picks out."""
    index = node.ins[1]
    parts = index.ins if index.op == "tuple" else (index,)
    start, stop = span.start, span.stop
    for part in parts:
        if part.op == "slice":
            start, stop = _sliced(span, part)
    bounds = span.bounds
    if not (isinstance(index, Const) or _trivial(index)):
        bounds = (*bounds, index)
    return Span(span.source, start, stop, bounds, span.target)


def _sliced(span: Span, part: Node) -> tuple[Linear, Linear | None]:
    low, high = part.ins[0], part.ins[1]
    start, stop = span.start, span.stop
    if not (isinstance(low, Const) and low.value is None):
        form = linear(low)
        negative = form.known is not None and form.known < 0
        if not negative:
            start = span.start + form
        elif span.stop is not None:
            start = span.stop + form
    if isinstance(high, Const) and high.value is None:
        return start, stop
    form = linear(high)
    if form.known is not None and form.known < 0:
        return start, None if span.stop is None else span.stop + form
    return start, span.start + form


def _trivial(index: Node) -> bool:
    """An index that keeps everything, such as `[:, None]`."""
    parts = index.ins if index.op == "tuple" else (index,)
    for part in parts:
        if isinstance(part, Const):
            continue
        if part.op == "slice" and all(isinstance(b, Const) and b.value is None for b in part.ins):
            continue
        return False
    return True


_COUNTERS = {"iter", "phi"}
_FRESH = {"call", "opaque", "popped", "next", "sent"}
_MAX_LOOK = 3000


def advances(span: Span, loop: Loop) -> bool:
    """Whether the positions move on with every turn of a loop.

    They do where the bounds depend on the loop's counter, on something the loop carries along, or on
    something it obtains afresh each turn. A random draw does not count: an epoch that shuffles still
    visits the same positions.
    """
    stack = list(span.bounds)
    seen: set[Node] = set()
    while stack and len(seen) < _MAX_LOOK:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.op in _COUNTERS and node.data is loop:
            return True
        if node.op in _FRESH and node.loop is loop:
            return True
        if node.op not in ("random", "read", "update", "weights"):
            stack.extend(node.ins)
    return False


def disjoint(left: Span, right: Span) -> bool | None:
    """Whether two spans of one turn share no position, `None` where that is not known."""
    for first, second in ((left, right), (right, left)):
        if first.stop is not None:
            gap = (second.start - first.stop).known
            if gap is not None and gap >= 0:
                return True
    if left.stop is not None and right.stop is not None:
        overlap = (left.stop - right.start).known
        other = (right.stop - left.start).known
        if overlap is not None and other is not None and overlap > 0 and other > 0:
            return False
    return None
