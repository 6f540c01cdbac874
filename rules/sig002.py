"""SIG002: a record is likely better than the one before it, as applied since April."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.evidence.gains import Gain, claims_record, gain_of
from auditor.findings import Confidence, RuleResult
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source
from rules.sig001 import example

_ID = "SIG002"


def check(case: Case) -> RuleResult:
    """Compares the claimed results with the record that stood, under the later practice."""
    if not claims_record(case.submission, case.facts, case.texts.titles):
        return Answer(_ID).not_applicable("Only a record has to beat one.")
    gain = gain_of(case.submission, case.facts)
    if gain is None:
        return Answer(_ID).unknown(
            "No claimed score, or no pull request and no date: nothing says which record stood."
        )
    answer = Answer(_ID, Confidence.HIGH if gain.numbered else Confidence.MEDIUM)
    policy = gain.board.policy[-1]
    if gain.day is not None and gain.day < policy.since:
        return answer.not_applicable(f"Applied from {policy.since} on.")
    return _judge(answer, gain, policy.p)


def _judge(answer: Answer, gain: Gain, threshold: float) -> RuleResult:
    summary = f"{gain.in_words()}: {gain.p_in_words()}."
    p = gain.lowest_p
    if gain.nats <= 0 or (p is not None and p >= threshold):
        return answer.fails(summary, gain.findings())
    if p is None or gain.single:
        return answer.needs_ruling(
            summary,
            gain.findings(),
            strict="A gain within the spread of a few seeds takes more than one run to show.",
            lenient="The gain is larger than the spread of the record's own runs.",
        )
    return answer.passes(summary)


RULE = Rule(
    id=_ID,
    title="A record is better than the standing one at p < 0.25",
    family=Family.SIG,
    severity=Severity.INVALID,
    requirement=(
        "In the practice of the later rounds a row is listed where a one-sided Welch test of its "
        "runs against those of the record before it gives p < 0.25, in the order in which the "
        "pull requests were opened and without a margin."
    ),
    authority=Authority.PRACTICE,
    in_force=date(2026, 4, 9),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/1902",
            "States the threshold, and leaves out rows that miss it and single runs with tiny "
            "margins.",
            date(2026, 4, 28),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1511",
            "The first rows with gains below the README's margin.",
            date(2026, 4, 9),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/2146",
            "The last rows, each with its p-value against the row before it.",
            date(2026, 5, 2),
        ),
    ),
    fix="Run more seeds, and state the result of each in the JSON.",
    check=check,
    examples=(
        Example(
            ExampleKind.VALID,
            "three seeds below the record",
            example(1.0800, 1.0801, 1.0802),
            "2026-04-09_Example",
        ),
        Example(
            ExampleKind.INVALID,
            "three seeds around the record",
            example(1.0725, 1.0734, 1.0742),
            "2026-04-12_Example",
        ),
    ),
)
