"""Whether a prediction sees the token that it predicts, or one after it, inside its own window.

A model's forward pass may read the tokens *before* a target and nothing else of the text. Along the
time axis a hidden value has a *reach*: the position of the last token that its first entry may
depend on; entry t then depends on tokens up to reach + t. Slices, padding and shifts move it.
An attention without a causal mask, a statistic over the time axis or a reversal makes it unlimited:
all entries depend on all tokens of the window. Causal prediction is the first of the criteria that
the maintainers' rulings of 2026-03-27 (issue #677) and 2026-05-02 refer to.

What is not recognised is taken to be causal: the answer is about what can be shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from auditor.trace.cone import behind
from auditor.trace.graph import Const, InputNames, Loop, Node
from auditor.trace.history import Score, content, loops_around
from auditor.trace.library.tables import ALLOCATORS
from auditor.trace.linear import Linear, linear
from auditor.trace.positional import is_positional
from auditor.trace.spans import Span, Spans, disjoint, is_flat

_STOPS = {"weights", "update", "load_state", "param", "params", "state", "object", "read", "grad",
          "bincount", "unique", "random"}  # fmt: skip
_PICKS = {"index", "elem", "gather", "lookup"}
_TURNS = {"transpose", "permute", "movedim", "moveaxis", "swapaxes", "swapdims", "t", "T", "mT"}
_RESHAPES = {"view", "reshape", "flatten", "ravel", "unflatten", "view_as", "reshape_as",
             "diagonal", "unfold", "as_strided"}  # fmt: skip
_OVER_TIME = {"mean", "max", "min", "amax", "amin", "softmax", "log_softmax", "logsumexp",
              "std", "var", "norm", "topk", "median", "flip", "fft", "rfft"}  # fmt: skip
_TESTS = {"==", "!=", "<", ">", "<=", ">="}
_SIZES = {"item", "tolist", "int", "len", "argsort", "nonzero"}
_MASKS = {"tril", "triu", "<", ">", "<=", ">=", "masked_fill", "where", "create_block_mask", "load",
          "create_mask", "missing", "call", "opaque", "band_part", "triu_indices", "tril_indices",
          "generate_square_subsequent_mask"}  # fmt: skip
_MASKING = {"masked_fill", "where", "tril", "triu", "store", "masked_select", "if"}
_PRODUCTS = {"@", "einsum", "baddbmm", "addbmm"}
_KEEPS_PAIRS = {"softmax", "to", "float", "*", "/", "-", "view", "alias", "after", "dropout",
                "type_as", "contiguous", "exp", "sigmoid", "relu", "Dropout", "u-", "tanh",
                "**", "pow", "square", "bfloat16", "half", "if", "copy"}  # fmt: skip
_MASKED_MODULES = {"MultiheadAttention", "TransformerEncoderLayer", "TransformerEncoder",
                   "TransformerDecoderLayer", "TransformerDecoder"}  # fmt: skip
_ATTENDED = {"MultiheadAttention": 3, "TransformerDecoderLayer": 2, "TransformerDecoder": 2}
"""How many inputs such a module has before its masks, where it is not one."""

_MAX_STARTS = 4
_MAX_DEPTH = 4_000
_MAX_MASK = 400


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What a hidden value depends on.

    Attributes:
        starts: positions of the last token behind the first entry, one for each way to it.
        spans: the tokens behind the value.
        whole: tokens that all entries depend on, with the node that made it so.
        ids: whether these are still token ids or keys made of them, without a feature axis.
        sure: whether axis 1 is certainly the time axis.
        pairs: whether there is an entry for each pair of positions, and no mask on them yet.
    """

    starts: tuple[Linear, ...] = ()
    spans: tuple[Span, ...] = ()
    whole: tuple[tuple[Span, Node], ...] = ()
    ids: bool = False
    sure: bool = True
    pairs: bool = False

    def moved(self, by: Linear) -> Reach:
        """The reach after the first entry became another one."""
        return replace(self, starts=tuple(start + by for start in self.starts))

    def unlimited(self, by: Node) -> Reach:
        """The reach after every entry came to depend on all tokens."""
        seen = {id(span) for span, _ in self.whole}
        more = tuple((span, by) for span in self.spans if id(span) not in seen)
        return replace(self, whole=(*self.whole, *more), pairs=False)


NOTHING = Reach()


