from __future__ import annotations

import json
from dataclasses import replace

import pytest

from auditor.findings import Confidence, RuleResult, Status
from auditor.submission.model import Origin
from rules import sig001, sig002
from tests.memory import NON_RECORD, case_of, submission_of


def answer(
    scores: list[float], pr: int, day: str, *, rule: str = "SIG001", track: str = "track_10min_16mb"
) -> RuleResult:
    seeds = {str(i): {"val_bpb": score} for i, score in enumerate(scores)}
    claim = {"val_bpb": round(sum(scores) / len(scores), 8), "seed_results": seeds}
    folder = f"records/{track}/{day}_Example"
    submission = submission_of({"submission.json": json.dumps(claim)}, folder=folder)
    case = case_of(replace(submission, origin=Origin(pr=pr)))
    return {"SIG001": sig001.check, "SIG002": sig002.check}[rule](case)


@pytest.mark.parametrize(
    ("scores", "status"),
    [
        ([1.1150, 1.1152, 1.1148], Status.PASS),  # 0.0074 nats below #549, at a tight spread
        ([1.1174, 1.1176, 1.1175], Status.NEEDS_RULING),  # surely better, by 0.0031 nats
        ([1.1192, 1.1190, 1.1194], Status.FAIL),  # may be chance
        ([1.1210, 1.1212, 1.1214], Status.FAIL),  # worse
        ([1.1150], Status.NEEDS_RULING),  # far better, and one run
        ([1.1192], Status.FAIL),  # one run among the record's own
    ],
)
def test_before_april_the_readme_alone_counts(scores: list[float], status: Status) -> None:
    assert answer(scores, 700, "2026-03-25").status is status


@pytest.mark.parametrize(
    ("scores", "readme", "practice"),
    [
        ([1.0700, 1.0698, 1.0699], Status.PASS, Status.PASS),
        ([1.0728, 1.0726, 1.0727], Status.NEEDS_RULING, Status.PASS),
        ([1.0733, 1.0735, 1.0731], Status.FAIL, Status.FAIL),
        ([1.0740, 1.0742, 1.0741], Status.FAIL, Status.FAIL),
        ([1.0710], Status.NEEDS_RULING, Status.NEEDS_RULING),
    ],
)
def test_later_both_policies_are_reported(
    scores: list[float], readme: Status, practice: Status
) -> None:
    assert answer(scores, 1600, "2026-04-12").status is readme
    assert answer(scores, 1600, "2026-04-12", rule="SIG002").status is practice


def test_the_later_practice_says_nothing_of_earlier_claims() -> None:
    result = answer([1.1192, 1.1190, 1.1194], 700, "2026-03-25", rule="SIG002")
    assert result.status is Status.NOT_APPLICABLE


def test_the_answer_shows_the_arithmetic_and_where_the_figures_stand() -> None:
    result = answer([1.1192, 1.1190, 1.1194], 700, "2026-03-25")
    assert result.confidence is Confidence.HIGH
    assert "1.11920" in result.summary
    assert "#549" in result.summary
    assert "p = " in result.summary
    assert all(finding.locations for finding in result.findings)


def test_a_question_names_the_p_beyond_the_margin() -> None:
    result = answer([1.1174, 1.1176, 1.1175], 700, "2026-03-25")
    assert "beyond that margin" in result.strict_side


def test_the_non_record_track_has_no_record_to_beat() -> None:
    result = answer([1.3], 700, "2026-03-25", track=NON_RECORD.split("/")[1])
    assert result.status is Status.NOT_APPLICABLE


def test_no_score_leaves_it_open() -> None:
    submission = replace(submission_of({"submission.json": "{}"}), origin=Origin(pr=700))
    assert sig001.check(case_of(submission)).status is Status.UNKNOWN
    assert sig002.check(case_of(submission)).status is Status.UNKNOWN
