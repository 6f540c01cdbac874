from __future__ import annotations

import pytest

from auditor.program.parse import parse
from auditor.provenance.contradictions import Contradiction, Kind, contradictions
from auditor.provenance.grammar import Grammar
from auditor.texts import TextLines

SOURCE = """
def evaluate():
    log(f"sliding:done val_bpb={b:.6f} elapsed={t:.1f}s")


def main():
    log(f"step:{s}/{n} quotient train_time:{t:.0f}ms step_avg:{t / max(s, 1):.2f}ms")
    log(f"step:{s}/{n} window train_time:{t:.0f}ms step_avg:{w:.2f}ms")
    log(f"legal_ttt val_bpb:{b:.4f} eval_time:{t:.0f}ms")
    log(f"again val_bpb:{b:.4f} eval_time:{t:.0f}ms")
"""


def found(*lines: str) -> list[Contradiction]:
    log = TextLines("a.log", tuple(enumerate(lines, start=1)))
    return list(contradictions(log, Grammar([parse(SOURCE)])))


def test_an_inner_timer_above_the_outer_one() -> None:
    (contradiction,) = found(
        "sliding:done val_bpb=1.132562 elapsed=178.5s",
        "legal_ttt val_bpb:1.1326 eval_time:178175ms",
    )
    assert contradiction.kind is Kind.INNER
    assert [place.line_start for place in contradiction.places] == [1, 2]


@pytest.mark.parametrize(
    "lines",
    [
        # within the digits of the coarser timer
        (
            "sliding:done val_bpb=1.132562 elapsed=178.2s",
            "legal_ttt val_bpb:1.1326 eval_time:178175ms",
        ),
        # of two evaluations in one function
        ("legal_ttt val_bpb:1.1326 eval_time:200000ms", "again val_bpb:1.1326 eval_time:100000ms"),
        # of another score
        (
            "sliding:done val_bpb=1.152562 elapsed=178.5s",
            "legal_ttt val_bpb:1.1326 eval_time:178175ms",
        ),
        # of a function that is not known
        ("other val_bpb=1.132562 elapsed=178.5s", "legal_ttt val_bpb:1.1326 eval_time:178175ms"),
    ],
)
def test_timers_that_may_well_be_right(lines: tuple[str, ...]) -> None:
    assert found(*lines) == []


def test_a_clock_that_runs_backwards() -> None:
    (contradiction,) = found(
        "step:100/9000 train_loss:3.1 train_time:20000ms",
        "step:200/9000 train_loss:2.9 train_time:19000ms",
    )
    assert contradiction.kind is Kind.BACKWARDS


def test_a_smaller_step_starts_another_run() -> None:
    lines = ("step:100/9000 x train_time:20000ms", "step:1/9000 x train_time:19ms")
    assert found(*lines) == []


def test_an_average_that_is_not_the_total_over_the_steps() -> None:
    (contradiction,) = found("step:1000/9000 x train_time:60000ms step_avg:69.68ms")
    assert contradiction.kind is Kind.AVERAGE
    assert found("step:1000/9000 x train_time:69675ms step_avg:69.68ms") == []


def test_a_running_mean_that_cannot_lead_to_the_next() -> None:
    (contradiction,) = found("chunk [90/100] bpb=1.2000", "chunk [100/100] bpb=1.0000")
    assert contradiction.kind is Kind.RUNNING
    assert "-0.800" in contradiction.message
    assert found("chunk [50/100] bpb=1.2000", "chunk [100/100] bpb=1.1000") == []


@pytest.mark.parametrize(
    ("size", "possible"),
    [(67_200_000, True), (34_000_000, True), (400_000, False), (501_000_000, False)],
)
def test_a_plain_model_holds_its_parameters(size: int, *, possible: bool) -> None:
    lines = ("model_params:17000000", f"Serialized model: {size} bytes")
    assert [each.kind for each in found(*lines)] == ([] if possible else [Kind.PARAMETERS])


@pytest.mark.parametrize(
    ("time", "average", "right"),
    [(42_448, "212.24", True), (42_448, "76.00", False), (14_000, "76.00", False)],
)
def test_a_quotient_that_the_code_prints_holds_both_ways(
    time: int, average: str, *, right: bool
) -> None:
    kinds = [c.kind for c in found(f"step:200/9 quotient train_time:{time}ms step_avg:{average}ms")]
    assert kinds == ([] if right else [Kind.AVERAGE])


def test_an_average_over_a_window_may_be_below_the_total() -> None:
    assert found("step:200/9 window train_time:42448ms step_avg:76.00ms") == []
