"""Figures of real submissions, checked by hand; needs a clone of the challenge."""

from __future__ import annotations

from functools import cache

import pytest

from auditor.audit import audit
from auditor.findings import RuleResult, Status
from auditor.submission import Clone, from_pull_request


@cache
def _results(clone: Clone, pr: int) -> dict[str, RuleResult]:
    return {result.rule_id: result for result in audit(from_pull_request(clone, pr)).results}


def told(result: RuleResult) -> str:
    """Everything that a result says."""
    return "\n".join([result.summary, *(finding.message for finding in result.findings)])


def lines(result: RuleResult) -> list[int]:
    return [place.line_start for finding in result.findings for place in finding.locations]


@pytest.mark.parametrize(
    ("pr", "rule", "status", "figures"),
    [
        (861, "ART001", Status.FAIL, ("16,265,723", "75,440")),
        (861, "TIME001", Status.FAIL, ("1,386.5 s", "600 s", "2,222.0 s")),
        (861, "BPB001", Status.NEEDS_RULING, ("19 validation lines",)),
        (1959, "ART001", Status.FAIL, ("16,042,632", "16,044,395")),
        (1959, "TIME003", Status.FAIL, ("4 accelerators",)),
        (1412, "ART001", Status.FAIL, ("16,054,963", "16,058,494", "16,059,704")),
        (1106, "BPB001", Status.FAIL, ("4.3 bytes per token",)),
        (1106, "BPB003", Status.FAIL, ("500",)),
        (1006, "CAL001", Status.FAIL, ("600 s",)),
        (1698, "BPB001", Status.FAIL, ("space before a word",)),
        (2071, "BPB001", Status.FAIL, ("164,594,39",)),
        (2071, "BPB002", Status.FAIL, ("3.43969", "3.15715")),
        (2039, "BPB003", Status.FAIL, ("9,662,464",)),
        (2098, "DATA003", Status.FAIL, ("50,000,000",)),
    ],
)
def test_what_a_submission_shows_is_told(
    challenge: Clone, pr: int, rule: str, status: Status, figures: tuple[str, ...]
) -> None:
    result = _results(challenge, pr)[rule]
    assert result.status is status
    for figure in figures:
        assert figure in told(result)


def test_the_lines_that_drift_are_cited(challenge: Clone) -> None:
    assert lines(_results(challenge, 861)["BPB001"]) == list(range(3, 22))


def test_a_stub_is_counted_with_what_it_starts(challenge: Clone) -> None:
    told_of = told(_results(challenge, 1412)["ART002"])
    assert "train_gpt_decode.py" in told_of
