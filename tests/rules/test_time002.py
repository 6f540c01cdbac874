from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from auditor.findings import RuleResult, Status
from rules.time002 import check
from tests.memory import NON_RECORD, case_of, submission_of


def log(seconds: float, *, before: str = "", world: int = 8) -> str:
    return (
        f"world_size:{world} x\n{before}"
        f"final_ttt val_loss:1.8000 val_bpb:1.0765 eval_time:{seconds * 1000:.0f}ms\n"
        "final_ttt_exact val_loss:1.80000000 val_bpb:1.07650012\n"
    )


def answer(claims: Mapping[str, object] | None = None, **logs: str) -> RuleResult:
    files = {f"{name}.log": text for name, text in logs.items()}
    files["submission.json"] = json.dumps({"val_bpb": 1.07650012, **(claims or {})})
    return check(case_of(submission_of(files)))


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(599.9, Status.PASS), (600.0, Status.PASS), (602.048, Status.FAIL), (1023.1, Status.FAIL)],
)
def test_the_evaluation_has_no_tolerance(seconds: float, status: Status) -> None:
    assert answer(train=log(seconds)).status is status


def test_other_evaluations_in_the_log_do_not_count() -> None:
    slow = "ablation val_loss:1.9000 val_bpb:1.2000 eval_time:900000ms\n"
    assert answer(train=log(500.0, before=slow)).status is Status.PASS


@pytest.mark.parametrize(
    "before",
    [
        "ttt_lora:compile warmup done (138.0s)\n",
        "ngram_tilt:precompute_outside_timer_done elapsed=164.53s total=1\n",
        "ttt:elapsed=291.9s\n",
    ],
)
def test_what_runs_outside_the_timer_is_a_question(before: str) -> None:
    result = answer(train=log(509.0, before=before))
    assert result.status is Status.NEEDS_RULING
    assert result.strict_side
    assert result.lenient_side
    assert answer(train=log(200.0, before=before)).status is Status.PASS


def test_a_disclosed_process_time_over_the_limit_is_a_question() -> None:
    result = answer({"ttt_process_real_s": 733.28}, train=log(546.4))
    assert result.status is Status.NEEDS_RULING


def test_the_authors_own_figure_fails_without_a_log_and_is_a_question_against_one() -> None:
    assert answer({"eval_time_seconds": 616}).status is Status.FAIL
    assert answer({"eval_time_seconds": 616}, train=log(500.0)).status is Status.NEEDS_RULING


def test_fewer_accelerators_stretch_an_evaluation_but_prove_nothing() -> None:
    assert answer(train=log(1600.0, world=1)).status is Status.NEEDS_RULING
    assert answer(train=log(1600.0, world=4)).status is Status.FAIL


def test_the_non_record_track_has_no_clock() -> None:
    case = case_of(submission_of({"train.log": log(9000.0)}, folder=NON_RECORD))
    assert check(case).status is Status.NOT_APPLICABLE


def test_no_clock_anywhere_is_unknown() -> None:
    assert answer().status is Status.UNKNOWN
    assert answer({"eval_time_seconds": 500}).status is Status.PASS
