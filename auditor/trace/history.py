"""What a score had seen: which tokens reached its prediction other than as its own context.

The walk starts at a value that has one entry per scored target and goes backwards. As long as it
stays inside the forward pass it meets the window's own tokens, which a causal model may read. Once
it enters something *stored* — weights, an adapter, a table, a statistic over losses — every token
it reaches was learned from, and the question is whether that token is among those scored here or
later.

Order needs no clock. An update that comes later is not reachable at all, unless around the back
edge of a loop; then it happened in an earlier turn, and what matters is whether the positions move
on from turn to turn. The rule is 0hq's in issue #402 (2026-03-23) and the README's of 2026-03-20: a
token may be learned from only after it was graded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from auditor.trace.carried import is_step
from auditor.trace.cone import Cone
from auditor.trace.graph import Const, Loop, Node
from auditor.trace.library.paths import Stream
from auditor.trace.library.tables import META, META_CALLS, PIECES, SPELLS
from auditor.trace.linear import Linear
from auditor.trace.positional import is_positional
from auditor.trace.reach import reaches_beyond
from auditor.trace.spans import Span, Spans, advances, disjoint, first, moves, overlapping

_NO_CONTENT = (
    {"len", "slice", "iter", "range", "any", "which", "clock", "file_fact", "isinstance", "hasattr",
     "setting", "glob", "arange", "alloc", "nonzero", "id", "callable", "size", "version",
     "tell", "next", "popped", "device_fact", "issubclass", "path", "optimizer", "type"}
    | META
    | META_CALLS
)  # fmt: skip
"""Operations through which no token's identity passes: sizes, positions, clocks, paths."""

_STATES = {"update", "load_state"}
_VERSIONS = {"update", "phi", "store", "alias", "after", "if", "param", "join", "to", "grad",
             "dict"}  # fmt: skip
"""Operations whose first input is an older version of the same state."""
_HOLDERS = {"store", "phi", "alias", "after", "if", "join", "elem", "index", "item"}
"""Operations whose first input is the container that a table is, or is an entry of."""
_REDUCTIONS = {"sum", "mean", "min", "max", "argmin", "argmax", "median", "amax", "amin",
               "nanmean", "quantile", "std", "var", "append"}  # fmt: skip
_EXTREMES = {"min", "max", "amin", "amax"}
"""The largest of many tokens tells how large the vocabulary is, and nothing of any of them."""
_COUNTS = {"bincount", "unique", "histc", "histogram", "count", "cumsum_counts"}
_WEIGHTS = {"weights", "update", "load_state", "param"}
_MAX_VERSIONS = 200
_MAX_SPELLED = 12
_BOUNDARY = {"save", "dump", "recode", "load"}
_STEPPED = {"+", "-"}
_NOTED = (
    {"phi", "update", "grad", "load_state", "store", "+", "-"} | _COUNTS | _REDUCTIONS | _BOUNDARY
)
"""Operations through which a walk does not simply pass."""

_ORDERINGS = {"<", "<=", ">", ">="}
_CONNECTIVES = {"and", "or", "not", "&", "|", "u~", "alias", "after"}
_MAX_COMPARED = 16
_MAX_COMPARED_VALUES = 4_000
_MAX_WALK = 60_000


SCORED = frozenset({Stream.VAL, Stream.BOTH})
"""The streams that hold tokens to be scored."""


class Mechanism(StrEnum):
    """How something learned was kept until it reached the score."""

    STEP = "step"  # an optimiser or gradient step on weights, an adapter, a vector
    TABLE = "table"  # counts or values stored under a key made of tokens
    STATISTIC = "statistic"  # a number fitted to losses: a temperature, an expert's weight
    CALIBRATION = "calibration"  # a state rebuilt from something made of tokens, without a step
    SELECTION = "selection"  # one of several values, chosen by comparing losses


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """Losses of scored targets that feed a reported number.

    Attributes:
        node: the value with one entry per target.
        span: which targets.
        first_turn_only: loops of which only the first turn counts.
    """

    node: Node
    span: Span
    first_turn_only: frozenset[Loop] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """Tokens that a score's prediction had learned from.

    Attributes:
        score: the score.
        span: the tokens.
        learned: where they entered what is stored (the update, the table write, the statistic).
        mechanism: how they were kept.
        crossed: the outermost loop around the score in an earlier turn of which this happened, or
            `None` where it happened in the same turn or before all loops.
        through_artifact: whether what was learned went through a saved file on its way.
        path: the way from the score to the tokens, for the code flow.
        early: whether these tokens had certainly not been scored for good when they were learned
            from.
    """

    score: Score
    span: Span
    learned: Node
    mechanism: Mechanism
    crossed: Loop | None
    through_artifact: bool
    path: tuple[Node, ...]
    early: bool


