"""Whether a counted score is the logarithm of one entry of a distribution fixed beforehand.

The realised target may enter a score in one way only: as the index into a vector that is normalised
over the vocabulary. This module walks from a score to the places where target and prediction meet
and collects every other way in which the target takes part. The requirement is valerio-oai's in
issue #677 (2026-03-27): one full distribution per position, independent of which token is realised.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from auditor.trace.cone import Cone, behind
from auditor.trace.graph import Const, Loop, Node
from auditor.trace.history import Score, content, loops_around
from auditor.trace.library.paths import Stream
from auditor.trace.library.tables import COPIES, PIECES
from auditor.trace.linear import Linear
from auditor.trace.positional import is_positional
from auditor.trace.spans import Span, Spans

_NORMALISERS = {"softmax", "log_softmax", "xent", "nll", "logsumexp"}
_STOPS = {"update", "load_state", "weights", "param", "params", "state", "read", "apply", "lookup"}
_LOOKUPS = {"index", "gather", "elem", "lookup"}
_PARAMETERS = {"param", "params", "weights", "update", "load_state", "state"}
_VIEWS = {"to", "view", "phi", "alias", "after", "float", "index", "copy", "contiguous", "join"}
_SPELLS = {"encode", "bytes", "bytearray", "join_text"}
_PROPERTIES = {"startswith", "endswith", "==", "!=", "in", "not in", "isinstance", "not",
               "is_byte", "is_control", "is_unknown", "is_unused", "isspace",
               "isalpha"}  # fmt: skip
_EXTREMES = {"min", "max", "amin", "amax"}
_ORDERINGS = {"<", "<=", ">", ">="}
_MIXERS = {"^", "*", "%", "&", "+", "<<", "|", "-", "hash", "//", ">>"}
_REDUCERS = {"%", "&", "^", "hash", ">>"}
_ARITHMETIC = _MIXERS | _REDUCERS | _VIEWS | COPIES | {
    "elem", "item", "part", "store", "if", "stack", "cat", "tuple", "list", "sum", "int", "call",
    "u-", "u~", "where", "dot", "matmul", "@", "cumsum", "narrow", "choice",
}  # fmt: skip
_TOTALS = _VIEWS | COPIES | {
    "+", "-", "*", "/", "sum", "mean", "item", "call", "int", "if", "tuple", "list", "all_reduce",
}  # fmt: skip
_CHOOSERS = {"min", "max", "amin", "amax", "minimum", "maximum"}
_MEMBERSHIP = ("in", "not in", "is", "is not", "==", "!=")
_KEPT = {1.0, -1.0, 0.0, 2.0}
_MAX_WALK = 20_000
_WRITES_BYTES = {"tobytes", "recode", "save", "dump", "pack"}
_KEEPS_BYTES = _WRITES_BYTES | _VIEWS | COPIES | {
    "elem", "item", "part", "store", "if", "stack", "cat", "tuple", "list", "dict", "choice",
    "load", "undump", "read_text", "where", "object", "items", "narrow", "bytes", "unpack",
    "fromfile",
}  # fmt: skip
_MAX_BYTES = 4_000


class Kind(StrEnum):
    """Ways in which a target takes part other than as an index."""

    HASHED_KEY = "hashed-key"  # a table is addressed by a hash that mixes the target in
    TARGET_BYTES = "target-bytes"  # the score is computed from the bytes of the realised token
    TARGET_CLASS = "target-class"  # a property of the realised token decides or scales
    ORACLE = "oracle"  # one of several losses is chosen by comparing them on the target
    SCALED_LOSS = "scaled-loss"  # the loss itself is scaled, not the logits
    NO_TARGET = "no-target"  # a mixed-in term is the same for every token
    STORED_TOKENS = "stored-tokens"  # the target is compared with tokens from a shipped file
    UNNORMALISED = "unnormalised"  # one token is favoured, and the rest not lowered for it
    TARGET_GATE = "target-gate"  # what a table knows of the target decides whether it counts
    EXACT_TABLE = "exact-table"  # no departure by itself: counts of past tokens, without collisions


@dataclass(frozen=True, slots=True, eq=False)
class Departure:
    """One such way: what it is, where, and the nodes that show it.

    Attributes:
        kind: what it is.
        node: where it is.
        score: the score that it is a way into.
        evidence: the nodes that show it.
        turns: for totals that are compared turn by turn, the loops whose turns these are.
    """

    kind: Kind
    node: Node
    score: Score
    evidence: tuple[Node, ...] = ()
    turns: frozenset[Loop] = frozenset()


class Distribution:
    """Collects departures for scores."""

    def __init__(self, spans: Spans, cone: Cone) -> None:
        self._spans = spans
        self._cone = cone

    def departures(self, scores: tuple[Score, ...]) -> list[Departure]:
        """Every departure of every score, one per place and kind."""
        found: list[Departure] = []
        seen: set[tuple[Kind, int]] = set()
        losses = self._cone.through([score.node for score in scores], _TOTALS | _CHOOSERS)
        for score in scores:
            totals = self._totals(score, losses)
            for departure in (*_Score(self._spans, score).departures(), *totals):
                stmt = departure.node.stmt
                key = (departure.kind, stmt.line if stmt is not None else 0)
                if key not in seen:
                    seen.add(key)
                    found.append(departure)
        return found

    def _totals(self, score: Score, losses: set[Node]) -> Iterator[Departure]:
        """Sums of losses that are scaled, or of which the least is taken turn by turn."""
        around = loops_around(score.node)
        for node in self._cone.through([score.node], _TOTALS | _CHOOSERS):
            turns = loops_around(node) & around
            if turns and _chooses(node, losses):
                compared = tuple(p for p in node.ins if p in losses)
                yield Departure(Kind.ORACLE, node, score, compared, turns)
            if node.op in ("*", "/") and len(node.ins) == 2:
                factor = node.ins[1] if node.op == "/" else _constant_of(node)
                if isinstance(factor, Const) and _nearly_one(factor.value):
                    yield Departure(Kind.SCALED_LOSS, node, score, (factor,))


class _Score:
    """One score and the values it is put together from."""

    def __init__(self, spans: Spans, score: Score) -> None:
        self._spans = spans
        self._stored_streams = Spans(frozenset({Stream.OTHER}))
        self._score = score
        self._starts: list[Linear] = []
        self._logits: list[Node] = []
        self._nodes = self._collect()
        self._depends: dict[Node, bool] = {}
        self._tables: dict[Node, bool] = {}

    def _collect(self) -> list[Node]:
        """The nodes between the score and the distributions or tables behind it."""
        nodes: list[Node] = []
        stack, seen = [self._score.node], {self._score.node}
        conditions: list[Node] = []
        deciding = False
        while (stack or conditions) and len(seen) < _MAX_WALK:
            if not stack:
                deciding, stack, conditions = True, conditions, []
            node = stack.pop()
            nodes.append(node)
            span = None if deciding else self._spans.aligned(node)
            if span is not None:
                self._note(span)
            if node.op in _NORMALISERS and node.op != "logsumexp":
                self._logits += node.ins[:1]
                continue
            if node.op in _STOPS:
                continue
            if self._spans.tokens(node) is not None:
                continue
            for part in self._inputs(node):
                if part not in seen:
                    seen.add(part)
                    tested = node.op == "where" and len(node.ins) > 2 and part is node.ins[0]
                    (conditions if tested else stack).append(part)
        return nodes

    def _behind_logits(self) -> Iterator[Node]:
        """The nodes that a distribution was computed from, inside the normalisation."""
        stack, seen = list(self._logits), set(self._logits)
        while stack and len(seen) < _MAX_WALK:
            node = stack.pop()
            yield node
            if node.op in _STOPS or self._spans.tokens(node) is not None:
                continue
            for part in self._inputs(node):
                if part not in seen:
                    seen.add(part)
                    stack.append(part)

    def _inputs(self, node: Node) -> tuple[Node, ...]:
        if node.op == "if":
            return node.ins
        if node.op == "elem" and not is_positional(node.ins[1]):
            return node.ins
        return content(node)

    def _note(self, span: Span) -> None:
        for one in (span, *span.others):
            if one.start not in self._starts:
                self._starts.append(one.start)

    # --- the target ------------------------------------------------------------------------------

    def _is_target(self, span: Span) -> bool:
        """Whether a token span is that of the scored targets."""
        return any(
            (one.start - start).known == 0 for one in (span, *span.others) for start in self._starts
        )

    def _on_target(self, node: Node) -> bool:
        """Whether a value depends on the realised targets."""
        came: dict[Node, Node | None] = {node: None}
        stack = [node]
        while stack:
            one = stack.pop()
            known = self._depends.get(one)
            several = known is not None or one.op in ("tuple", "list")
            span = None if several else self._spans.tokens(one)
            if known or (span is not None and self._is_target(span)):
                back: Node | None = one
                while back is not None:
                    self._depends[back] = True
                    back = came[back]
                return True
            if known is None and span is None and one.op not in _STOPS:
                fresh = [part for part in self._inputs(one) if part not in came]
                came.update((part, one) for part in fresh)
                stack.extend(fresh)
        self._depends.update((one, False) for one in came)
        return False

    def _token_spans(self, key: Node) -> list[tuple[Node, Span]]:
        """The token values that a key is made of.

        Tokens that were put behind others stand at other places than they did before.
        """
        found: list[tuple[Node, Span]] = []
        moved: set[Node] = set()
        for node in _folded(key):
            span = self._spans.tokens(node)
            if span is not None:
                found.append((node, span))
                moved |= set(_folded(node)) - {node} if node.op == "cat" else set()
        return [(node, span) for node, span in found if node not in moved]

    # --- departures ------------------------------------------------------------------------------

    def departures(self) -> Iterator[Departure]:
        """Every departure of this score."""
        yield from self._lookups()
        for node in self._nodes:
            yield from self._choices(node)
            yield from self._scalings(node)
            yield from self._properties(node)
            yield from self._stored(node)
            yield from self._constants(node)
            yield from self._favoured(node)
            yield from self._raised(node)
            yield from self._spelled(node)
        for node in self._behind_logits():
            yield from self._properties(node)

    def _made(self, kind: Kind, node: Node, *evidence: Node) -> Departure:
        return Departure(kind, node, self._score, evidence)

    def _lookups(self) -> Iterator[Departure]:
        """Tables that were filled from tokens and are read under a key that holds the target."""
        reads = [
            node
            for node in self._nodes
            if node.op in _LOOKUPS
            and len(node.ins) > 1
            and not is_positional(node.ins[1])
            and self._spans.tokens(node.ins[0]) is None
            and not _is_parameter(node.ins[0])
        ]
        mixed = {read: self._mixed_tokens(read.ins[1]) for read in reads}
        for read in reads:
            key = read.ins[1]
            target = any(self._is_target(span) for _, span in mixed[read])
            if target or self._extends_another(read, mixed):
                yield self._made(Kind.HASHED_KEY, read, key)
            elif (
                self._token_spans(key) and self._collected(read.ins[0]) and not self._counted(read)
            ):
                yield self._made(Kind.EXACT_TABLE, read, key)

    def _mixed_tokens(self, key: Node) -> list[tuple[Node, Span]]:
        """The token values that a key folds into one number, where different ones may collide.

        A hash of the context beside the token itself (`table[hash(context), token]`) is a row with
        an entry for every token.
        """
        hidden = _mixed(key)
        return [(node, span) for node, span in self._token_spans(key) if node in hidden]

    def _extends_another(self, read: Node, keys: dict[Node, list[tuple[Node, Span]]]) -> bool:
        """Whether the key is another table's key with one more token: the one that follows it."""
        own = {part for part, _ in keys[read]}
        return any(
            other is not read and {part for part, _ in tokens} < own and tokens
            for other, tokens in keys.items()
        )

    def _collected(self, base: Node) -> bool:
        """Whether an array or dict was filled under keys made of tokens."""
        known = self._tables.get(base)
        if known is not None:
            return known
        self._tables[base] = False
        if base.op in ("bincount", "unique", "histc", "count"):
            answer = True
        elif base.op == "store" and len(base.ins) > 2 and not is_positional(base.ins[2]):
            answer = bool(self._any_tokens(base.ins[2])) or self._collected(base.ins[0])
        elif base.op in _STOPS or _normalised(base) or self._spans.tokens(base) is not None:
            answer = False
        else:
            answer = any(self._collected(part) for part in content(base)[:12])
        self._tables[base] = answer
        return answer

    def _counted(self, read: Node) -> bool:
        """Whether an entry is read only to be counted up: `table[key] += 1`."""
        return any(
            node.op == "store" and node.stmt is read.stmt and node.ins[0] is read.ins[0]
            for node in self._nodes
        )

    def _any_tokens(self, key: Node) -> bool:
        """Whether a key is made of tokens of any stream."""
        return any(node.op == "read" for node in behind(key, 400))

    def _choices(self, node: Node) -> Iterator[Departure]:
        """A choice between losses that looks at both of them on the target."""
        if node.op in ("minimum", "maximum"):
            losses = [part for part in node.ins if self._spans.aligned(part) is not None]
            if len(losses) > 1:
                yield self._made(Kind.ORACLE, node, *losses)
        if node.op in _EXTREMES and node.ins:
            inner = self._spans.aligned(node.ins[0])
            if inner is not None and inner.stacked and self._spans.aligned(node) is not None:
                yield self._made(Kind.ORACLE, node, node.ins[0])
        condition: Node | None = None
        if node.op == "if" and len(node.ins) > 2:
            condition = node.ins[2]
        elif node.op == "where" and len(node.ins) > 2:
            condition = node.ins[0]
        for test in () if condition is None else _tests(condition):
            sides = test.ins[:2]
            if test.op in _ORDERINGS and all(self._loss_like(side) for side in sides):
                yield self._made(Kind.ORACLE, test, *sides)
            elif any(self._known_of_target(side) for side in sides):
                yield self._made(Kind.TARGET_GATE, test, *sides)

    def _known_of_target(self, node: Node) -> bool:
        """Whether a value is what a table of past tokens holds for the realised target."""
        return any(
            part.op in _LOOKUPS
            and len(part.ins) > 1
            and self._collected(part.ins[0])
            and any(self._is_target(span) for _, span in self._token_spans(part.ins[1]))
            for part in _folded(node)
        )

    def _loss_like(self, node: Node) -> bool:
        return self._spans.aligned(node) is not None or (
            self._on_target(node) and not isinstance(node, Const)
        )

    def _scalings(self, node: Node) -> Iterator[Departure]:
        """The loss of each target times a constant other than a change of unit."""
        if node.op != "*" or len(node.ins) != 2:
            return
        for loss, factor in (node.ins, node.ins[::-1]):
            if isinstance(factor, Const) and self._is_loss(loss) and _rescales(factor.value):
                yield self._made(Kind.SCALED_LOSS, node, factor)

    def _is_loss(self, node: Node) -> bool:
        """Whether a value is a loss per target itself, not a probability on its way into one."""
        while node.op in ("to", "view", "float", "double", "index", "item", "elem", "alias", "u-"):
            if node.op == "u-" or not node.ins:
                break
            node = node.ins[0]
        if node.op in ("xent", "nll"):
            return self._spans.meet(node) is not None
        return node.op == "u-" and self._spans.aligned(node) is not None

    def _properties(self, node: Node) -> Iterator[Departure]:
        """A fixed table of token properties, indexed by the target, inside the score."""
        if node.op not in ("index", "elem", "gather") or len(node.ins) < 2:
            return
        base, key = node.ins[:2]
        if self._spans.tokens(base) is not None or self._spans.predicted(base):
            return
        span = self._spans.tokens(key)
        if span is None or not self._is_target(span) or self._collected(base):
            return
        if self._spans.meet(node) is None and self._spans.aligned(base) is None:
            kind = Kind.TARGET_BYTES if _holds_bytes(base) else Kind.TARGET_CLASS
            yield self._made(kind, node, key)

    def _stored(self, node: Node) -> Iterator[Departure]:
        """The target compared with tokens that come from a file of the submission."""
        if node.op not in ("==", "!=") or len(node.ins) < 2:
            return
        for side, other in (node.ins[:2], node.ins[1::-1]):
            span = self._spans.tokens(side)
            if span is None or not self._is_target(span):
                continue
            shipped = (
                self._spans.tokens(other) is None and self._stored_streams.tokens(other) is not None
            )
            if shipped or self._written_out(other):
                yield self._made(Kind.STORED_TOKENS, node, other)

    def _written_out(self, node: Node) -> bool:
        """Whether a value is the scored stream's own tokens, put into bytes and taken out again."""
        stack, seen = [(node, False)], {(node, False)}
        while stack and len(seen) < _MAX_BYTES:
            one, written = stack.pop()
            if one.op == "read" and written and self._spans.tokens(one) is not None:
                return True
            parts = content(one) if one.op in _KEEPS_BYTES else ()
            keyed = {"store": 2, "elem": 1, "index": 1, "get": 1}.get(one.op, len(parts))
            for part in parts[:keyed]:  # a key tells where a value is, not what it is
                state = (part, written or one.op in _WRITES_BYTES)
                if state not in seen:
                    seen.add(state)
                    stack.append(state)
        return False

    def _constants(self, node: Node) -> Iterator[Departure]:
        """A mixture of several terms of which one does not depend on the target at all."""
        if node.op != "stack" or not node.ins:
            return
        terms = node.ins[0].ins if node.ins[0].op in ("list", "tuple") else node.ins
        scored = [term for term in terms if self._on_target(term)]
        if len(scored) < 2 or not any(self._spans.aligned(term) for term in scored):
            return
        for term in terms:
            if term not in scored and not _is_constant(term):
                yield self._made(Kind.NO_TARGET, term, node)

    def _spelled(self, node: Node) -> Iterator[Departure]:
        """A call that spells out the realised token."""
        if not PIECES.search(node.op) and not (node.op == "call" and PIECES.search(str(node.data))):
            return
        for part in node.ins:
            span = self._spans.tokens(part)
            if span is not None and (self._is_target(span) or self._stored_apart(span)):
                yield self._made(Kind.TARGET_BYTES, node, part)

    def _stored_apart(self, span: Span) -> bool:
        """Whether tokens are the targets of losses that were collected in a loop of their own."""
        return any((span.start - start).constant == 0 and start.terms for start in self._starts)

    def _favoured(self, node: Node) -> Iterator[Departure]:
        """A bonus for the token that was guessed, where nothing asks how likely it was anyway."""
        if node.op != "==" or len(node.ins) < 2:
            return
        for side, guess in (node.ins[:2], node.ins[1::-1]):
            span = self._spans.tokens(side)
            if span is None or not self._is_target(span) or isinstance(guess, Const):
                continue
            guessed = self._spans.tokens(guess)
            itself = guessed is not None and self._is_target(guessed)
            if not itself and not self._looked_up(guess):
                yield self._made(Kind.UNNORMALISED, node, guess)

    def _raised(self, node: Node) -> Iterator[Departure]:
        """A constant added to the probability of the realised token, and of no other."""
        if node.op != "+" or len(node.ins) != 2:
            return
        for entry, added in (node.ins, node.ins[::-1]):
            if isinstance(added, Const) and _counts(added.value) and self._is_entry(entry):
                yield self._made(Kind.UNNORMALISED, node, added)

    def _is_entry(self, node: Node) -> bool:
        """Whether a value is an entry of a distribution, picked by the target."""
        met = self._spans.aligned(node)
        target = None if met is None else met.target
        if target is None or target.op not in _LOOKUPS:
            return False
        while node is not target and node.op in _VIEWS | COPIES | {"item"} and node.ins:
            node = node.ins[0]
        base = target.ins[0]
        while base.op in _VIEWS | COPIES and base.ins:
            base = base.ins[0]
        return node is target and base.op == "softmax"

    def _looked_up(self, guess: Node) -> bool:
        """Whether a probability of the guessed token takes part in the score."""
        return any(
            node.op in _LOOKUPS and len(node.ins) > 1 and _behind(node.ins[1], guess)
            for node in self._nodes
        )


