"""What a rule answers: a status, how sure it is, and the places in the files that show it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The answer of one rule for one submission."""

    PASS = "pass"  # noqa: S105  (a status, not a password)
    FAIL = "fail"
    NEEDS_RULING = "needs-ruling"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"
    WAIVED = "waived"  # open, and set aside finding by finding in the organisers' file


class Confidence(StrEnum):
    """How far a rule's answer rests on what was proven and how far on what was inferred."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class TttOrder(StrEnum):
    """How a submission's adaptation on validation tokens is ordered against their scoring."""

    NONE = "none"
    SCORE_FIRST = "score_first"
    ADAPT_THEN_SCORE = "adapt_then_score"
    RESCORED = "rescored"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Location:
    """A span of lines in a file of the submission.

    Attributes:
        file: path as in the pull request, `/`-separated.
        line_start: first line, counted from 1.
        line_end: last line, inclusive.
        layer: `None` for the committed text; otherwise the name of the decoded layer that the
            lines are counted in, for example `decoded:1` for a payload opened once.
        note: what happens there, in a few words ("scored here").
    """

    file: str
    line_start: int
    line_end: int
    layer: str | None = None
    note: str = ""

    def __str__(self) -> str:
        lines = str(self.line_start)
        if self.line_end != self.line_start:
            lines += f"-{self.line_end}"
        layer = f" [{self.layer}]" if self.layer else ""
        return f"{self.file}:{lines}{layer}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule saw.

    Attributes:
        message: one neutral sentence; text from the submission in it is not yet escaped.
        locations: where it shows, the most telling place first.
        flow: the same places in the order in which the program reaches them (may be empty).
        fingerprint: names the finding across edits elsewhere; empty until it is given one.
    """

    message: str
    locations: tuple[Location, ...] = ()
    flow: tuple[Location, ...] = ()
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """The answer of one rule.

    Attributes:
        rule_id: for example `TTT001`.
        status: see `Status`.
        confidence: see `Confidence`; meaningless for `NOT_APPLICABLE`.
        summary: one line that makes sense without the rest.
        findings: evidence, the strongest first; a `FAIL` has at least one.
        strict_side: for `NEEDS_RULING`, the reading under which the submission breaks the rule.
        lenient_side: for `NEEDS_RULING`, the reading under which it does not.
    """

    rule_id: str
    status: Status
    confidence: Confidence
    summary: str
    findings: tuple[Finding, ...] = ()
    strict_side: str = ""
    lenient_side: str = ""
