"""Claimed figures against those that the logs of the claimed runs show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from auditor.evidence.attribution import Attribution, Basis, tolerance
from auditor.evidence.headline import claimed_bpb
from auditor.evidence.runs import Run, is_step
from auditor.facts import Fact, Facts, Quantity, Standing
from auditor.findings import Location
from auditor.texts import TextLines

#: A score that is farther than this from every logged one was not rounded.
_ROUNDED = 5e-4
#: Two runs of one script hardly ever compress to the same size, or stop at the same step.
_PER_RUN = {
    Quantity.TOTAL_BYTES: "size",
    Quantity.ARTIFACT_BYTES: "size",
    Quantity.STEPS: "steps",
}
_DIGIT = re.compile(r"\d")
_FEWEST_ROWS, _FEWEST_SHARED, _FEWEST_DIGITS = 3, 3, 4
_LONGEST_SEED = 6


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


def repeated_figures(facts: Facts, attribution: Attribution) -> Iterator[Mismatch]:
    """Figures claimed for a seed that its log does not show, and that another seed claims too."""
    runs = [run for run in attribution.runs if run.seed is not None]
    for claim in facts:
        if claim.standing is not Standing.CLAIMED or claim.quantity not in _PER_RUN:
            continue
        own = [fact for run in runs if run.seed == claim.seed for fact in _alike(run, claim)]
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
            what = f"{_PER_RUN[claim.quantity]} of seed {claim.seed}"
            what += f", which repeats that of seed {twins[0].seed}"
            own.sort(key=lambda fact: abs(fact.number - claim.number))
            yield Mismatch(what, claim, (own[0], twins[0]))


def _alike(run: Run, claim: Fact) -> tuple[Fact, ...]:
    if claim.quantity is Quantity.STEPS:
        return run.of(Quantity.STEPS)
    return (*run.of(Quantity.TOTAL_BYTES), *run.of(Quantity.ARTIFACT_BYTES))


@dataclass(frozen=True, slots=True)
class RepeatedRow:
    """Two rows of a table of seeds that share figures which no two runs share.

    Attributes:
        seeds: the two seeds.
        cells: the figures in common.
        places: the two rows.
    """

    seeds: tuple[int, int]
    cells: tuple[str, ...]
    places: tuple[Location, Location]


def repeated_rows(document: TextLines) -> Iterator[RepeatedRow]:
    """Rows for different seeds that share figures, in a table whose other rows do not."""
    rows: list[tuple[int, int, list[str]]] = []
    for number, line in (*document.lines, (0, "")):
        cells = [cell.strip(" *`~") for cell in line.split("|")[1:-1]]
        if cells and cells[0].isdigit() and len(cells[0]) <= _LONGEST_SEED:
            rows.append((number, int(cells[0]), cells[1:]))
        elif not line.startswith("|"):
            yield from _shared(document.file, rows)
            rows = []


def _shared(file: str, rows: list[tuple[int, int, list[str]]]) -> Iterator[RepeatedRow]:
    if len(rows) < _FEWEST_ROWS:
        return
    columns = zip(*(cells for _, _, cells in rows), strict=False)
    varying = {i for i, column in enumerate(columns) if len(set(column)) > 1}
    for (number, seed, cells), (other, second, others) in combinations(rows, 2):
        pairs = list(zip(cells, others, strict=False))
        same = tuple(
            cell
            for i, (cell, twin) in enumerate(pairs)
            if i in varying and cell == twin and len(_DIGIT.findall(cell)) >= _FEWEST_DIGITS
        )
        if seed != second and len(same) >= _FEWEST_SHARED:
            places = (Location(file, other, other), Location(file, number, number))
            yield RepeatedRow((seed, second), same, places)