def _behind(value: Node, part: Node) -> bool:
    """Whether a value was computed from a part, within a few steps."""
    return any(node is part for node in behind(value, 60))


def _chooses(node: Node, losses: set[Node]) -> bool:
    """Whether a value is the least of several losses, or one that comparing them chose."""
    if node.op in ("minimum", "maximum"):
        return sum(part in losses for part in node.ins) > 1
    if node.op in _EXTREMES:
        return any(part in losses and part.op in ("list", "tuple") for part in node.ins[:1])
    if node.op == "if" and len(node.ins) > 2 and node.ins[2].op in _ORDERINGS:
        return all(part in losses for part in node.ins[2].ins)
    return False


def _constant_of(product: Node) -> Node | None:
    return next((part for part in product.ins if isinstance(part, Const)), None)


def _counts(value: object) -> bool:
    """Whether a constant is more than a guard against the logarithm of zero."""
    return isinstance(value, float) and 1e-5 < value < 1.0


def _nearly_one(value: object) -> bool:
    """Whether a factor is close to one without being it, as no unit is."""
    return isinstance(value, float) and 0.8 < value < 1.25 and value != 1.0


def _normalised(node: Node) -> bool:
    """Whether a value is a distribution over all tokens, whatever took part in its logits."""
    if node.op == "-" and len(node.ins) == 2:
        return node.ins[1].op == "logsumexp" or (
            node.ins[1].op == "log" and node.ins[1].ins[0].op == "sum"
        )
    return node.op in ("softmax", "log_softmax")


