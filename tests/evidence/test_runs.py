from __future__ import annotations

import json

from auditor.evidence.clocks import calibration_after, evaluation_clock, outside_timer
from auditor.evidence.runs import Run, runs_of
from auditor.facts import Facts
from tests.memory import facts_of, submission_of


def facts_in(log: str, claim: dict[str, object] | None = None) -> Facts:
    return facts_of(submission_of({"submission.json": json.dumps(claim or {}), "train.log": log}))


def run_of(log: str) -> Run:
    (run,) = runs_of(facts_in(log))
    return run


def test_the_total_before_compression_is_not_the_total() -> None:
    run = run_of(
        "Serialized model: 67000000 bytes\n"
        "Code size: 48000 bytes\n"
        "Total submission size: 67048000 bytes\n"
        "Serialized model int8+zlib: 15800000 bytes\n"
        "Total submission size int8+zlib: 15848000 bytes\n"
    )
    assert [total.value for total in run.totals] == [15_848_000]
    assert run.model is not None
    assert run.model.value == 15_800_000


def test_a_total_without_codec_counts_where_it_is_not_the_plain_model() -> None:
    run = run_of("Serialized model: 67000000 bytes\nTotal submission size: 15848000 bytes\n")
    assert [total.value for total in run.totals] == [15_848_000]


def test_the_counted_code_is_the_compressed_one_where_both_are_given() -> None:
    run = run_of(
        "total_eval_time:1.0s\nCode size (uncompressed): 120000 bytes\n"
        "Code size (compressed): 27000 bytes\nTotal submission size a+b: 15000000 bytes\n"
    )
    assert run.code is not None
    assert run.code.value == 27_000


def test_the_clock_that_stopped_training_goes_before_the_last_step() -> None:
    run = run_of(
        "stopping_early: wallclock_cap train_time:600071ms step:5/9\n"
        "step:5/9 val_loss:1.9000 val_bpb:1.1000 train_time:600075ms\n"
    )
    assert run.train_clock is not None
    assert run.train_clock.value == 600.071


def test_validations_during_training_are_results_only_where_there_is_no_other() -> None:
    step = "step:5/9 val_loss:1.9000 val_bpb:1.2000\n"
    assert [score.value for score in run_of(step).scores] == [1.2]
    final = step + "final_exact val_loss:1.9000 val_bpb:1.1000\n"
    assert [score.value for score in run_of(final).scores] == [1.1]


EVALUATED = (
    "diagnostic pre-quantization val_loss:1.9000 val_bpb:1.1000 eval_time:9000ms\n"
    "final_sliding val_loss:1.8000 val_bpb:1.0765 eval_time:81000ms\n"
    "final_sliding_exact val_loss:1.80000001 val_bpb:1.07650001\n"
    "ablation val_loss:1.9000 val_bpb:1.2000 eval_time:900000ms\n"
)


def test_the_evaluation_that_counts_is_that_of_the_claimed_score() -> None:
    facts = facts_in(EVALUATED, {"val_bpb": 1.07650001})
    clock = evaluation_clock(runs_of(facts)[0], facts)
    assert clock is not None
    assert clock.value == 81.0


def test_without_the_claimed_score_it_is_the_last_that_is_no_diagnostic() -> None:
    facts = facts_in(EVALUATED)
    clock = evaluation_clock(runs_of(facts)[0], facts)
    assert clock is not None
    assert clock.value == 900.0


def test_a_total_over_all_passes_counts_where_it_is_longer() -> None:
    facts = facts_in(EVALUATED + "total_eval_time:497.5s\n", {"val_bpb": 1.07650001})
    clock = evaluation_clock(runs_of(facts)[0], facts)
    assert clock is not None
    assert clock.value == 497.5


def test_compilation_and_adaptation_before_the_evaluation_lie_outside_its_timer() -> None:
    log = "ttt_lora:compile warmup done (138.0s)\nttt:elapsed=291.9s\n" + EVALUATED
    facts = facts_in(log, {"val_bpb": 1.07650001})
    run = runs_of(facts)[0]
    clock = evaluation_clock(run, facts)
    assert clock is not None
    assert [fact.value for fact in outside_timer(run, clock)] == [138.0, 291.9]


def test_the_same_adaptation_timed_twice_is_not_added_to_itself() -> None:
    log = (
        "ttt:elapsed=405.1s\n"
        "final_ttt val_loss:1.8000 val_bpb:1.0765 eval_time:404900ms\n"
        "ttt:elapsed=405.1s\n"
    )
    facts = facts_in(log, {"val_bpb": 1.0765})
    run = runs_of(facts)[0]
    clock = evaluation_clock(run, facts)
    assert clock is not None
    assert outside_timer(run, clock) == ()


def test_only_calibration_below_the_clock_comes_after_it() -> None:
    run = run_of(
        "GPTQ:collected 3 Hessians in 1.0s\n"
        "stopping_early: wallclock_cap train_time:600071ms step:5/9\n"
        "GPTQ:collecting Hessians from calibration data...\n"
        "GPTQ:collected 67 Hessians in 12.8s\n"
    )
    assert run.train_clock is not None
    assert len(calibration_after(run, run.train_clock)) == 2