@dataclass(frozen=True, slots=True, eq=False)
class Leak:
    """A prediction that sees its own target or a later token.

    Attributes:
        score: the score.
        node: what makes it so: the attention, the statistic, the shifted input.
        ahead: tokens too far, `None` where all of the window is seen.
    """

    score: Score
    node: Node
    ahead: int | None


def leaks(scores: Iterable[Score], spans: Spans) -> list[Leak]:
    """The predictions behind some scores that see too far, one per place."""
    by_loops: dict[frozenset[Loop], _Reaches] = {}
    found: dict[int, Leak] = {}
    for score in scores:
        target = score.span.target
        if target is None:
            continue
        around = loops_around(target)
        reaches = by_loops.setdefault(around, _Reaches(spans, around))
        for part in _predictions(target, spans):
            leak = _leak(score, part, reaches.of(part))
            if leak is not None:
                stmt = leak.node.stmt
                found.setdefault(0 if stmt is None else id(stmt), leak)
    return list(found.values())


def _predictions(target: Node, spans: Spans) -> list[Node]:
    """What is compared with the targets in the node where both meet."""
    if target.op in _PICKS:
        return [target.ins[0]]
    return [part for part in target.ins if spans.tokens(part) is None]


def _leak(score: Score, part: Node, reach: Reach) -> Leak | None:
    for span, by in reach.whole:
        if disjoint(span, score.span) is False or _next_to(span, score.span):
            return Leak(score, by, None)
    targets = [score.span.start, *(other.start for other in score.span.others)]
    for start in reach.starts:
        known = [ahead for t in targets if (ahead := (start - t).known) is not None]
        if known and min(known) >= 0 and len(known) == len(targets):
            return Leak(score, part, int(min(known)) + 1)
    return None


def _next_to(span: Span, scored: Span) -> bool:
    """Whether a window of tokens is the targets' own, one step before."""
    return (scored.start - span.start).known == 1 and (
        span.stop is None or (scored.start - span.stop).known is None
    )


