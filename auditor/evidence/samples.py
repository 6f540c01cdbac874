"""The results per seed that a claimed score rests on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from auditor.evidence.attribution import attribute, matching_scores, tolerance
from auditor.evidence.headline import claimed_bpb, seed_scores
from auditor.evidence.runs import Run, is_step
from auditor.facts import Fact, Facts

#: How far the mean of the claimed seeds may be from the headline, which may be rounded twice.
_SAME_MEAN = 2e-4


class Basis(StrEnum):
    """Where the results per seed were found."""

    SEEDS = "the scores stated per seed"
    LOGS = "the results of one label over the logs"
    HEADLINE = "the claimed score alone"


@dataclass(frozen=True, slots=True)
class Sample:
    """The results behind a claim, bits per byte.

    Attributes:
        results: one fact per distinct run.
        headline: the claimed score.
        basis: where the results were found.
    """

    results: tuple[Fact, ...]
    headline: Fact
    basis: Basis

    @property
    def values(self) -> tuple[float, ...]:
        """The results as numbers."""
        return tuple(fact.number for fact in self.results)

    @property
    def mean(self) -> float:
        """Their mean."""
        return math.fsum(self.values) / len(self.values)


def claimed_sample(facts: Facts) -> Sample | None:
    """The results per seed behind the claimed score, `None` where no score is claimed.

    They are the scores that the JSON states per seed where their mean is the headline, else the
    results under one label of the logs whose mean is the headline or one of which is, else the
    headline itself.
    """
    headline = claimed_bpb(facts)
    if headline is None:
        return None
    runs = attribute(facts).runs
    stated = _stated(facts, runs)
    if len(stated) > 1 and abs(_mean(stated) - headline.number) <= _SAME_MEAN:
        return Sample(stated, headline, Basis.SEEDS)
    logged = _logged(runs, headline)
    if logged:
        return Sample(logged, headline, Basis.LOGS)
    return Sample((headline,), headline, Basis.HEADLINE)


def _stated(facts: Facts, runs: Iterable[Run]) -> tuple[Fact, ...]:
    """The first score of every claimed seed, with all the digits that a log of it has."""
    found = []
    for seed, claims in seed_scores(facts).items():
        exact = [
            score
            for run in runs
            if run.seed == seed
            for score in matching_scores(run, claims[:1])
            if not is_step(score)
        ]
        found.append(exact[-1] if exact else claims[0])
    return tuple(found)


def _logged(runs: Iterable[Run], headline: Fact) -> tuple[Fact, ...]:
    """The results under the label whose mean over the logs, or one of which, is the headline."""
    by_label: dict[str, dict[tuple[int | None, float], Fact]] = {}
    for run in runs:
        last = {score.label: score for score in run.scores if not is_step(score)}
        for label, score in last.items():
            by_label.setdefault(label, {})[run.seed, round(score.number, 6)] = score
    margin = max(tolerance(headline), _SAME_MEAN / 4)
    one: tuple[Fact, ...] = ()
    # A result is often printed twice; the one with more digits tells more.
    for scores in sorted(by_label.values(), key=_digits, reverse=True):
        found = tuple(scores.values())
        if len(found) > 1 and abs(_mean(found) - headline.number) <= margin:
            return found
        if any(abs(fact.number - headline.number) <= margin for fact in found):
            one = max(one, found, key=len)
    return one


def _digits(scores: dict[tuple[int | None, float], Fact]) -> int:
    return max(len(repr(fact.number)) for fact in scores.values())


def _mean(facts: tuple[Fact, ...]) -> float:
    return math.fsum(fact.number for fact in facts) / len(facts)
