from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from auditor.findings import RuleResult, Status
from rules.time001 import check
from tests.memory import NON_RECORD, case_of, submission_of


def log(seconds: float, *, world: int | None = 8, bpb: str = "1.12340012", after: str = "") -> str:
    size = f"world_size:{world} grad_accum_steps:1\n" if world else ""
    return (
        f"{size}stopping_early: wallclock_cap train_time:{seconds * 1000:.0f}ms step:7/9\n{after}"
        f"final_exact val_loss:1.9000 val_bpb:{bpb}\n"
    )


def answer(claims: Mapping[str, object] | None = None, **logs: str) -> RuleResult:
    files = {f"{name}.log": text for name, text in logs.items()}
    files["submission.json"] = json.dumps({"val_bpb": 1.1234, **(claims or {})})
    return check(case_of(submission_of(files)))


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(588.1, Status.PASS), (600.9, Status.PASS), (601.153, Status.FAIL), (900.0, Status.FAIL)],
)
def test_a_step_may_run_over_and_no_more(seconds: float, status: Status) -> None:
    assert answer(train=log(seconds)).status is status


def test_a_long_run_that_is_not_claimed_does_not_count() -> None:
    result = answer(train=log(600.0), ablation=log(3600.0, bpb="1.20000000"))
    assert result.status is Status.PASS


def test_the_longest_of_the_claimed_seeds_counts() -> None:
    seeds = {"seed_results": {"1": {"val_bpb": 1.1234}, "2": {"val_bpb": 1.1300}}}
    result = answer(seeds, a_seed1=log(600.0), b_seed2=log(605.4, bpb="1.13000011"))
    assert result.status is Status.FAIL
    assert "605.4" in result.summary


@pytest.mark.parametrize(
    ("world", "seconds", "status"),
    [(1, 4800.0, Status.NEEDS_RULING), (4, 1410.0, Status.FAIL), (None, 1386.5, Status.FAIL)],
)
def test_fewer_accelerators_stretch_a_run_but_prove_nothing(
    world: int | None, seconds: float, status: Status
) -> None:
    assert answer(train=log(seconds, world=world)).status is status


def test_the_authors_own_figure_counts_against_them() -> None:
    result = answer({"training_time_seconds": 2222})
    assert result.status is Status.FAIL
    assert "2,222" in result.summary


def test_a_wallclock_that_may_include_the_evaluation_does_not_overrule_the_log() -> None:
    assert answer({"wallclock_seconds": 1100}, train=log(600.0)).status is Status.PASS
    assert answer({"wallclock_seconds": 1100}).status is Status.FAIL


@pytest.mark.parametrize(
    ("seconds", "after", "status"),
    [
        (588.0, "GPTQ:collected 67 Hessians in 12.0s\n", Status.PASS),
        (599.6, "GPTQ:collected 67 Hessians in 4.7s\n", Status.NEEDS_RULING),
        (600.1, "gptq:generated 64 sequences in 196.7s\n", Status.NEEDS_RULING),
        (600.1, "gptq:calibrating with 256 batches...\n", Status.NEEDS_RULING),
        (590.0, "gptq:calibrating with 256 batches...\n", Status.PASS),
    ],
)
def test_calibration_after_the_clock_is_a_question_where_it_may_not_fit(
    seconds: float, after: str, status: Status
) -> None:
    assert answer(train=log(seconds, after=after)).status is status


def test_the_non_record_track_has_no_clock() -> None:
    case = case_of(submission_of({"train.log": log(9000.0)}, folder=NON_RECORD))
    assert check(case).status is Status.NOT_APPLICABLE


def test_runs_that_cannot_be_attributed_fail_only_together() -> None:
    over = log(900.0, bpb="1.3"), log(910.0, bpb="1.4")
    assert answer(a=over[0], b=over[1]).status is Status.FAIL
    assert answer(a=over[0], b=log(600.0, bpb="1.4")).status is Status.UNKNOWN


def test_a_coarse_clock_gets_the_benefit_of_its_rounding() -> None:
    text = "9/9 train_loss: 2.8043 train_time: {}m tok/s: 1\n0/9 val_loss: 1.9 val_bpb: 1.1234\n"
    assert answer(train=text.format("10.0")).status is Status.PASS
    assert answer(train=text.format("10.1")).status is Status.FAIL


def test_no_clock_anywhere_is_unknown() -> None:
    assert answer().status is Status.UNKNOWN