class _Reaches:
    """Finds reaches; answers are remembered."""

    def __init__(self, spans: Spans, around: frozenset[Loop]) -> None:
        self._spans = spans
        self._around = around
        self._known: dict[Node, Reach] = {}
        self._depth = 0

    def of(self, node: Node) -> Reach:
        """The reach of a value; `NOTHING` where it depends on no token."""
        known = self._known.get(node)
        if known is not None:
            return known
        if self._depth > _MAX_DEPTH:
            return NOTHING
        self._known[node] = NOTHING  # around a cycle comes only what goes in
        self._depth += 1
        answer = self._find(node)
        self._depth -= 1
        self._known[node] = answer
        return answer

    def _find(self, node: Node) -> Reach:
        if self._hides(node):
            return NOTHING
        span = self._spans.tokens(node)
        if span is not None:
            every = (span, *span.others)
            starts = tuple(one.start for one in every)[:_MAX_STARTS]
            return Reach(starts, every, ids=True, sure=not is_flat(node))
        if node.op in _STOPS or isinstance(node, Const) or node.op in ALLOCATORS:
            return NOTHING
        if node.op == "phi" and node.data in self._around:
            return self.of(node.ins[0])  # what earlier turns left is a matter of their order
        if node.op == "index" and len(node.ins) > 1 and is_positional(node.ins[1]):
            return self._sliced(node)
        if node.op in _PICKS and len(node.ins) > 1:
            return self._picked(node)
        if node.op == "store":
            return self._stored(node)
        if node.op == "cat":
            return self._joined(node)
        if node.op in _SIZES and len(node.ins) == 1:
            return NOTHING
        if node.op in ("pad", "roll"):
            return self._shifted(node)
        return self._computed(node)

    def _hides(self, node: Node) -> bool:
        """Whether tokens are masked out at random: hidden ones are what a denoiser predicts."""
        if node.op not in ("where", "masked_fill", "store") or len(node.ins) < 3:
            return False
        mask = node.ins[0] if node.op == "where" else node.ins[2 if node.op == "store" else 1]
        held = any(self._spans.tokens(part) is not None for part in node.ins)
        return held and _at_random(mask)

    # --- places ----------------------------------------------------------------------------------

    def _picked(self, node: Node) -> Reach:
        """An entry of a table: what the table depends on, and what the key depends on."""
        base, key = (self.of(part) for part in node.ins[:2])
        if is_positional(node.ins[1]):
            return base
        return _with(_both(base, replace(key, ids=False)), ids=False)

    def _sliced(self, node: Node) -> Reach:
        reach = self.of(node.ins[0])
        part = self._time_part(node.ins[1], reach)
        if _drops_axis(node.ins[1]):
            reach = replace(reach, sure=False)
        if part is None or not reach.starts:
            return reach
        low = part.ins[0]
        if isinstance(low, Const) and low.value is None:
            return reach
        form = linear(low)
        if form.known is not None and form.known < 0:
            return replace(reach, starts=())
        return reach.moved(form)

    def _time_part(self, index: Node, reach: Reach) -> Node | None:
        """The slice along the time axis, where the index has one."""
        parts = index.ins if index.op == "tuple" else (index,)
        slices = [(at, part) for at, part in enumerate(parts) if part.op == "slice"]
        if reach.ids:
            return slices[-1][1] if slices else None
        if not reach.sure or any(isinstance(p, Const) and p.value is ... for p in parts):
            return None
        added = sum(isinstance(part, Const) and part.value is None for part in parts[:2])
        return next((part for at, part in slices if at == 1 and not added), None)

    def _stored(self, node: Node) -> Reach:
        """A value written at some places: it moves by where it is written to."""
        old = self.of(node.ins[0])
        if len(node.ins) < 3:
            return _both(old, self.of(node.ins[1]))
        if not is_positional(node.ins[2]):
            return old
        new = self.of(node.ins[1])
        part = self._time_part(node.ins[2], new)
        if part is None or not new.starts:
            return _both(old, new)
        low = part.ins[0]
        if isinstance(low, Const) and low.value is None:
            return _both(old, new)
        form = linear(low)
        if form.known is None or form.known < 0:
            new = replace(new, starts=())
        return _both(old, new.moved(form.scaled(-1)))

    def _joined(self, node: Node) -> Reach:
        """Arrays one after the other, along the time axis or beside each other."""
        parts = node.ins[0].ins if node.ins[0].op in ("list", "tuple") else node.ins
        reaches = [self.of(part) for part in parts]
        found = NOTHING
        along = self._along_time(node, reaches)
        before: float | None = 0
        for part, reach in zip(parts, reaches, strict=True):
            found = _both(found, _behind(reach, before) if along else reach)
            if along:
                length = _length(part, ids=any(r.ids for r in reaches))
                before = None if before is None or length is None else before + length
        return found

    def _along_time(self, node: Node, reaches: list[Reach]) -> bool:
        axis = _axis(node)
        if any(reach.ids for reach in reaches):
            return axis in (-1, 1) or (axis in (None, 0) and len(reaches) > 1)
        return axis in (1, -2) and all(reach.sure for reach in reaches)

    def _shifted(self, node: Node) -> Reach:
        """`pad` puts something before the first entry, `roll` turns the array round."""
        reach = self.of(node.ins[0])
        amounts = [
            part.value
            for outer in node.ins[1:2]
            for part in (outer.ins if outer.op in ("tuple", "list") else (outer,))
            if isinstance(part, Const) and isinstance(part.value, int)
        ]
        if node.op == "roll":
            return reach.moved(Linear(-amounts[0], ())) if amounts else replace(reach, starts=())
        before = [amount for amount in amounts[::2] if amount]
        return reach.moved(Linear(-before[0], ())) if before else reach

    # --- computing -------------------------------------------------------------------------------

    def _computed(self, node: Node) -> Reach:
        parts = [self.of(part) for part in content(node)]
        found = NOTHING
        for reach in parts:
            found = _both(found, reach)
        if not found.spans:
            return NOTHING
        if _is_attention(node):
            seen = self._keys(node)
            found = replace(found, sure=False, pairs=False)
            return found if _is_masked(node) or not seen.spans else found.unlimited(node)
        if node.op in _PRODUCTS:
            return self._product(node, found)
        if node.op in _TESTS:
            return replace(found, ids=False, pairs=False)
        if node.op in _OVER_TIME and self._over_time(node, found):
            return found.unlimited(node)
        if found.pairs and not self._keeps_pairs(node):
            found = replace(found, pairs=False)
        if node.data == "bidirectional":
            return found.unlimited(node)
        if node.op == "view" and node.data in _TURNS:
            return replace(found, sure=False)
        if node.op == "view" and not _keeps_axes(node):
            return replace(found, sure=False)
        return found

    def _keys(self, node: Node) -> Reach:
        """What the keys and values of an attention depend on."""
        found = NOTHING
        for part in node.ins[1:3]:
            found = _both(found, self.of(part))
        return found

    def _product(self, node: Node, found: Reach) -> Reach:
        operands = [part for part in node.ins if not isinstance(part, Const)][:2]
        reaches = [self.of(part) for part in operands]
        if len(reaches) < 2 or not all(reach.spans for reach in reaches):
            return replace(found, pairs=False)
        if any(reach.pairs for reach in reaches):
            return found.unlimited(node)
        return replace(found, pairs=_pairs_up(node, operands), sure=False)

    def _keeps_pairs(self, node: Node) -> bool:
        """Whether an operation leaves entries for pairs of positions without a mask."""
        if node.op == "+":
            others = [part for part in node.ins if not self.of(part).pairs]
            return all(isinstance(p, Const) or p.num or _is_bias(p) for p in others)
        if node.op == "*":
            others = [part for part in node.ins if not self.of(part).pairs]
            return all(isinstance(p, Const) or p.num or not _has_mask(p) for p in others)
        if node.op == "masked_fill" and len(node.ins) > 1:
            return _looks_both_ways(node.ins[1])
        return node.op in _KEEPS_PAIRS

    def _over_time(self, node: Node, found: Reach) -> bool:
        return found.sure and not found.ids and _axis(node) == 1


