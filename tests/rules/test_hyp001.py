from __future__ import annotations

import json

import pytest

from auditor.findings import RuleResult, Status
from rules.hyp001 import check
from tests.memory import case_of, submission_of


def answer(readme: str = "", claimed: float = 1.1, scores: tuple[float, ...] = ()) -> RuleResult:
    seeds = {str(i): {"val_bpb": score} for i, score in enumerate(scores)}
    claim = json.dumps({"val_bpb": claimed, "seed_results": seeds})
    files = {"README.md": f"# x\n{readme}\n", "submission.json": claim}
    return check(case_of(submission_of(files)))


@pytest.mark.parametrize(
    "line",
    [
        "The gate was found by an offline sweep on a dumped `(lpa, lpb)` of the model.",
        "Thresholds were tuned on the cached validation losses",
        "Replay of the mixer over orders on the dumped per-byte target stream",
    ],
)
def test_a_search_over_stored_outcomes_is_a_question(line: str) -> None:
    result = answer(line)
    assert result.status is Status.NEEDS_RULING
    assert result.findings[0].locations[0].line_start == 2


@pytest.mark.parametrize(
    "line",
    [
        "A small sweep over learning rates chose 0.02.",
        "Nothing was tuned on dumped validation losses.",
        "The cached tokens are stored as uint16.",
    ],
)
def test_ordinary_work_is_not(line: str) -> None:
    assert answer(line).status is Status.PASS


@pytest.mark.parametrize(
    ("claimed", "status"),
    [
        (1.1020, Status.PASS),  # the mean of all
        (1.1005, Status.NEEDS_RULING),  # of the best two
        (1.1000, Status.PASS),  # the best alone is said to be one run
        (1.1030, Status.PASS),  # no mean of the best
    ],
)
def test_a_mean_over_the_best_seeds_is_a_question(claimed: float, status: Status) -> None:
    assert answer(claimed=claimed, scores=(1.1000, 1.1010, 1.1020, 1.1050)).status is status
