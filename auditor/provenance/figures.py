"""Claimed figures against those that the logs of the claimed runs show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.evidence.attribution import Attribution, Basis, tolerance
from auditor.evidence.headline import claimed_bpb
from auditor.evidence.runs import Run, is_step
from auditor.facts import Fact, Facts, Quantity, Standing

#: A score that is farther than this from every logged one was not rounded.
_ROUNDED = 5e-4
#: Two runs of one script hardly ever compress to the same number of bytes.
_SIZES = (Quantity.TOTAL_BYTES, Quantity.ARTIFACT_BYTES)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A claimed figure that the logs contradict.

    Attributes:
        what: what it is about, in words.
        claim: the claimed figure.
        logged: the logged figures, the nearest first.
        better: whether the claim is better than all that was logged.
    """

    what: str
    claim: Fact
    logged: tuple[Fact, ...]
    better: bool = False


def score_mismatch(facts: Facts, attribution: Attribution) -> Mismatch | None:
    """The headline score, where no result of any log and no mean over logs comes near it."""
    claim = claimed_bpb(facts)
    runs = (*attribution.runs, *attribution.others)
    scores = [score for run in runs for score in run.scores if not is_step(score)]
    if (
        claim is None
        or not scores
        or attribution.basis not in (Basis.NOTHING, Basis.ONLY, Basis.SEEDS)
    ):
        return None
    near = max(_ROUNDED, tolerance(claim))
    means = list(_means(runs))
    values = [score.number for score in scores] + means
    steps = [score.number for run in runs for score in run.of(Quantity.VAL_BPB)]
    if any(abs(value - claim.number) <= near for value in (*values, *steps)):
        return None
    scores.sort(key=lambda score: abs(score.number - claim.number))
    return Mismatch("score", claim, tuple(scores[:3]), claim.number < min(values))


def _means(runs: tuple[Run, ...]) -> Iterator[float]:
    by_label: dict[str, list[float]] = {}
    for run in runs:
        last = {score.label: score.number for score in run.scores if not is_step(score)}
        for label, value in last.items():
            by_label.setdefault(label, []).append(value)
    yield from (sum(values) / len(values) for values in by_label.values())


def size_mismatches(facts: Facts, attribution: Attribution) -> Iterator[Mismatch]:
    """Sizes claimed for a seed that its log does not show, and that another seed claims too."""
    runs = [run for run in attribution.runs if run.seed is not None]
    for claim in facts:
        if claim.standing is not Standing.CLAIMED or claim.quantity not in _SIZES:
            continue
        own = [fact for run in runs if run.seed == claim.seed for fact in _sizes(run)]
        if claim.seed is None or not own or any(f.number == claim.number for f in own):
            continue
        twins = [
            fact
            for fact in facts
            if fact.standing is Standing.CLAIMED
            and fact.quantity is claim.quantity
            and fact.seed not in (None, claim.seed)
            and fact.number == claim.number
        ]
        if twins:
            what = f"size of seed {claim.seed}, which repeats that of seed {twins[0].seed}"
            own.sort(key=lambda fact: abs(fact.number - claim.number))
            yield Mismatch(what, claim, (own[0], twins[0]))


def _sizes(run: Run) -> tuple[Fact, ...]:
    return tuple(fact for quantity in _SIZES for fact in run.of(quantity))