def _holds_bytes(table: Node) -> bool:
    """Whether the entries of a table are the bytes of tokens, not a property of them."""
    stack, seen = [table], {table}
    while stack and len(seen) < 200:
        node = stack.pop()
        if node.op in _SPELLS or (node.op == "call" and PIECES.search(str(node.data))):
            return True
        if node.op in _PROPERTIES:
            continue
        for part in (node.ins if node.op == "len" else content(node))[:8]:
            if part not in seen:
                seen.add(part)
                stack.append(part)
    return False


def _is_parameter(base: Node) -> bool:
    """Whether an array belongs to the model, and is not a table beside it."""
    seen = 0
    while base.op in _VIEWS and base.ins and seen < 40:
        base, seen = base.ins[0], seen + 1
    return base.op in _PARAMETERS


def _mixed(key: Node) -> set[Node]:
    """What a key mixes into one number, by a remainder, a mask or a hash."""
    hidden: set[Node] = set()
    for node in _folded(key):
        if node.op in _REDUCERS or (node.op == "call" and "hash" in str(node.data)):
            for part in content(node):
                hidden.update(_folded(part))
    return hidden


def _folded(key: Node) -> Iterator[Node]:
    """The values that a key is computed from by arithmetic alone."""
    stack, seen = [key], {key}
    while stack and len(seen) < 400:
        node = stack.pop()
        yield node
        if node.op not in _ARITHMETIC:
            continue
        for part in content(node):
            if part not in seen:
                seen.add(part)
                stack.append(part)


def _tests(condition: Node) -> Iterator[Node]:
    """The comparisons and tests of membership that a condition consists of."""
    stack, seen = [condition], 0
    while stack and seen < 60:
        node = stack.pop()
        seen += 1
        if node.op in _ORDERINGS or node.op in _MEMBERSHIP:
            yield node
        elif node.op in ("&", "|", "and", "or", "not", "u~", "any", "all", "after", "alias", "to"):
            stack.extend(node.ins)


def _rescales(value: object) -> bool:
    """Whether a constant factor changes what a loss says; a change from nats to bits does not."""
    if not isinstance(value, float):
        return False
    return 0.0 < abs(value) < 1.0 and abs(abs(value) - 0.6931) > 1e-3 and abs(value) not in _KEPT


def _is_constant(node: Node) -> bool:
    return isinstance(node, Const) or node.op in ("alloc", "empty") or node.num
