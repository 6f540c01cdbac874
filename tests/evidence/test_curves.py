from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.curves import RUNNING, curves
from auditor.texts import TextLines


def found(*lines: str) -> dict[str, tuple[tuple[float, float], ...]]:
    log = TextLines("a.log", tuple(enumerate(lines, start=1)))
    return {curve.what: curve.points for curve in curves([log])}


def test_losses_are_over_steps() -> None:
    points = found(
        "step:10/100 train_loss:3.1000 train_time:1ms",
        "step:20/100 train_loss:2.9000 train_time:2ms",
        "step:20/100 val_loss:2.8 val_bpb:1.7000",
        "step:40/100 val_loss:2.7 val_bpb:1.6000",
    )
    assert points == {
        "training loss": ((10.0, 3.1), (20.0, 2.9)),
        "validation, bits per byte": ((20.0, 1.7), (40.0, 1.6)),
    }


def test_running_scores_are_over_the_share_that_is_done() -> None:
    points = found("ttt_chunk [1/4] bpb=1.3000 time=1s", "ttt_chunk [4/4] bpb=1.2000 time=2s")
    assert points == {RUNNING: ((0.25, 1.3), (1.0, 1.2))}


def test_batches_out_of_order_keep_the_order_of_their_lines() -> None:
    points = found("ttp: b9/10 bb:1.2 rb:1.30", "ttp: b2/10 bb:1.2 rb:1.20")
    assert points == {RUNNING: ((0.5, 1.3), (1.0, 1.2))}


def test_one_point_is_no_curve() -> None:
    assert found("step:10/100 train_loss:3.1000") == {}


def test_long_runs_are_thinned() -> None:
    lines = [f"step:{i}/9000 train_loss:2.0000" for i in range(9000)]
    (points,) = found(*lines).values()
    assert 2_000 < len(points) <= 4_000


@given(st.lists(st.text("0123456789/:.= stepbralo", max_size=60), max_size=20))
def test_no_line_raises(lines: list[str]) -> None:
    found(*lines)