def _at_random(mask: Node) -> bool:
    """Whether what is masked out was drawn at random."""
    return any(node.op == "random" for node in behind(mask, _MAX_MASK, stops=_STOPS))


def _behind(reach: Reach, before: float | None) -> Reach:
    """The reach of an array put behind some entries, `None` where it is not known how many."""
    return replace(reach, starts=()) if before is None else reach.moved(Linear(-before, ()))


def _with(reach: Reach, *, ids: bool) -> Reach:
    return replace(reach, ids=ids) if reach.spans else reach


def _both(left: Reach, right: Reach) -> Reach:
    """The reach of a value made of two others, entry by entry."""
    if not right.spans:
        return left
    if not left.spans:
        return right
    starts = list(left.starts)
    for start in right.starts:
        if start not in starts and len(starts) < _MAX_STARTS:
            starts.append(start)
    known = {id(span) for span in left.spans}
    spans = (*left.spans, *(span for span in right.spans if id(span) not in known))
    blamed = {id(span) for span, _ in left.whole}
    whole = (*left.whole, *(one for one in right.whole if id(one[0]) not in blamed))
    return Reach(
        tuple(starts),
        spans[:8],
        whole[:8],
        ids=left.ids and right.ids,
        sure=left.sure or right.sure,  # what is combined entry by entry has one layout
        pairs=left.pairs or right.pairs,
    )


def _drops_axis(index: Node) -> bool:
    """Whether an index picks one entry of the first axis, which is gone then."""
    first = index.ins[0] if index.op == "tuple" and index.ins else index
    return isinstance(first, Const) and isinstance(first.value, int)


def _axis(node: Node) -> int | None:
    for part in node.ins[1:]:
        if isinstance(part, Const) and isinstance(part.value, int):
            return part.value
    return node.data if isinstance(node.data, int) else None


def _length(part: Node, *, ids: bool) -> float | None:
    """The extent of a part along the time axis, where it is known."""
    while part.op in ("to", "alias", "after", "copy") and part.ins:
        part = part.ins[0]
    if part.op in ALLOCATORS or part.op == "alloc":
        shape = part.data if isinstance(part.data, tuple) else ()
        if not shape and part.ins:
            return _length(part.ins[0], ids=ids)
        at = -1 if ids else 1
        if len(shape) > (0 if ids else 1):
            extent = shape[at]
            return extent.value if isinstance(extent, Const) else None
        return None
    if part.op == "index":
        index = part.ins[1]
        slices = [p for p in (index.ins if index.op == "tuple" else (index,)) if p.op == "slice"]
        for one in slices[-1:] if ids else slices[1:2]:
            low, high = one.ins[:2]
            start = 0 if isinstance(low, Const) and low.value is None else linear(low).known
            stop = linear(high).known if not (isinstance(high, Const) and high.value is None) else 0
            if start is not None and stop is not None and stop > start >= 0:
                return stop - start
    return None