def content(node: Node) -> tuple[Node, ...]:
    """The inputs whose tokens can be told from the result."""
    pick = _CONTENT.get(node.op)
    return node.ins if pick is None else pick(node)


def _indexed(node: Node) -> tuple[Node, ...]:
    return node.ins[:1] if is_positional(node.ins[1]) else node.ins


def _stored(node: Node) -> tuple[Node, ...]:
    ins = node.ins
    return ins[:2] if len(ins) < 3 or is_positional(ins[2]) else ins


_CONTENT: Mapping[str, Callable[[Node], tuple[Node, ...]]] = {
    **dict.fromkeys(
        ("elem", "part", "item", "narrow", "select", "chosen"), lambda node: node.ins[:1]
    ),
    "if": lambda node: node.ins[:2],
    "index": _indexed,
    "store": _stored,
    **dict.fromkeys(_NO_CONTENT, lambda _: ()),
}
"""Operations that do not hand on the content of all their inputs."""


def decided_by(node: Node) -> tuple[Node, ...]:
    """What was compared to choose the value that a node stands for."""
    if node.op == "chosen":
        return node.ins[1:]
    if node.op != "if" or len(node.ins) < 3:
        return ()
    found: list[Node] = []
    stack = [node.ins[2]]
    while stack and len(found) < _MAX_COMPARED:
        test = stack.pop()
        if test.op in _ORDERINGS:
            sides = test.ins[:2]
            if not any(isinstance(side, Const) for side in sides):
                found.extend(sides)  # one value against another, not against a threshold
        elif test.op in _CONNECTIVES:
            stack.extend(test.ins)
    return tuple(found)


class History:
    """Finds the scores behind a reported value and what they had seen."""

    def __init__(
        self, cone: Cone, streams: frozenset[Stream] = SCORED, *, ordered: bool = True
    ) -> None:
        """Answers for one reported value.

        Args:
            cone: the value and all behind it.
            streams: whose tokens count.
            ordered: whether it matters in which turn of a loop something was learned. Where it
                does not, the walk is several times shorter, and `Use.crossed` and `Use.early` say
                nothing.
        """
        self._cone = cone
        self._ordered = ordered
        self._tainted: set[Node] | None = None
        self.spans = Spans(streams, cone)

    # --- scores ----------------------------------------------------------------------------------

    def scores(self) -> list[Score]:
        """The losses that feed the reported value."""
        reported = self._cone.nodes[0]
        found: list[Score] = []
        queue: deque[tuple[Node, frozenset[Loop]]] = deque([(reported, frozenset())])
        seen: set[tuple[Node, frozenset[Loop]]] = set()
        while queue and len(seen) < _MAX_WALK:
            state = queue.popleft()
            if state in seen:
                continue
            seen.add(state)
            node, first = state
            first |= _first_turns(node)
            span = self.spans.aligned(node)
            if span is not None:
                found.append(Score(node, span, first))
            elif node.op not in _STATES and not _fills_table(node):
                queue.extend((part, first) for part in content(node))
        return _outermost(found)

    # --- uses ------------------------------------------------------------------------------------

    def uses(self, scores: Iterable[Score]) -> list[Use]:
        """What the predictions behind these scores had learned from."""
        found: list[Use] = []
        for score in scores:
            found.extend(self._uses_of(score))
        return found

    def _uses_of(self, score: Score) -> list[Use]:
        tainted = self._tainted_nodes()
        if score.node not in tainted:
            return []
        walk = _Walk(self.spans, score, tainted, ordered=self._ordered)
        walk.run()
        return walk.found

    def _tainted_nodes(self) -> set[Node]:
        """The nodes behind the reported value that depend on tokens of the stream."""
        if self._tainted is None:
            reads = [n for n in self._cone.nodes if n.op == "read" and self.spans.tokens(n)]
            self._tainted = self._cone.onward(reads, _tells)
        return self._tainted


