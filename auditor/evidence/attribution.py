"""Which of the logged runs the claim rests on, and how that can be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from auditor.evidence.headline import claimed_bpb, claimed_seeds, seed_scores
from auditor.evidence.runs import Run, is_step, runs_of
from auditor.facts import Fact, Facts, Quantity

#: A number in JSON has lost its trailing zeros: with fewer decimals than this they are assumed,
#: as a score rounded to hundredths would tell no runs apart.
_FEWEST_DECIMALS = 3
_USUAL_DECIMALS = 4
#: More seeds than anyone can run: a list made to keep the search busy.
_MOST_SEEDS = 100


class Basis(StrEnum):
    """How the runs behind a claim were found, the surest first."""

    SEED_SCORES = "the scores claimed per seed are in these logs"
    SCORE = "the claimed score is in these logs"
    MEAN = "the claimed score is the mean over these logs"
    SEEDS = "these logs are of the claimed seeds"
    ONLY = "there is no other log"
    SEED_SET = "no score is claimed, and these logs repeat one configuration over several seeds"
    NOTHING = "no log carries the claimed score or seeds"


@dataclass(frozen=True, slots=True)
class Attribution:
    """The runs behind a claim.

    Attributes:
        runs: the runs that the claim rests on; every run where that cannot be told.
        basis: how they were found.
        others: the remaining runs: ablations, other settings, earlier attempts.
    """

    runs: tuple[Run, ...]
    basis: Basis
    others: tuple[Run, ...] = ()

    @property
    def sure(self) -> bool:
        """Whether the runs are known to be the claimed ones."""
        return self.basis is not Basis.NOTHING

    def runs_with(self, quantity: Quantity) -> tuple[Run, ...]:
        """The claimed runs that state `quantity`.

        A run that was trained and scored in two processes has two logs: where none of the claimed
        runs states the quantity, other runs of the same seeds do.
        """
        found = tuple(run for run in self.runs if run.of(quantity))
        if found:
            return found
        seeds = {run.seed for run in self.runs} - {None}
        return tuple(run for run in self.others if run.seed in seeds and run.of(quantity))


def attribute(facts: Facts) -> Attribution:
    """Finds the logged runs that the claimed score rests on."""
    runs = runs_of(facts)
    claim = claimed_bpb(facts)
    seeds = claimed_seeds(facts)
    searches = (
        (Basis.SEED_SCORES, _by_seed_scores(facts, runs)),
        (Basis.SCORE, _with_score(runs, claim, seeds) if claim else []),
        (Basis.MEAN, _by_mean(runs, claim) if claim else []),
        (Basis.SEEDS, [run for run in runs if run.seed in seeds]),
        (Basis.ONLY, list(runs) if len(runs) == 1 else []),
        (Basis.SEED_SET, [] if claim else _seed_set(runs)),
    )
    for basis, found in searches:
        if found:
            others = tuple(run for run in runs if run not in found)
            return Attribution(tuple(found), basis, others)
    return Attribution(runs, Basis.NOTHING)


def matching_scores(run: Run, claims: Iterable[Fact]) -> Iterator[Fact]:
    """The results of `run` that say the same as one of `claims`, as far as its digits go."""
    wanted = [(fact.number, tolerance(fact)) for fact in claims]
    for score in run.scores:
        if any(abs(score.number - value) <= margin for value, margin in wanted):
            yield score


def tolerance(claim: Fact) -> float:
    """How far a logged score may be from a claimed one that was rounded or cut off."""
    decimals = len(repr(claim.number).partition(".")[2])
    if decimals < _FEWEST_DECIMALS:
        decimals = _USUAL_DECIMALS
    return 1.01 * 10.0 ** -min(decimals, 6)


def _by_seed_scores(facts: Facts, runs: tuple[Run, ...]) -> list[Run]:
    found: list[Run] = []
    for seed, claims in islice(seed_scores(facts).items(), _MOST_SEEDS):
        same = [run for run in runs if run.seed in (seed, None)]
        scored = [run for run in same if any(matching_scores(run, claims[:_MOST_SEEDS]))]
        found.extend(run for run in scored if run not in found)
    if not found:
        return []
    missing = set(claimed_seeds(facts)) - {run.seed for run in found}
    return found + [run for run in runs if run.seed in missing and run not in found]


def _with_score(runs: tuple[Run, ...], claim: Fact, seeds: tuple[int, ...]) -> list[Run]:
    found = [run for run in runs if any(matching_scores(run, [claim]))]
    if len(found) != 1 or seeds:
        return found
    # The best of several seeds is claimed, and the others are shipped to support it.
    repeats = [run for run in runs if run not in found and _is_repeat(run, found[0])]
    return found + repeats


def _is_repeat(run: Run, of: Run) -> bool:
    """Whether `run` shows the same configuration as `of` under another seed."""
    if run.seed in (None, of.seed) or not run.scores or not of.scores:
        return False
    same_code = run.code is not None and of.code is not None and run.code.number == of.code.number
    return same_code and run.scores[-1].label == of.scores[-1].label


def _seed_set(runs: tuple[Run, ...]) -> list[Run]:
    """All runs, where they differ in nothing that the logs show but their seed."""
    seeds = {run.seed for run in runs}
    results = {(run.seed, run.scores[-1].number if run.scores else None) for run in runs}
    alike = all(run.seed == runs[0].seed or _is_repeat(run, runs[0]) for run in runs)
    # A log that is there twice adds no result.
    return list(runs) if len(seeds) > 1 and alike and len(results) == len(seeds) else []


def _by_mean(runs: tuple[Run, ...], claim: Fact) -> list[Run]:
    last: dict[str, dict[int, float]] = {}
    for i, run in enumerate(runs):
        for score in run.scores:
            if not is_step(score):
                last.setdefault(score.label, {})[i] = score.number
    margin = max(tolerance(claim), 2e-5)
    for scores in last.values():
        # A log may be there twice, as `train.log` and under its seed.
        distinct = {(runs[i].seed, value) for i, value in scores.items()}
        mean = sum(value for _, value in distinct) / len(distinct)
        if len(distinct) > 1 and abs(mean - claim.number) <= margin:
            return [runs[i] for i in scores]
    return []
