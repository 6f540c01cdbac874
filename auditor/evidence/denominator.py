"""What a reported score was divided by: the byte denominator that loss, score and tokens imply.

A score in bits per byte is the loss in bits per token times tokens over bytes, so a line that
prints loss and score says how many bytes there were per token, to six digits. The validation text
is the same for everyone: whatever the tokenizer, bytes per token times tokens is its size.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from auditor.evidence.attribution import Attribution, matching_scores
from auditor.evidence.headline import claimed_bpb, seed_scores
from auditor.evidence.runs import Run, is_step
from auditor.facts import Fact, Facts, Quantity, Standing
from auditor.ruleset import Export, Miscount, Partial, Validation

#: Two exports with the same number of tokens up to this share are the same one.
_SAME_TOKENS = 0.0006
#: A subset of the text differs from the whole in bytes per token by no more than this.
_SUBSET = 0.025
#: A wrong total that is known matches up to this share.
_KNOWN = 0.0005
#: Below this share of the text, whole documents are missing.
_WHOLE = 0.97
#: Two evaluations that cut the tail differently differ by less than this share.
_OTHER_TAIL = 1e-4
#: Preparations fill shards in multiples of this many tokens.
_SHARD = 5_000_000
_SEQUENCE = 4096


class Count(StrEnum):
    """What a denominator says about how the bytes were counted."""

    RIGHT = "the bytes of the validation text"
    CLOSE = "within a percent of the bytes of the validation text"
    WRONG = "other bytes than those of the validation text"
    PART = "the bytes of a part of the validation text"
    OPEN = "not known"


@dataclass(frozen=True, slots=True)
class Denominator:
    """The denominator that one line implies.

    Attributes:
        loss: nats per token.
        bpb: bits per byte.
        tokens: how many tokens were scored, where the log tells.
    """

    loss: Fact
    bpb: Fact
    tokens: Fact | None = None

    @property
    def per_token(self) -> float:
        """Bytes per token."""
        return self.loss.number / (math.log(2.0) * self.bpb.number)

    @property
    def rounding(self) -> float:
        """How far the printed digits leave it open, as a share."""
        return _open(self.loss) / self.loss.number + _open(self.bpb) / self.bpb.number

    @property
    def bytes(self) -> float | None:
        """Bytes in all, where the number of tokens is known."""
        return None if self.tokens is None else self.per_token * self.tokens.number

    @property
    def where(self) -> Fact:
        """The line that prints the score."""
        return self.bpb


@dataclass(frozen=True, slots=True)
class Reading:
    """What a denominator means.

    Attributes:
        denominator: the denominator.
        count: see `Count`.
        export: the export that the tokens or the bytes per token are those of.
        miscount: the known mistake that the total shows.
        partial: the known part of the text that the tokens are those of.
        off: how far the total is from that of the text, as a share; 0 where it is not known.
    """

    denominator: Denominator
    count: Count
    export: Export | None = None
    miscount: Miscount | None = None
    partial: Partial | None = None
    off: float = 0.0


def denominators(run: Run) -> tuple[Denominator, ...]:
    """The denominators of all lines of a run that print a loss with its score."""
    tokens = run.last(Quantity.VAL_TOKENS)
    losses = {_line(fact): fact for fact in run.of(Quantity.VAL_LOSS)}
    pairs = ((losses.get(_line(bpb)), bpb) for bpb in run.of(Quantity.VAL_BPB))
    return tuple(
        Denominator(loss, bpb, tokens)
        for loss, bpb in pairs
        if loss is not None and loss.number > 0 and bpb.number > 0
    )


def claimed_denominators(facts: Facts, attribution: Attribution) -> tuple[Denominator, ...]:
    """One per claimed run: of the line with the claimed score, else of its last result."""
    found = (denominator_of_claim(run, facts) for run in attribution.runs)
    return tuple(denominator for denominator in found if denominator is not None)


def stated_denominators(facts: Facts) -> tuple[Denominator, ...]:
    """Those of a loss and a score that the JSON states side by side."""
    losses = {_sibling(f): f for f in facts.of(Quantity.VAL_LOSS, Standing.CLAIMED)}
    pairs = ((losses.get(_sibling(f)), f) for f in facts.of(Quantity.VAL_BPB, Standing.CLAIMED))
    return tuple(
        Denominator(loss, bpb)
        for loss, bpb in pairs
        if loss is not None and loss.number > 0 and bpb.number > 0
    )


def read_denominator(denominator: Denominator, text: Validation) -> Reading:
    """What a denominator means for a validation text."""
    total = denominator.bytes
    if total is None or denominator.tokens is None:
        return _without_tokens(denominator, text)
    tokens = denominator.tokens.number
    export = next((e for e in text.exports if _near(tokens, e.tokens, _SAME_TOKENS)), None)
    whole = (export.bytes if export else None) or text.bytes
    off = total / whole - 1.0
    slack = text.tolerance + denominator.rounding
    if abs(off) <= slack:
        return Reading(denominator, Count.RIGHT, export, off=off)
    miscount = next((m for m in text.miscounts if _near(total, m.bytes, _KNOWN)), None)
    if miscount is not None:
        return Reading(denominator, Count.WRONG, export, miscount, off=off)
    if abs(off) <= text.miscount:
        return Reading(denominator, Count.CLOSE, export, off=off)
    if export is not None:
        return Reading(denominator, Count.WRONG, export, off=off)
    partial = known_partial(denominator.tokens, text)
    if total < _WHOLE * whole:
        like = _like(denominator, text, _SUBSET)
        return Reading(denominator, Count.PART, like, partial=partial, off=off)
    return Reading(denominator, Count.WRONG, off=off)


def known_partial(tokens: Fact, text: Validation) -> Partial | None:
    """The known part of the text that a number of tokens is that of."""
    return next((p for p in text.partials if _near(tokens.number, p.tokens, _SAME_TOKENS)), None)


def filled_shards(tokens: Fact) -> int | None:
    """The round number of tokens that a set was filled up to, `None` where it was not.

    Sets that end with a document have an odd number of tokens; the last sequence is cut off.
    """
    filled = -(-int(tokens.number) // _SHARD) * _SHARD
    return filled if filled - tokens.number <= _SEQUENCE else None


def drifting(lines: Iterable[Denominator], claimed: Denominator | None = None) -> list[Denominator]:
    """The lines of one validation loop that cannot have the denominator of the others.

    Every line leaves an interval open, by the digits it prints. A loop that scores the same tokens
    each time has one denominator, which lies in all of them.

    Args:
        lines: the lines of one run.
        claimed: the line of the claimed score. Where the loop disagrees with itself, the lines that
            disagree with this one are reported if they are more.
    """
    loop = [line for line in lines if is_step(line.bpb)]
    common = max(
        (line.per_token * (1 - line.rounding) for line in loop),
        key=lambda point: sum(_leaves_open(line, point) for line in loop),
        default=0.0,
    )
    odd = [line for line in loop if not _leaves_open(line, common)]
    if claimed is None or not odd:
        return odd
    against = [line for line in loop if not _leaves_open(line, claimed.per_token, _OTHER_TAIL)]
    return max(odd, against, key=len)


def _leaves_open(line: Denominator, per_token: float, slack: float = 0.0) -> bool:
    # A last bit of floating point must not decide between two ends that are the same number.
    return _near(per_token, line.per_token, line.rounding + slack + 1e-12)


def _without_tokens(denominator: Denominator, text: Validation) -> Reading:
    slack = text.tolerance + denominator.rounding
    like = _like(denominator, text, slack)
    if like is not None:
        return Reading(denominator, Count.RIGHT, like)
    for export in text.exports:
        for miscount in text.miscounts:
            wrong = export.bytes_per_token * miscount.bytes / (export.bytes or text.bytes)
            if _near(denominator.per_token, wrong, slack):
                return Reading(denominator, Count.OPEN, export, miscount)
    return Reading(denominator, Count.OPEN)


def _like(denominator: Denominator, text: Validation, share: float) -> Export | None:
    """The export whose bytes per token are closest, within a share."""
    ratio = denominator.per_token
    close = [e for e in text.exports if _near(ratio, e.bytes_per_token, share)]
    return min(close, key=lambda e: abs(ratio - e.bytes_per_token), default=None)


def denominator_of_claim(run: Run, facts: Facts) -> Denominator | None:
    """That of the line of a run with the claimed score, else of its last result."""
    found = denominators(run)
    claims = [*seed_scores(facts).get(run.seed if run.seed is not None else -1, ())]
    headline = claimed_bpb(facts)
    if headline is not None:
        claims.append(headline)
    scores = set(matching_scores(run, claims))
    carrying = [d for d in found if d.bpb in scores]
    results = [d for d in found if not is_step(d.bpb)]
    best = carrying or results or list(found)
    # Of several lines with the claimed score the one with most digits.
    exact = min(best[-3:], key=lambda d: d.rounding, default=None) if carrying else None
    return exact or (best[-1] if best else None)


def _open(fact: Fact) -> float:
    """Half of the last digit; numbers of JSON have lost their trailing zeros."""
    if fact.precision:
        return fact.precision
    return float(0.5 * 10.0 ** -len(repr(fact.number).partition(".")[2]))


def _line(fact: Fact) -> tuple[int, str]:
    return fact.source.line_start, fact.label


def _sibling(fact: Fact) -> tuple[str, int | None]:
    container, _, key = fact.label.rpartition(".")
    return f"{container}|{key.replace('val_loss', '').replace('val_bpb', '')}", fact.seed


def _near(value: float, wanted: float, share: float) -> bool:
    return abs(value / wanted - 1.0) <= share