def _keeps_axes(node: Node) -> bool:
    """Whether a change of shape leaves the first two axes what they are."""
    shape = node.ins[1:]
    if node.data in ("unsqueeze", "expand_dims"):
        return bool(shape) and isinstance(shape[0], Const) and shape[0].value in (-1, 2, 3)
    if node.data not in _RESHAPES:
        return True
    if len(shape) == 1 and shape[0].op in ("tuple", "list"):
        shape = shape[0].ins
    return len(shape) >= 3


# --- attention -----------------------------------------------------------------------------------


def _is_attention(node: Node) -> bool:
    if node.op == "apply":
        return node.data in _MASKED_MODULES
    return isinstance(node.data, InputNames) and len(node.ins) >= 3


def _is_masked(node: Node) -> bool:
    """Whether an attention is causal or restricted by something, as far as can be told."""
    if node.op == "apply":
        inputs = _ATTENDED.get(node.data, 1)
        return any(_restricts(part) for part in node.ins[1 + inputs :]) or len(node.ins) < 2
    names = node.data.names
    for at, (name, part) in enumerate(zip(names, node.ins, strict=False)):
        if name in ("is_causal", "causal") or (not name and at == _POSITION.get(node.op)):
            if not isinstance(part, Const) or part.value:
                return True
        elif (
            (name in _RESTRICTING and _restricts(part))
            or (not name and at == 3 and node.op in _MASK_FOURTH and _restricts(part))
            or (not name and at > 2 and node.op not in _POSITION and _restricts(part))
        ):
            return True
    return False


_RESTRICTING = {"attn_mask", "mask", "block_mask", "attn_bias", "score_mod", "window_size", "bias",
                "attention_mask", "local_window_size", "mask_mod", "window_left"}  # fmt: skip
_MASK_FOURTH = {"scaled_dot_product_attention"}
_POSITION = {"scaled_dot_product_attention": 5, "flash_attn_func": 5}
"""Where the flag of a causal mask stands among positional arguments."""


def _restricts(mask: Node) -> bool:
    """Whether a mask may be causal: it compares positions, or comes from where nobody looked."""
    if isinstance(mask, Const):
        return mask.value not in (None, False, (-1, -1), 0.0)
    return _has_mask(mask)


def _has_mask(mask: Node) -> bool:
    if mask.op in ("tuple", "list") and all(isinstance(part, Const) for part in mask.ins):
        return any(part.value != -1 for part in mask.ins if isinstance(part, Const))
    stack, seen = [mask], {mask}
    while stack and len(seen) < _MAX_MASK:
        node = stack.pop()
        if node.op in _MASKS or node.op == "store":
            return True
        if node.op in _STOPS:
            continue
        for part in node.ins:
            if part not in seen:
                seen.add(part)
                stack.append(part)
    return len(seen) >= _MAX_MASK


def _looks_both_ways(mask: Node) -> bool:
    """Whether a mask goes by the distance of two positions alone, before and after alike."""
    while mask.op in ("to", "alias", "view", "index", "u~", "not") and mask.ins:
        mask = mask.ins[0]
    return mask.op in ("<", ">", "<=", ">=") and any(part.op == "abs" for part in mask.ins)


def _is_bias(term: Node) -> bool:
    """Whether what is added to scores is looked up in learned parameters, not a mask."""
    if term.op not in ("index", "lookup") or _has_mask(term):
        return False
    table = term.ins[0]
    while table.op in ("alias", "to", "phi") and table.ins:
        table = table.ins[0]
    return table.op == "param" and "mask" not in str(table.data)


def _pairs_up(node: Node, operands: list[Node]) -> bool:
    """Whether a product has an entry for every pair of positions of its operands."""
    if node.op == "einsum":
        return _spec_pairs(node)
    return any(_is_turned(part) for part in operands)


def _spec_pairs(node: Node) -> bool:
    spec = next(
        (p.value for p in node.ins if isinstance(p, Const) and isinstance(p.value, str)), ""
    )
    left, arrow, out = spec.replace(" ", "").partition("->")
    first, comma, second = left.partition(",")
    if not arrow or not comma or "," in second:
        return False
    return bool(set(first) - set(second) & set(out)) and bool(
        (set(second) - set(first)) & set(out) and (set(first) - set(second)) & set(out)
    )


def _is_turned(node: Node) -> bool:
    """Whether an operand was transposed last."""
    while node.op in ("to", "alias", "after", "contiguous", "*", "/") and node.ins:
        node = node.ins[0]
    return node.op == "view" and node.data in _TURNS
