"""One answer for a submission, from one answer per rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from auditor.facts import Facts
from auditor.findings import Finding, RuleResult, Status, TttOrder
from auditor.settings import Setting
from auditor.submission.model import Submission


class Verdict(StrEnum):
    """What an organiser reads first."""

    VIOLATION = "violation"
    NEEDS_RULING = "needs-ruling"
    INSUFFICIENT_EVIDENCE = "insufficient-evidence"
    COMPLIANT = "compliant"


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """One text of code that was read.

    Attributes:
        file: path in the pull request.
        name: `None` for the committed text, otherwise the decoded layer's name.
        sha256: hash of the text.
        size: bytes of the text.
        lines: number of lines.
        chain: how it was decoded, outermost first (`b85`, `lzma`), empty for committed text.
        outcome: `read`, or why it could not be read, in one sentence.
    """

    file: str
    name: str | None
    sha256: str
    size: int
    lines: int
    chain: tuple[str, ...] = ()
    outcome: str = "read"


@dataclass(frozen=True, slots=True)
class Waived:
    """A finding that the organisers' file sets aside.

    Attributes:
        result: the rule's answer as it was, with all its findings.
        finding: the one that is set aside.
        reason: why, in the words of the file.
        expires: the last day on which that holds.
    """

    result: RuleResult
    finding: Finding
    reason: str
    expires: date


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything that a report may show.

    Attributes:
        submission: what was audited.
        verdict: the one answer.
        ttt_order: how adaptation and scoring are ordered.
        results: one answer per rule, in the order of the rule ids.
        settings: the switches that the code reads.
        facts: the numbers that the files state.
        layers: the texts of code that were read, or could not be.
        notes: what could not be decided or read, one sentence each.
        ruleset: name of the dated ruleset that was applied.
        waived: findings that count no longer.
    """

    submission: Submission
    verdict: Verdict
    ttt_order: TttOrder
    results: tuple[RuleResult, ...]
    settings: tuple[Setting, ...]
    facts: Facts
    layers: tuple[LayerInfo, ...]
    notes: tuple[str, ...]
    ruleset: str
    waived: tuple[Waived, ...] = ()


def decide(results: Iterable[RuleResult]) -> Verdict:
    """The verdict that follows from the rules' answers.

    A failure outweighs an open question, which outweighs a rule that could not be decided. A waived
    answer decides nothing.
    """
    statuses = {result.status for result in results}
    if Status.FAIL in statuses:
        return Verdict.VIOLATION
    if Status.NEEDS_RULING in statuses:
        return Verdict.NEEDS_RULING
    if Status.UNKNOWN in statuses:
        return Verdict.INSUFFICIENT_EVIDENCE
    return Verdict.COMPLIANT
