from __future__ import annotations

import json

import pytest

from auditor.findings import RuleResult, Status
from rules.rep005 import check
from tests.memory import case_of, submission_of


def log(seed: int, score: float, steps: int = 7000) -> str:
    return (
        f"seed:{seed}\nstopping_early: wallclock_cap train_time:600000ms step:{steps}/20000\n"
        f"final_exact val_loss:1.9 val_bpb:{score:.8f}\n"
    )


def answer(claim: dict[str, object], readme: str = "", **logs: str) -> RuleResult:
    files = {f"{name}.log": text for name, text in logs.items()}
    claimed = json.dumps(claim)
    return check(case_of(submission_of({"submission.json": claimed, "README.md": readme, **files})))


@pytest.mark.parametrize(
    ("claimed", "status"),
    [(1.1234, Status.PASS), (1.1000, Status.FAIL), (1.1500, Status.NEEDS_RULING)],
)
def test_the_claimed_score_is_looked_for_in_the_logs(claimed: float, status: Status) -> None:
    assert answer({"val_bpb": claimed}, train=log(1, 1.1234)).status is status


def test_steps_that_repeat_another_seeds_are_a_question() -> None:
    seeds = {
        "1": {"val_bpb": 1.12, "steps": 7386},
        "2": {"val_bpb": 1.13, "steps": 7386},
    }
    claim = {"val_bpb": 1.125, "seed_results": seeds}
    result = answer(claim, a=log(1, 1.12, 7386), b=log(2, 1.13, 7403))
    assert result.status is Status.NEEDS_RULING
    assert "steps of seed 2, which repeats that of seed 1" in result.summary
    right = answer(claim, a=log(1, 1.12, 7386), b=log(2, 1.13, 7386))
    assert right.status is Status.PASS


def test_so_are_rows_of_a_table() -> None:
    table = (
        "| seed | steps | raw | size |\n|-|-|-|-|\n"
        "| 1 | 7386 | 1.1418 | 15.53 MB |\n| 2 | 7411 | 1.1426 | 15.51 MB |\n"
        "| 3 | 7386 | 1.1418 | 15.53 MB |\n"
    )
    result = answer({"val_bpb": 1.1234}, table, train=log(1, 1.1234))
    assert result.status is Status.NEEDS_RULING
    assert "seeds 1 and 3 share 7386, 1.1418, 15.53 MB" in result.summary


def test_without_logs_or_claim_there_is_nothing_to_compare() -> None:
    assert answer({"val_bpb": 1.1}).status is Status.NOT_APPLICABLE
    assert answer({}, train=log(1, 1.1)).status is Status.NOT_APPLICABLE
