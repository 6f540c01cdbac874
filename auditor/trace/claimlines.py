"""The lines of logs and documents that carry the claimed score, the surest first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.evidence.attribution import attribute, matching_scores
from auditor.evidence.headline import claimed_bpb, seed_scores
from auditor.evidence.runs import Run, is_step
from auditor.facts import Fact, Facts
from auditor.findings import Location
from auditor.texts import TextLines, Texts

#: How far the mean of a label may be from the claim for the label to be the claimed one, and how
#: much farther every other label has to be.
_NEAR = 0.004
_CLEARLY = 2.0
_SCORE = re.compile(r"\d\.\d{3,17}")
_MOST_QUOTES = 12
_LONGEST_LINE = 400
_ROUNDING = 6e-5


@dataclass(frozen=True, slots=True)
class LoggedScore:
    """A line that carries a claimed score: where, its text, and the number in it."""

    where: Location
    text: str
    value: float


def claimed_lines(facts: Facts, texts: Texts) -> list[LoggedScore]:
    """The lines that carry the claimed score or the scores claimed per seed.

    Where no line has the very number (a mean over seeds, a score that was computed elsewhere), the
    results under the label that comes nearest to it; where there is no log, lines that the README
    quotes.
    """
    attribution = attribute(facts)
    found = list(_exact(facts, attribution.runs)) if attribution.sure else []
    found = found or _nearest(facts, attribution.runs)
    by_place = {(log.file, number): line for log in texts.logs for number, line in log.lines}
    lines = []
    for fact in found:
        text = by_place.get((fact.source.file, fact.source.line_start))
        if text is not None:
            lines.append(LoggedScore(fact.source, text, fact.number))
    return lines or list(_quoted(facts, texts.documents))


def number_lines(facts: Facts, texts: Texts) -> list[LoggedScore]:
    """The lines of logs that have the claimed number in them, whatever words stand around it."""
    headline = claimed_bpb(facts)
    if headline is None:
        return []
    lines = []
    for log in texts.logs:
        for number, line in log.lines:
            if len(line) <= _LONGEST_LINE:
                same = [v for v in map(float, _SCORE.findall(line)) if _same(v, headline.number)]
                lines += [LoggedScore(Location(log.file, number, number), line, v) for v in same]
    return lines[-_MOST_QUOTES:]


def _exact(facts: Facts, runs: Sequence[Run]) -> Iterator[Fact]:
    headline = claimed_bpb(facts)
    per_seed = seed_scores(facts)
    for run in runs:
        claims = list(per_seed.get(run.seed, ())[:1]) if run.seed is not None else []
        if headline is not None:
            claims.append(headline)
        yield from (score for score in matching_scores(run, claims) if not is_step(score))


def _nearest(facts: Facts, runs: Sequence[Run]) -> list[Fact]:
    """The last results of all runs under the label whose mean is nearest to the claim."""
    headline = claimed_bpb(facts)
    if headline is None:
        return []
    by_label: dict[str, dict[tuple[int | None, float], Fact]] = {}
    for run in runs:
        last = {score.label: score for score in run.scores if not is_step(score)}
        for label, score in last.items():
            by_label.setdefault(label, {})[run.seed, score.number] = score
    distances = []
    for label, scores in by_label.items():
        mean = sum(score.number for score in scores.values()) / len(scores)
        distances.append((abs(mean - headline.number), label))
    distances.sort()
    if not distances or distances[0][0] > _NEAR:
        return []
    nearest, label = distances[0]
    rivals = [other for other, name in distances[1:] if not _same_result(name, label)]
    if rivals and rivals[0] < _CLEARLY * nearest:
        return []
    return list(by_label[label].values())


def _same(value: float, claim: float) -> bool:
    """Whether a number is the claimed one, as far as the four digits that people quote go."""
    return abs(value - claim) < _ROUNDING


def _same_result(left: str, right: str) -> bool:
    """Whether two labels are of one result, printed once with more digits."""
    return left.removesuffix("_exact") == right.removesuffix("_exact")


def _quoted(facts: Facts, documents: Sequence[TextLines]) -> Iterator[LoggedScore]:
    """Lines of documents that carry the claimed number as a program prints it."""
    headline = claimed_bpb(facts)
    if headline is None:
        return
    found = 0
    for document in documents:
        for number, line in document.lines:
            if found >= _MOST_QUOTES or len(line) > _LONGEST_LINE or "bpb" not in line:
                continue
            values = [float(text) for text in _SCORE.findall(line)]
            same = [v for v in values if _same(v, headline.number)]
            if same:
                found += 1
                where = Location(document.file, number, number)
                yield LoggedScore(where, line.strip("`*|- "), same[0])
