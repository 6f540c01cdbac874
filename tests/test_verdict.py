from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.findings import Confidence, RuleResult, Status
from auditor.verdict import Verdict, decide

FROM_WORST = [
    (Status.FAIL, Verdict.VIOLATION),
    (Status.NEEDS_RULING, Verdict.NEEDS_RULING),
    (Status.UNKNOWN, Verdict.INSUFFICIENT_EVIDENCE),
    (Status.PASS, Verdict.COMPLIANT),
    (Status.NOT_APPLICABLE, Verdict.COMPLIANT),
    (Status.WAIVED, Verdict.COMPLIANT),
]


def results(*statuses: Status) -> list[RuleResult]:
    return [RuleResult(f"X{i}", s, Confidence.HIGH, "Said.") for i, s in enumerate(statuses)]


@pytest.mark.parametrize(("status", "verdict"), FROM_WORST)
def test_one_answer_gives_its_verdict(status: Status, verdict: Verdict) -> None:
    assert decide(results(status)) is verdict


@given(st.lists(st.sampled_from(list(Status)), min_size=1))
def test_the_worst_answer_decides_whatever_the_order(statuses: list[Status]) -> None:
    expected = next(verdict for status, verdict in FROM_WORST if status in statuses)
    assert decide(results(*statuses)) is expected
    assert decide(results(*reversed(statuses))) is expected


def test_nothing_that_was_left_open_is_ever_compliant() -> None:
    for status in (Status.UNKNOWN, Status.NEEDS_RULING, Status.FAIL):
        assert decide(results(Status.PASS, status)) is not Verdict.COMPLIANT
