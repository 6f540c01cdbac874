from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.attribution import attribute
from auditor.evidence.denominator import (
    Count,
    Denominator,
    claimed_denominators,
    denominators,
    drifting,
    filled_shards,
    read_denominator,
    stated_denominators,
)
from auditor.evidence.runs import runs_of
from auditor.facts import Fact, Facts, Quantity, Standing
from auditor.findings import Location
from auditor.ruleset import load_ruleset
from tests.memory import facts_of, submission_of

TEXT = load_ruleset().validation
#: Bytes per token of the sp1024 export.
SP1024 = 2.43592


def line(loss: float, bpb: float, *, decimals: int = 8, tokens: int | None = None) -> Denominator:
    """A line that prints both with so many decimals."""
    where = Location("train.log", 1, 1)
    half = 0.5 * 10.0**-decimals

    def fact(quantity: Quantity, value: float, precision: float = 0.0) -> Fact:
        return Fact(quantity, value, Standing.LOGGED, where, None, "step", "", precision)

    return Denominator(
        fact(Quantity.VAL_LOSS, round(loss, decimals), half),
        fact(Quantity.VAL_BPB, round(bpb, decimals), half),
        None if tokens is None else fact(Quantity.VAL_TOKENS, tokens),
    )


def dividing_by(per_token: float, *, tokens: int | None = None, decimals: int = 8) -> Denominator:
    return line(1.9, 1.9 / (math.log(2.0) * per_token), decimals=decimals, tokens=tokens)


@given(
    loss=st.floats(0.5, 8.0),
    per_token=st.floats(0.9, 6.0),
    decimals=st.integers(4, 8),
)
def test_what_was_divided_by_is_recovered_within_the_rounding(
    loss: float, per_token: float, decimals: int
) -> None:
    found = line(loss, loss / (math.log(2.0) * per_token), decimals=decimals)
    assert abs(found.per_token / per_token - 1.0) <= found.rounding * 1.01


@pytest.mark.parametrize(
    ("per_token", "tokens", "count"),
    [
        (2.43592, 62_021_632, Count.RIGHT),
        (3.72663, 40_540_160, Count.RIGHT),
        (3.72591, 40_548_352, Count.RIGHT),
        (3.15715, 47_851_520, Count.RIGHT),
        (0.99970, 151_130_112, Count.RIGHT),
        (2.44230, 63_779_840, Count.RIGHT),
        (3.97000, 38_055_415, Count.RIGHT),
        (2.84308, 62_021_632, Count.WRONG),
        (3.43969, 47_851_520, Count.WRONG),
        (3.52720, 40_540_160, Count.WRONG),
        (2.93140, 62_363_648, Count.WRONG),
        (3.10080, 9_662_464, Count.PART),
        (2.43630, 262_144, Count.PART),
        (2.43800, 62_363_648, Count.CLOSE),
    ],
)
def test_the_text_has_one_size_for_every_tokenizer(
    per_token: float, tokens: int, count: Count
) -> None:
    assert read_denominator(dividing_by(per_token, tokens=tokens), TEXT).count is count


@pytest.mark.parametrize(
    ("per_token", "count"),
    [(2.43592, Count.RIGHT), (3.15715, Count.RIGHT), (2.84308, Count.OPEN), (2.7, Count.OPEN)],
)
def test_without_tokens_only_known_exports_are_recognised(per_token: float, count: Count) -> None:
    assert read_denominator(dividing_by(per_token), TEXT).count is count


def test_a_known_mistake_has_its_cause_named() -> None:
    doubled = read_denominator(dividing_by(2.84308, tokens=62_021_632), TEXT)
    assert doubled.miscount is not None
    assert "space" in doubled.miscount.cause
    assert doubled.off == pytest.approx(0.167, abs=5e-4)


@given(st.lists(st.floats(1.7, 7.0), min_size=2, max_size=30), st.integers(3, 6))
def test_a_loop_that_scores_the_same_tokens_never_drifts(losses: list[float], digits: int) -> None:
    factor = math.log(2.0) * SP1024
    loop = [line(loss, loss / factor, decimals=digits) for loss in losses]
    assert not drifting(loop)


def test_lines_beyond_their_rounding_drift() -> None:
    loop = [dividing_by(SP1024, decimals=4) for _ in range(5)]
    odd = dividing_by(SP1024 * 1.0005, decimals=4)
    assert drifting([*loop, odd]) == [odd]


def test_the_claimed_line_decides_which_lines_are_odd() -> None:
    first = [dividing_by(SP1024, decimals=4) for _ in range(2)]
    rest = [dividing_by(SP1024 * 1.0005, decimals=4) for _ in range(9)]
    assert len(drifting([*first, *rest])) == 2
    assert len(drifting([*first, *rest], dividing_by(SP1024))) == 9


@pytest.mark.parametrize(
    ("tokens", "filled"),
    [(49_999_872, 50_000_000), (62_021_632, None), (47_851_520, None), (100_000_000, 100_000_000)],
)
def test_a_set_that_was_filled_up_ends_at_a_round_number(tokens: int, filled: int | None) -> None:
    fact = Fact(Quantity.VAL_TOKENS, tokens, Standing.LOGGED, Location("train.log", 1, 1))
    assert filled_shards(fact) == filled


LOG = """\
seed:42
val_loader:shards pattern=fineweb_val_*.bin tokens:62021632
step:0/9 val_loss:6.9295 val_bpb:4.1040 train_time:0ms
final_int6_roundtrip val_loss:1.9123 val_bpb:1.1326 eval_time:178175ms
final_int6_roundtrip_exact val_loss:1.91228074 val_bpb:1.13256182
"""


def logged(claim: str) -> Facts:
    return facts_of(submission_of({"train.log": LOG, "submission.json": claim}))


def test_every_line_with_loss_and_score_has_a_denominator() -> None:
    (run,) = runs_of(logged("{}"))
    assert [round(d.per_token, 3) for d in denominators(run)] == [2.436, 2.436, 2.436]


def test_of_lines_with_the_claimed_score_the_one_with_most_digits_counts() -> None:
    facts = logged('{"val_bpb": 1.1326}')
    (found,) = claimed_denominators(facts, attribute(facts))
    assert found.bpb.number == 1.13256182
    assert found.bytes == pytest.approx(151_080_169, abs=1)


def test_the_json_states_one_by_itself() -> None:
    (found,) = stated_denominators(logged('{"val_loss": 1.91228074, "val_bpb": 1.13256182}'))
    assert found.per_token == pytest.approx(2.43593, abs=1e-5)
    assert found.rounding < 1e-7
