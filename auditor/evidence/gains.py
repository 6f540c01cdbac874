"""By how much a claim beats the record that stood when it was made, and how surely."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from auditor.evidence.leaderboard import Leaderboard, Policy, Row, load_leaderboard
from auditor.evidence.samples import Sample, claimed_sample
from auditor.evidence.significance import Comparison, Variance, welch
from auditor.facts import Fact, Facts, Quantity, Standing
from auditor.findings import Finding
from auditor.submission.model import Submission
from auditor.submission.paths import day_in

_NON_RECORD = re.compile(r"non[-_ ]?record|unlimited", re.IGNORECASE)
_RECORD = re.compile(r"\brecord\b|\bsota\b", re.IGNORECASE)
_PULL = "https://github.com/openai/parameter-golf/pull"


@dataclass(frozen=True, slots=True)
class Gain:
    """A claim against the standing record.

    Attributes:
        sample: the results of the claim.
        row: the record that stood before it.
        board: the leaderboard that the row is from.
        day: the day from which the claim is judged, where known.
        numbered: whether the number of the pull request told which record stood.
        seeds: where the JSON names the seeds of its claim.
    """

    sample: Sample
    row: Row
    board: Leaderboard
    day: date | None
    numbered: bool
    seeds: tuple[Fact, ...] = ()

    @property
    def bits(self) -> float:
        """Gain in bits per byte; negative where the claim is worse."""
        return self.row.mean - self.sample.mean

    @property
    def nats(self) -> float:
        """Gain in nats per token of the record's data."""
        return self.board.nats(self.bits, self.row)

    def test(
        self, policy: Policy | None = None, variance: Variance = Variance.SAMPLE
    ) -> Comparison | None:
        """The test against no gain, or against the margin of a policy."""
        null = 0.0 if policy is None else self.board.margin_in_bits(policy, self.row)
        return welch(self.sample.values, self.row.results, null=null, variance=variance)

    @property
    def lowest_p(self) -> float | None:
        """The p against no gain under the kinder of the two variances."""
        tests = [self.test(variance=variance) for variance in Variance]
        found = [test.p for test in tests if test is not None]
        return min(found, default=None)

    @property
    def single(self) -> bool:
        """Whether the claim rests on one run."""
        return len(self.sample.results) == 1

    def in_words(self) -> str:
        """The comparison as a sentence without its end."""
        runs = "One run" if self.single else f"The mean of {len(self.sample.results)} runs"
        record = f"#{self.row.pr}" if self.row.pr else "the baseline"
        better = "below" if self.nats > 0 else "above"
        return (
            f"{runs} at {self.sample.mean:.5f} is {abs(self.nats):.4f} nats per token {better} "
            f"the record that stood, {self.row.mean:.5f} of {record}"
        )

    def p_in_words(self) -> str:
        """The p-values against no gain, as words."""
        tests = [self.test(variance=variance) for variance in Variance]
        if tests[0] is None or tests[1] is None:
            return "no p-value can be given, as neither side repeats its run"
        borrowed = ", with the record's own spread" if self.single else ""
        sample, population = (p_as_text(test.p) for test in (tests[0], tests[1]))
        kinder = population.removeprefix("= ")
        return f"p {sample} ({kinder} with the variance of a population{borrowed})"

    def findings(self) -> tuple[Finding, ...]:
        """Where the figures stand."""
        record = f"{_PULL}/{self.row.pr}" if self.row.pr else "the naive baseline"
        results = ", ".join(f"{value:.5f}" for value in self.row.results)
        comparison = f"{self.in_words()}; {self.p_in_words()}. The record: {results} ({record})"
        stated = tuple(
            Finding(f"result {fact.number:.5f}", (fact.source,)) for fact in self.sample.results
        )
        named = tuple(dict.fromkeys(fact.source for fact in self.seeds))
        seeds = (Finding(f"seeds named: {len(self.seeds)}", named),) if named else ()
        return (Finding(comparison, (self.sample.headline.source,)), *stated, *seeds)


def p_as_text(p: float) -> str:
    """A p-value with three digits, and no more than it is worth at the ends."""
    if p < 0.0005:
        return "< 0.001"
    return "> 0.999" if p > 0.9995 else f"= {p:.3g}"


def gain_of(submission: Submission, facts: Facts) -> Gain | None:
    """The claim against the record that stood; `None` where either is not known."""
    sample = claimed_sample(facts)
    board = load_leaderboard()
    filled = day_in(submission.folder.rpartition("/")[2])
    pr = submission.origin.pr
    row = board.standing(pr, filled, submission.opened)
    if sample is None or row is None:
        return None
    seeds = facts.of(Quantity.SEED, Standing.CLAIMED)
    return Gain(sample, row, board, filled or submission.opened, pr is not None, seeds)


def claims_record(submission: Submission, facts: Facts, titles: Iterable[str]) -> bool:
    """Whether a submission competes for a record, and so has to beat one.

    A pull request to the ten-minute track does, unless its JSON names another track. A folder on
    disk has no place among the pull requests; it does where its titles say that it is a record.
    """
    if not submission.is_record_claim:
        return False
    named = [str(fact.value) for fact in facts.of(Quantity.TRACK, Standing.CLAIMED)]
    if any(_NON_RECORD.search(name) for name in named):
        return False
    if submission.origin.pr is not None:
        return True
    return any(_RECORD.search(title) and not _NON_RECORD.search(title) for title in titles)
