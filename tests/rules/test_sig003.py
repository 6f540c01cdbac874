from __future__ import annotations

import json
from dataclasses import replace

import pytest

from auditor.findings import RuleResult, Status
from auditor.submission.model import Origin
from rules.sig003 import check
from tests.memory import case_of, submission_of

LOSSES = (3.1021, 2.6655, 2.4432, 2.3391, 2.2803, 2.2417, 2.2109)


def log(seed: int, score: float, *, shift: float = 0.0, code: int = 50_000) -> str:
    steps = "".join(f"step:{i}/9 train_loss:{x + shift:.4f} t\n" for i, x in enumerate(LOSSES))
    return f"seed:{seed}\nCode size: {code} bytes\n{steps}final val_loss:1.9 val_bpb:{score:.8f}\n"


def answer(scores: list[float], readme: str = "", **logs: str) -> RuleResult:
    seeds = {str(i): {"val_bpb": score} for i, score in enumerate(scores)}
    claim = {"val_bpb": sum(scores) / len(scores), "seed_results": seeds}
    files = {f"{name}.log": text for name, text in logs.items()}
    submission = submission_of({"submission.json": json.dumps(claim), "README.md": readme, **files})
    return check(case_of(replace(submission, origin=Origin(pr=700))))


def test_three_runs_with_results_of_their_own_pass() -> None:
    logs = {f"s{i}": log(i, 1.1 + i / 1000, shift=i / 1000) for i in range(3)}
    assert answer([1.100, 1.101, 1.102], **logs).status is Status.PASS


def test_one_training_under_two_seeds_fails_with_both_places() -> None:
    logs = {f"s{i}": log(i, 1.1 + i / 1000) for i in range(2)}
    result = answer([1.100, 1.101], **logs)
    assert result.status is Status.FAIL
    assert {place.file[-6:] for place in result.findings[0].locations} == {"s0.log", "s1.log"}


def test_one_score_under_two_seeds_fails() -> None:
    assert answer([1.10012345, 1.10012345, 1.1002]).status is Status.FAIL


def test_another_revision_of_the_code_is_a_question() -> None:
    logs = {f"s{i}": log(i, 1.1 + i / 1000, shift=i / 99, code=50_000 + i) for i in range(3)}
    result = answer([1.100, 1.101, 1.102], **logs)
    assert result.status is Status.NEEDS_RULING
    assert "50,001" in result.summary


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_than_three_runs_are_a_question(count: int) -> None:
    result = answer([1.1, 1.2][:count])
    assert result.status is Status.NEEDS_RULING
    assert result.strict_side
    assert result.lenient_side


def test_a_mean_over_more_seeds_than_are_shown_is_open() -> None:
    assert answer([1.1], readme="# x\n1.1 (3-seed mean)\n").status is Status.UNKNOWN