def _tells(user: Node, part: Node) -> bool:
    """Whether a value tells something of one of its inputs."""
    if part in content(user):
        return True
    return user.op == "chosen" or (part in user.ins[2:3] and bool(decided_by(user)))


_FORWARD, _STORED = 0, 1


@dataclass(frozen=True, slots=True)
class _Scan:
    """A loop that fills an array position by position, as far as one entry of it is concerned.

    What an entry depends on is what the loop knew in *its* turn, not what it knew in the end.
    """

    loop: Loop
    index: Linear
    crossed: Loop | None = None  # what the walk had crossed when it came to the array
    earlier: bool = False  # whether the walk has gone back to an earlier turn


@dataclass(slots=True, eq=False)
class _State:
    """Where a walk is, how it came there, and what it has met on its way."""

    node: Node
    mode: int
    parent: _State | None = None
    crossed: Loop | None = None
    scan: _Scan | None = None
    artifact: bool = False
    learned: Node | None = None
    mechanism: Mechanism | None = None
    met: Span | None = None  # the losses that the walk is in, as they were met first


_Met = tuple[Linear, Linear | None]
_Key = tuple[Node, int, Loop | None, bool, _Scan | None, _Met | None]


def _where(met: Span | None) -> _Met | None:
    return None if met is None else (met.start, met.stop)


