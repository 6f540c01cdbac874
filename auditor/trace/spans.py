"""Which positions of a token stream a value belongs to.

A span is attached to token values (a slice of the validation stream) and to everything that keeps
one entry per token: the loss of each target, its probability, a mixture of those. Slicing such a
value slices its span.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from auditor.trace.cone import Cone
from auditor.trace.graph import Const, Loop, Node
from auditor.trace.library.paths import Stream, stream_of
from auditor.trace.library.tables import ALLOCATORS, COPIES
from auditor.trace.linear import ZERO, Linear, constant, linear
from auditor.trace.positional import is_mask, is_positional

_SAME = {"view", "alias", "after", "copy", "load", "recode", "undump", "read_text", "decode",
         "encode", "int", "item", "tolist", "contiguous", "clamp", "clip", "sorted", "narrow",
         "roll", "flip", "list", "tuple", "strip", "functional"} | COPIES  # fmt: skip
_MIX = {"phi", "if", "join", "choice", "cat", "stack", "where", "store"}
_FLAT = {"load", "from_numpy", "astype", "to", "long", "int", "alias", "after", "cat", "list",
         "copy", "cuda", "tensor", "tolist", "frombuffer", "fromfile", "memmap", "asarray", "array",
         "ascontiguousarray", "clone", "contiguous", "int64", "int32"}  # fmt: skip
_PICK = {"elem", "index", "part"}
_EMPTY = {"alloc", "empty", "const", "random", "missing", "arange"} | ALLOCATORS
_ELEMENTWISE = {
    "exp", "log", "log1p", "u-", "+", "-", "*", "/", "sqrt", "abs", "sigmoid", "clamp_min",
    "clamp_max", "minimum", "maximum", "logaddexp", "masked_fill", "nan_to_num", "float", "pow",
    "**", "lerp", "masked_select", "softplus",
}  # fmt: skip
_OVER_AXIS = {"sum", "mean", "min", "max", "amin", "amax", "logsumexp", "prod", "argmin", "argmax"}
_PICKS_SOME = {"index", "to", "astype", "view", "after", "alias", "long", "int", "clamp", "cpu",
               "cuda", "copy", "clone", "contiguous"}  # fmt: skip
_MEETS = {"xent", "nll"}
_GATHERS = {"gather", "index", "elem", "get"}
_KEEPS_ALIGNED = (
    _PICK | _OVER_AXIS | _SAME | _ELEMENTWISE | _MIX | {"narrow", "gather", "list", "tuple"}
)
_MAX_OPEN = 300
_NO_DEPTH = 1 << 30
_TABLES = {
    "store",
    "phi",
    "join",
    "load",
    "param",
    "params",
    "weights",
    "update",
    "load_state",
    "alloc",
}
_OPAQUE = {"call", "opaque", "apply"}
_KEEPING = _SAME | _PICK | _MIX
_MEETING = _MEETS | _GATHERS | _OPAQUE
_STATEFUL = {"weights", "update", "load_state", "param", "params", "state", "object", "optimizer"}


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """Positions of a stream.

    Attributes:
        source: the node that read the stream.
        start: first position.
        stop: position after the last one, `None` where it is not known or the whole rest.
        bounds: the nodes that decide which positions these are.
        target: for a value with one entry per target, the node where prediction and target met.
        reduced: whether that node sums or averages over the targets.
        stacked: how many axes of alternatives (experts) the value has besides the targets'.
        others: further spans that the value may be of, where several were joined.
    """

    source: Node
    start: Linear
    stop: Linear | None
    bounds: tuple[Node, ...]
    target: Node | None = None
    reduced: bool = False
    stacked: int = 0
    others: tuple[Span, ...] = ()


_BLANK = Span(Node("blank"), ZERO, None, ())
"""The span of a value in which there is nothing yet."""


class _Memory:
    """Remembers answers about nodes of a graph with cycles.

    Around a cycle comes only what goes in, so a question that meets itself is left out of its own
    answer. An answer that left out a question still open further up holds only until that question
    is answered; it is kept aside, with the depth of that question.
    """

    def __init__(self, find: Callable[[Node], Span | None]) -> None:
        self._find = find
        self._known: dict[Node, Span | None] = {}
        self._aside: dict[Node, tuple[Span | None, int]] = {}
        self._open: dict[Node, int] = {}
        self._lowest = _NO_DEPTH

    def is_open(self, node: Node) -> bool:
        """Whether the question about a node is being answered further up."""
        depth = self._open.get(node)
        if depth is None:
            return False
        self._lowest = min(self._lowest, depth)
        return True

    def ask(self, node: Node) -> Span | None:
        """The answer about a node."""
        if node in self._known:
            return self._known[node]
        aside = self._aside.get(node)
        if aside is not None:
            self._lowest = min(self._lowest, aside[1])
            return aside[0]
        if self.is_open(node) or len(self._open) > _MAX_OPEN:
            return None
        depth = len(self._open) + 1
        self._open[node] = depth
        outer, self._lowest = self._lowest, _NO_DEPTH
        answer = self._find(node)
        del self._open[node]
        if self._lowest < depth:
            self._aside[node] = (answer, self._lowest)
        else:
            self._known[node] = answer
            self._forget(depth)
            self._lowest = _NO_DEPTH
        self._lowest = min(outer, self._lowest)
        return answer

    def _forget(self, depth: int) -> None:
        """Drops the answers that waited for the question at `depth`."""
        if self._aside:
            self._aside = {n: kept for n, kept in self._aside.items() if kept[1] < depth}


@dataclass(frozen=True, slots=True, eq=False)
class _Narrowed:
    """What of a cone can be tokens or losses at all, which is little of a program.

    Attributes:
        tokens: what can consist of tokens.
        aligned: what can have one entry per target.
        from_tokens: what is made of tokens in any way.
    """

    tokens: set[Node]
    aligned: set[Node]
    from_tokens: set[Node]


_NARROWED: WeakKeyDictionary[Cone, dict[frozenset[Stream], _Narrowed]] = WeakKeyDictionary()
"""Answers of `_narrowed`: several questions are asked of one cone."""


def _narrowed(cone: Cone, wanted: frozenset[Stream]) -> _Narrowed:
    known = _NARROWED.setdefault(cone, {})
    if wanted not in known:
        known[wanted] = _narrow(cone, wanted)
    return known[wanted]


def _narrow(cone: Cone, wanted: frozenset[Stream]) -> _Narrowed:
    reads: list[Node] = []
    blank: list[Node] = []
    meeting: list[Node] = []
    for node in cone.nodes:
        op = node.op
        if op == "read" and stream_of(str(node.data)) in wanted:
            reads.append(node)
        if op in _EMPTY:
            blank.append(node)
        if op in _MEETING:
            meeting.append(node)
    tokens = cone.through(reads, _KEEPING)
    met = [
        node
        for node in meeting
        if any(part in tokens or part.op in ("tuple", "list") for part in node.ins)
    ]
    return _Narrowed(
        tokens | cone.through(blank, _KEEPING),
        cone.through(met, _KEEPS_ALIGNED),
        cone.made_of(reads),
    )


class Spans:
    """Finds spans; answers are remembered, because many questions share their way."""

    def __init__(
        self,
        wanted: frozenset[Stream] = frozenset({Stream.VAL, Stream.BOTH}),
        cone: Cone | None = None,
    ) -> None:
        """Finds spans in one or all values.

        Args:
            wanted: the streams whose tokens count.
            cone: the nodes that will be asked about; without it any may be, which is slower.
        """
        self._wanted = wanted
        self._tokens = _Memory(self._find_tokens)
        self._aligned = _Memory(self._find_aligned)
        self._learned: dict[Node, bool] = {}
        self._may_be_tokens: set[Node] | None = None
        self._may_be_aligned: set[Node] | None = None
        self._from_tokens: set[Node] = set()
        if cone is not None:
            narrowed = _narrowed(cone, wanted)
            self._may_be_tokens, self._may_be_aligned = narrowed.tokens, narrowed.aligned
            self._from_tokens = narrowed.from_tokens

    # --- tokens ----------------------------------------------------------------------------------

    def tokens(self, node: Node) -> Span | None:
        """The span of a value that consists of tokens of the stream and nothing else."""
        span = self._tokens_or_blank(node)
        return None if span is _BLANK else span

    def _tokens_or_blank(self, node: Node) -> Span | None:
        if self._may_be_tokens is not None and node not in self._may_be_tokens:
            return None
        return self._tokens.ask(node)

    def _find_tokens(self, node: Node) -> Span | None:
        if node.op == "read":
            return self._source(node)
        if node.op in _EMPTY:
            return _BLANK
        if node.op in _SAME and node.ins:
            return self._tokens_or_blank(node.ins[0])
        if node.op in _PICK:
            inner = self._tokens_or_blank(node.ins[0])
            return inner if inner is None or inner is _BLANK else refine(inner, node)
        if node.op == "cat":
            return self._behind_others(node) or self._mixed(node)
        if node.op in _MIX:
            return self._mixed(node)
        return None

    def _behind_others(self, node: Node) -> Span | None:
        """Tokens that some written-out ones were put in front of: the context of each target."""
        parts = node.ins[0].ins if node.ins and node.ins[0].op in ("list", "tuple") else ()
        if len(parts) != 2 or parts[0].op not in ("list", "tuple"):
            return None
        span = self.tokens(parts[1])
        if span is None:
            return None
        ahead = constant(len(parts[0].ins))
        return replace(span, start=span.start - ahead, stop=None)

    def _source(self, node: Node) -> Span | None:
        stream = stream_of(str(node.data))
        if stream not in self._wanted:
            return None
        return Span(node, ZERO, None, tuple(_turns(node)))

    def _mixed(self, node: Node) -> Span | None:
        """Several parts, all of them tokens or blank."""
        parts = node.ins
        if node.op == "store" and len(parts) > 2 and not is_positional(parts[2]):
            return None  # a table of what followed a token, not a copy of the stream
        if node.op == "where":
            parts = node.ins[1:]
        elif node.op in {"if", "store"}:
            parts = node.ins[:2]
        found: list[Span] = []
        for position, part in enumerate(parts):
            if self._tokens.is_open(part):
                continue  # around a cycle comes only what goes in
            span = self._tokens_or_blank(part)
            if span is None:
                return None
            if span is not _BLANK:
                carried = node.op == "phi" and position == 1
                found.append(_turn_before(span, node.data) if carried else span)
        return _joined(found) or _BLANK

    # --- one entry per target --------------------------------------------------------------------

    def aligned(self, node: Node) -> Span | None:
        """The span of a value that has one entry per scored target."""
        if self._may_be_aligned is not None and node not in self._may_be_aligned:
            return None
        return self._aligned.ask(node)

    def _find_aligned(self, node: Node) -> Span | None:
        met = self.meet(node)
        if met is not None:
            return met
        if node.op in _PICK or node.op == "narrow":
            inner = self._per_target(node.ins[0])
            return None if inner is None else refine(inner, node)
        if node.op == "gather" and len(node.ins) > 1 and is_positional(node.ins[1]):
            return self._per_target(node.ins[0])
        if node.op in _OVER_AXIS:
            return self._over_axis(node)
        if node.op in _SAME or node.op in _ELEMENTWISE or node.op in _MIX:
            if node.op in ("+", "-") and any(part.op == "phi" for part in node.ins):
                return None  # a running total has no entry per target
            parts = node.ins[:2] if node.op in ("if", "store") else node.ins
            if node.op == "store" and len(node.ins) > 2 and not is_positional(node.ins[2]):
                parts = node.ins[:1]  # what is stored under tokens lies at no target's place
            for part in parts:
                span = self._per_target(part)
                if span is not None:
                    beside = node.op == "stack" or (node.op == "cat" and self._beside(node, span))
                    return replace(span, stacked=span.stacked + 1) if beside else span
        return None

    def _beside(self, node: Node, span: Span) -> bool:
        """Whether what is joined are several values for the same targets, not further targets."""
        parts = node.ins[0].ins if node.ins[0].op in ("list", "tuple") else node.ins
        if any(_widened(part) for part in parts):
            return True
        known = [self._per_target(part) for part in parts]
        return sum(other is not None and other.start == span.start for other in known) > 1

    def _per_target(self, node: Node) -> Span | None:
        span = self.aligned(node)
        return None if span is None or span.reduced else span

    def _over_axis(self, node: Node) -> Span | None:
        """A reduction over an axis of alternatives keeps one entry per target."""
        inner = self._per_target(node.ins[0]) if node.ins else None
        if inner is None:
            return None
        if node.op == "logsumexp" and not inner.stacked:
            return inner
        if (inner.stacked and isinstance(node.data, int)) or (inner.stacked and len(node.ins) > 1):
            return replace(inner, stacked=inner.stacked - 1)
        return None

    def meet(self, node: Node) -> Span | None:
        """The span of the targets that meet a prediction in this very node."""
        ins = node.ins
        if len(ins) < 2:
            return None
        if node.op in _MEETS:
            met = self._targets(node, ins[1]) or self._targets(node, ins[0])
            return None if met is None else replace(met, reduced=node.data != "none")
        if node.op in _GATHERS:
            if self.tokens(ins[0]) is not None or _embeds(node):
                return None
            target = self._index_tokens(ins[1])
            if target is None:
                return None
            known = node.op in ("index", "gather") or _is_row(ins[0])
            found = self.learned(ins[0]) or (known and self.predicted(ins[0]))
            return target_span(target, node) if found else None
        if node.op in _OPAQUE:
            return self._opaque_meet(node)
        return None

    def _opaque_meet(self, node: Node) -> Span | None:
        """A call that is given targets beside something predicted from tokens: a fused loss."""
        spans = [(part, self.tokens(part)) for part in node.ins]
        tokens = [span for _, span in spans if span is not None]
        predicted = any(
            span is None and part.op not in _STATEFUL and self.learned(part) and not part.num
            for part, span in spans
        )
        if tokens and (predicted or len(tokens) > 1):
            return target_span(tokens[-1], node)
        return None

    def _targets(self, node: Node, part: Node) -> Span | None:
        span = self.tokens(part)
        return None if span is None else target_span(span, node)

    def _index_tokens(self, index: Node) -> Span | None:
        if index.op in ("tuple", "list"):
            # A table of pairs is read at what came before, then at what is to be scored.
            for part in reversed(index.ins):
                span = self.tokens(part)
                if span is not None:
                    return span
            return None
        return self.tokens(index)

    def predicted(self, node: Node) -> bool:
        """Whether a value can be a prediction: it comes from learned state or from the context.

        A table with the length in bytes of every token comes from neither.
        """
        return self.learned(node) or node in self._from_tokens

    def learned(self, node: Node) -> bool:
        """Whether a value depends on learned state: weights, an adapter, a table.

        Counts of training tokens are learned state too.
        """
        if node in self._learned:
            return self._learned[node]
        self._learned[node] = False
        found = node.op in _STATEFUL or _is_training_text(node)
        found = found or any(self.learned(part) for part in node.ins)
        self._learned[node] = found
        return found


def _is_training_text(node: Node) -> bool:
    return node.op == "read" and stream_of(str(node.data)) in (Stream.TRAIN, Stream.BOTH)


def _embeds(lookup: Node) -> bool:
    """Whether a token picks its row of a table as it was learned: an input, not a prediction."""
    table, key = lookup.ins[:2]
    if _is_row(table):
        return False
    while table.ins and (table.op in _SAME or _named_part(table)):
        table = table.ins[0]
    return key.op not in ("tuple", "list") and table.op in _TABLES


def _is_row(value: Node, depth: int = 6) -> bool:
    """Whether a value was looked up in a table under a key made of the context."""
    if value.op in ("join", "if", "alias", "after", "choice") and depth:
        return any(_is_row(part, depth - 1) for part in value.ins[:2])
    if value.op not in ("elem", "index", "get") or len(value.ins) < 2:
        return False
    key = value.ins[1]
    return (value.op != "index" and key.op in ("list", "tuple")) or not is_positional(key)


def _named_part(node: Node) -> bool:
    """Whether a value is an entry under a fixed name, such as an array of an archive."""
    return node.op in _PICK and isinstance(node.ins[1], Const)


def _widened(node: Node) -> bool:
    """Whether a value was just given an axis of its own (`x[..., None]`)."""
    if node.op == "view":
        return bool(node.data == "unsqueeze")
    if node.op != "index" or node.ins[1].op != "tuple":
        return False
    return any(isinstance(part, Const) and part.value is None for part in node.ins[1].ins)


def _turns(read: Node) -> list[Node]:
    """The counters of loops over files: another one is read in every turn."""
    found: list[Node] = []
    stack, seen = list(read.ins), set[Node]()
    while stack and len(seen) < _MAX_LOOK:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.op == "iter":
            found.append(node)
        else:
            stack.extend(node.ins)
    return found


def target_span(span: Span, node: Node) -> Span:
    """The same positions, as targets that met a prediction in `node`."""
    return replace(span, target=node)


def _joined(spans: list[Span]) -> Span | None:
    """One span for several; what is certainly empty does not count."""
    kept: list[Span] = []
    for span in spans:
        empty = span.stop is not None and (span.stop - span.start).known == 0
        if not empty and not any(span is known or _alike(span, known) for known in kept):
            kept.append(span)
    if not kept:
        return spans[0] if spans else None
    return kept[0] if len(kept) == 1 else replace(kept[0], others=tuple(kept[1:]))


def _alike(left: Span, right: Span) -> bool:
    return left.source is right.source and left.bounds == right.bounds


def refine(span: Span, node: Node) -> Span:
    """The part of a span that an indexing node picks out."""
    others = tuple(refine(other, node) for other in span.others)
    return replace(_refined(span, node), others=others)


def _turn_before(span: Span, loop: Loop) -> Span:
    """The positions that a span had one turn earlier, where the loop counts."""
    counter = loop.iter
    factor = None if counter is None else dict(span.start.terms).get(id(counter))
    if counter is None or factor is None or len(counter.ins) != 3:
        return span
    back = linear(counter.ins[2]).scaled(-factor)
    stop = None if span.stop is None else span.stop + back
    return replace(span, start=span.start + back, stop=stop)


def _refined(span: Span, node: Node) -> Span:
    index = node.ins[1]
    parts = index.ins if index.op == "tuple" else (index,)
    start, stop = span.start, span.stop
    for part in parts:
        if part.op == "slice":
            start, stop = _sliced(span, part)
        elif part is index and not part.num:
            start, stop = span.start + first(part), None
        elif part is index and _is_place(part) and node.op == "index" and is_flat(node.ins[0]):
            form = linear(part)
            behind = form.known is not None and form.known < 0 and span.stop is not None
            start = (span.stop if behind and span.stop else span.start) + form
            stop = start + constant(1)
    bounds = span.bounds
    if not (isinstance(index, Const) or _trivial(index)):
        bounds = (*bounds, index)
    return replace(span, start=start, stop=stop, bounds=bounds)


def _is_place(index: Node) -> bool:
    """Whether an index is one number."""
    return type(index.value) is int if isinstance(index, Const) else index.num


def is_flat(tokens: Node) -> bool:
    """Whether tokens certainly lie along one axis, as they do in a file."""
    while tokens.op != "read":
        sliced = tokens.op == "index" and tokens.ins[1].op == "slice"
        if not tokens.ins or not (sliced or tokens.op in _FLAT or tokens.data == "from_numpy"):
            return False
        tokens = tokens.ins[0]
    return True


def first(index: Node, depth: int = 24) -> Linear:
    """The first position that an array of positions names, as far as it can be told.

    Picking some of the positions (`positions[mask]`) is taken to keep the first: spans compare
    where values stand relative to each other, and a pick keeps that.
    """
    while index.op in _PICKS_SOME and index.ins and depth:
        index, depth = index.ins[0], depth - 1
    if index.op == "nonzero" or is_mask(index):
        return ZERO
    if index.op == "arange" and index.ins:
        return linear(index.ins[0])
    if index.op in ("+", "-") and depth:
        left, right = (first(part, depth - 1) for part in index.ins[:2])
        return left + right if index.op == "+" else left - right
    return linear(index)


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

    They do where the bounds depend on the loop's counter, on something the loop carries along, or
    on something it obtains afresh each turn. A random draw does not count: an epoch that shuffles
    still visits the same positions.
    """
    return _advances(span, loop) and all(_advances(other, loop) for other in span.others)