class _Walk:
    """One backward walk from one score."""

    def __init__(self, spans: Spans, score: Score, tainted: set[Node], *, ordered: bool) -> None:
        self._spans = spans
        self._ordered = ordered
        self._score = score
        self._tainted = tainted
        self._around = loops_around(score.node)
        if score.span.target is not None:
            self._around |= loops_around(score.span.target)
        self._seen: set[_Key] = set()
        self._queue: deque[_State] = deque()
        self.found: list[Use] = []
        self._reported: set[tuple[int, int, int]] = set()

    def run(self) -> None:
        start = _State(self._score.node, _FORWARD)
        self._push(start)
        while self._queue and len(self._seen) < _MAX_WALK:
            self._visit(self._queue.popleft())

    def _push(self, state: _State) -> None:
        met = _where(state.met)
        key = (state.node, state.mode, state.crossed, state.artifact, state.scan, met)
        if key not in self._seen and state.node in self._tainted:
            self._seen.add(key)
            self._queue.append(state)

    def _visit(self, state: _State) -> None:
        node = state.node
        span = self._spans.tokens(node)
        if span is not None:
            if state.mode == _STORED:
                self._use(state, span)
            return
        chosen = state.mechanism is Mechanism.SELECTION
        if chosen and node.op in _STATES:
            return  # what was compared was made of weights, and no loss
        if state.mode == _STORED or chosen:
            met = self._spans.aligned(node)
            if met is not None and (state.mode == _STORED or met.reduced):
                self._loss(state, met)
                return
        tainted = self._tainted
        if node.op in _NOTED:
            for position, part in enumerate(content(node)):
                if part in tainted and not self._extreme(node, part):
                    self._step(state, part, position)
            return
        for part in content(node):
            if part in tainted:
                self._pass(state, part)
        for part in decided_by(node):
            self._compared(state, part)

    def _compared(self, state: _State, part: Node) -> None:
        """Into what was compared to choose the value that the walk is at."""
        by, mode = Mechanism.SELECTION, _FORWARD
        if state.mechanism is Mechanism.CALIBRATION and not self._graded(part):
            by, mode = Mechanism.CALIBRATION, _STORED  # an error over activations, not a loss
        learned = state.node
        self._push(
            replace(state, node=part, mode=mode, parent=state, learned=learned, mechanism=by)
        )

    def _graded(self, compared: Node) -> bool:
        """Whether what is compared was made of losses of targets."""
        stack, seen = [compared], {compared}
        while stack and len(seen) < _MAX_COMPARED_VALUES:
            node = stack.pop()
            if self._spans.aligned(node) is not None:
                return True
            fresh = [part for part in content(node) if part in self._tainted and part not in seen]
            seen.update(fresh)
            stack.extend(fresh)
        return bool(stack)

    def _extreme(self, node: Node, part: Node) -> bool:
        return node.op in _EXTREMES and self._spans.tokens(part) is not None

    def _loss(self, state: _State, met: Span) -> None:
        """Losses that were learned from: back to where they were made, in whichever turn it was."""
        inside = replace(state, met=state.met or met)
        made = self._spans.meet(state.node) is not None
        older = [] if made else [p for p in content(state.node) if self._spans.aligned(p)]
        if older:
            for position, part in enumerate(content(state.node)):
                if part in older:
                    self._step(inside, part, position)
            return
        self._use(state, state.met or met)
        self._predictions(replace(state, met=None), met)

    def _predictions(self, state: _State, met: Span) -> None:
        """Behind a loss that was learned from, only older states matter, not its own context."""
        node = met.target if met.target is not None else state.node
        for part in node.ins:
            if self._spans.tokens(part) is None:
                older = replace(state, node=part, mode=_FORWARD, parent=state)
                self._push(replace(older, learned=None, mechanism=None))

    def _pass(self, state: _State, part: Node) -> None:
        """A step through an operation that changes nothing but the value; most are such."""
        mode, crossed, artifact, scan = state.mode, state.crossed, state.artifact, state.scan
        met = state.met
        key: _Key = (part, mode, crossed, artifact, scan, _where(met))
        if key not in self._seen:
            self._seen.add(key)
            learned, mechanism = state.learned, state.mechanism
            self._queue.append(
                _State(part, mode, state, crossed, scan, artifact, learned, mechanism, met)
            )

    def _step(self, state: _State, part: Node, position: int) -> None:
        """A step through an operation that stores, joins turns of a loop, or writes a file."""
        node = state.node
        crossed = state.crossed
        if node.op == "phi" and position == 1:
            loop = node.data
            if loop in self._around:
                if loop in self._score.first_turn_only:
                    return  # there is no earlier turn
                if self._ordered and (crossed is None or loop.depth < crossed.depth):
                    crossed = loop
        mode, learned, mechanism = state.mode, state.learned, state.mechanism
        kept = self._keeps(node, part, position)
        if kept is not None:
            mode = _STORED
            if learned is None or kept is not Mechanism.STATISTIC:
                learned, mechanism = node, kept  # what lies nearest to the tokens
        artifact = state.artifact or node.op in _BOUNDARY
        scan = self._scan(state, position)
        met = state.met
        self._push(_State(part, mode, state, crossed, scan, artifact, learned, mechanism, met))

    def _scan(self, state: _State, position: int) -> _Scan | None:
        """The loop that filled the entries that the walk is in, after one more step."""
        node, scan = state.node, state.scan
        if scan is not None:
            back = node.op == "phi" and position == 1 and node.data is scan.loop
            return replace(scan, earlier=True) if back else scan
        if not self._ordered or node.op != "store" or position != 1 or len(node.ins) < 3:
            return None
        loop = node.loop
        while loop is not None and loop not in self._around:
            if self._fills(node.ins[2], loop):
                return _Scan(loop, first(node.ins[2]), state.crossed)
            loop = loop.parent
        return None

    def _fills(self, index: Node, loop: Loop) -> bool:
        """Whether an index names another place in every turn of a loop."""
        return is_positional(index) and moves(index, loop)

    def _keeps(self, node: Node, part: Node, position: int) -> Mechanism | None:
        """How `node` stores what comes in through `part`, `None` where it stores nothing."""
        if node.op == "update":
            return Mechanism.STEP if position > 0 else None
        if node.op == "grad":
            return Mechanism.STEP
        if node.op == "load_state":
            return Mechanism.CALIBRATION if position == 0 else None
        if node.op in _COUNTS:
            return Mechanism.TABLE
        if node.op in _STEPPED:
            return Mechanism.STEP if is_step(node, part, self._around) else None
        if node.op == "store" and position == 1 and _of_weights(node):
            return Mechanism.CALIBRATION
        if node.op == "store" and len(node.ins) > 2 and position > 0:
            keyed = not is_positional(node.ins[2]) and node.ins[2] in self._tainted
            return Mechanism.TABLE if keyed and self._lasts(node) else None
        if node.op in _REDUCTIONS and _axis(node) == 0 and self._marked(part):
            return Mechanism.TABLE
        if node.op in _REDUCTIONS and self._spans.aligned(part) is not None:
            axis = _axis(node)
            if axis == -1 or self._spans.aligned(node) is not None:
                return None  # over experts, not over targets
            if _of_rows(part, _axis(node)):
                return None  # over the vocabulary
            return Mechanism.TABLE if axis == 0 else Mechanism.STATISTIC
        return None

    def _marked(self, node: Node) -> bool:
        """Whether an array was marked at tokens: its sum over positions counts them."""
        return (
            node.op == "store"
            and len(node.ins) > 2
            and not is_positional(node.ins[2])
            and node.ins[2] in self._tainted
        )

    def _lasts(self, store: Node) -> bool:
        """Whether a table collects: it adds up, or it is older than the turn that scores.

        An array that is made for one batch and marked at its tokens is a one-hot code, no table.
        One that is added to at places which the model chose is a layer that routes.
        """
        adds = str(store.data or "").startswith("add") or store.data == "count"
        if adds and not self._spans.learned(store.ins[2]):
            return True
        root, seen = store, 0
        while root.op in _HOLDERS and root.ins and seen < _MAX_VERSIONS:
            root, seen = root.ins[0], seen + 1
        inner = (self._score.span.target or self._score.node).loop or store.loop
        return inner is not None and not inner.encloses(root.loop)

    def _use(self, state: _State, span: Span) -> None:
        learned = state.learned if state.learned is not None else state.node
        key = (id(learned), id(span), 0 if state.crossed is None else id(state.crossed))
        if key in self._reported:
            return
        self._reported.add(key)
        self.found.append(
            Use(
                self._score,
                span,
                learned,
                state.mechanism or Mechanism.STATISTIC,
                state.crossed,
                state.artifact,
                self._path(state),
                early=not self._settled(span, learned, state),
            )
        )

    def _settled(self, span: Span, learned: Node, state: _State) -> bool:
        """Whether the tokens learned from cannot be among those scored now or later."""
        crossed, scan = state.crossed, state.scan
        apart = crossed is None or (scan is not None and advances(span, scan.loop))
        if scan is not None and crossed is scan.crossed and apart:
            if scan.earlier:
                return advances(span, scan.loop)
            distance = None if not span.bounds else (first(span.bounds[-1]) - scan.index).known
            return distance is not None and distance < 0
        if crossed is not None:
            if self._inside_token(crossed):
                return True
            moving = advances(self._score.span, crossed) and advances(span, crossed)
            return moving and not reaches_beyond(span, self._score.span, self._around)
        if disjoint(span, self._score.span) is not True or not _common(self._around, learned):
            return False
        return not (self._shared(learned) and overlapping(span, self._score.span, self._around))

    def _shared(self, learned: Node) -> bool:
        """Whether one state serves all rows of a batch, as far as it is known."""
        state = first_version(learned)
        shape = state.data if state.op == "alloc" else None
        if not isinstance(shape, tuple):
            return state.op in ("weights", "param")
        rows = shape[0] if len(shape) > 1 else None
        return bool(shape) and (rows is None or (isinstance(rows, Const) and rows.value == 1))

    def _inside_token(self, loop: Loop) -> bool:
        """Whether a loop runs over the bytes of one token, each of which follows the last."""
        part = loop.over
        for _ in range(_MAX_SPELLED):
            if part is None or not part.ins:
                return False
            if part.op in ("index", "elem") and len(part.ins) > 1:
                part = part.ins[1]
            elif part.op in SPELLS or PIECES.search(part.op) or PIECES.search(str(part.data)):
                part = part.ins[-1] if PIECES.search(part.op) else part.ins[0]
            else:
                return False
            if self._spans.tokens(part) is not None:
                return True
        return False

    def _path(self, state: _State) -> tuple[Node, ...]:
        nodes: list[Node] = []
        current: _State | None = state
        while current is not None:
            nodes.append(current.node)
            current = current.parent
        return tuple(reversed(nodes))


def _axis(reduction: Node) -> int | None:
    """The axis that a reduction goes over, `None` where it goes over all."""
    for part in reduction.ins[1:]:
        if isinstance(part, Const) and isinstance(part.value, int):
            return part.value
    return reduction.data if isinstance(reduction.data, int) else None


def _fills_table(node: Node) -> bool:
    """Whether something is written under a key made of tokens, which keeps no scores."""
    return node.op == "store" and len(node.ins) > 2 and not is_positional(node.ins[2])


def _of_weights(state: Node) -> bool:
    """Whether a state is a version of a module's parameters or buffers."""
    seen = 0
    while state.op in _HOLDERS and state.ins and seen < _MAX_VERSIONS:
        state, seen = state.ins[0], seen + 1
    return state.op in _WEIGHTS


def _of_rows(value: Node, axis: int | None) -> bool:
    """Whether a reduction goes over the rows that were looked up in a table, not over tokens."""
    while value.op in ("+", "*", "to", "float", "view", "alias") and value.ins:
        value = value.ins[0]
    if value.op not in ("index", "elem") or len(value.ins) < 2:
        return False
    if value.op == "elem" and axis is None:
        return True  # of a dict or a list: one row
    key = value.ins[1]
    keyed = key.op != "tuple" or any(part.op == "slice" for part in key.ins)
    return keyed and (axis is not None or _single(key))