def _advances(span: Span, loop: Loop) -> bool:
    return any(moves(bound, loop) for bound in span.bounds)


def moves(index: Node, loop: Loop) -> bool:
    """Whether an index depends on something that is new in every turn of a loop."""
    stack = [index]
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
    answers = {
        _disjoint(one, other) for one in (left, *left.others) for other in (right, *right.others)
    }
    if False in answers:
        return False
    return None if None in answers else True


def _disjoint(left: Span, right: Span) -> bool | None:
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


def overlapping(learned: Span, scored: Span, around: frozenset[Loop]) -> bool:
    """Whether windows that were collected share positions of one with the learned ones of another.

    Within one window the two spans may well be apart. Collected over a loop that has ended (a
    stack of windows), they are only where windows lie farther apart than they are long.

    Args:
        learned: what was learned from in each window.
        scored: what is scored in each window.
        around: the loops in which the score was made, which are not over.
    """
    reach = None if scored.stop is None else (scored.stop - learned.start).known
    if reach is None:
        return False
    strides = [_stride(bound, around) for bound in scored.bounds]
    return any(stride is not None and stride < reach for stride in strides)


def _stride(bound: Node, around: frozenset[Loop]) -> float | None:
    """How far windows lie apart that a loop which has ended collected."""
    stack, seen = [bound], {bound}
    ended = False
    found: list[float] = []
    while stack and len(seen) < _MAX_LOOK:
        node = stack.pop()
        ended = ended or (node.op == "iter" and node.data not in around)
        step = node.ins[2] if node.op in ("range", "iter") and len(node.ins) > 2 else None
        own = node.op == "range" or node.data not in around
        if own and isinstance(step, Const) and isinstance(step.value, int):
            found.append(abs(step.value))
        if node.op not in ("read", "update", "weights", "len"):
            fresh = [part for part in node.ins if part not in seen]
            seen.update(fresh)
            stack.extend(fresh)
    return max(found) if ended and found else None