def _single(key: Node) -> bool:
    """Whether a key is one token, not an array of them."""
    return key.op in ("index", "elem", "item", "int") and len(key.ins) > 1 and key.ins[1].num


def _common(around: frozenset[Loop], node: Node) -> bool:
    """Whether a node lies in one of these loops, so that spans of one turn can be compared."""
    loop = node.loop
    return not around or any(outer.encloses(loop) for outer in around)


def first_version(state: Node) -> Node:
    """The first version of a learned state."""
    seen: set[Node] = set()
    while state.op in _VERSIONS and state.ins and state not in seen:
        seen.add(state)
        state = state.ins[0]
    return state


def loops_around(node: Node) -> frozenset[Loop]:
    """The loops in which a node was made."""
    found: set[Loop] = set()
    loop = node.loop
    while loop is not None:
        found.add(loop)
        loop = loop.parent
    return frozenset(found)


def _first_turns(node: Node) -> frozenset[Loop]:
    """Loops whose first turn alone reaches this node, by the conditions it was made under."""
    found: set[Loop] = set()
    guard = node.guard
    while guard is not None:
        condition = guard.condition
        if (condition.op in ("==", "<=") and guard.holds) or (
            condition.op in ("!=", ">") and not guard.holds
        ):
            counter, bound = condition.ins[:2]
            while counter.op == "alias" and counter.ins:
                counter = counter.ins[0]
            loop = counter.data if counter.op == "iter" else None
            if isinstance(loop, Loop) and isinstance(bound, Const) and loop.start == bound.value:
                found.add(loop)
        if condition.op == "not in" and guard.holds and len(condition.ins) > 1:
            # Kept under a key that was not there yet: of turns with the same key only the first.
            found |= {loop for loop in loops_around(node) if not moves(condition.ins[0], loop)}
        guard = guard.parent
    return frozenset(found)


def _outermost(scores: list[Score]) -> list[Score]:
    """One score per node; where one was reached in several ways, the least restricted."""
    best: dict[Node, Score] = {}
    for score in scores:
        known = best.get(score.node)
        if known is None or len(score.first_turn_only) < len(known.first_turn_only):
            best[score.node] = score
    return list(best.values())
