from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.leaderboard import Row, load_leaderboard
from auditor.evidence.significance import Variance, student_t_tail, welch


def row(pr: int) -> Row:
    return next(row for row in load_leaderboard().row if row.pr == pr)


def rounded(pr: int, digits: int) -> list[float]:
    return [round(score, digits) for score in row(pr).seeds]


@pytest.mark.parametrize(
    ("new", "old", "digits", "variance", "p"),
    [
        (1514, 1493, 5, Variance.SAMPLE, "0.0208"),
        (1769, 1736, 6, Variance.SAMPLE, "0.0626"),
        (2135, 2014, 8, Variance.SAMPLE, "0.0138"),
        (2014, 1953, 8, Variance.SAMPLE, "0.0202"),
        (2014, 1953, 8, Variance.POPULATION, "0.0109"),
        (1953, 1945, 6, Variance.SAMPLE, "0.0904"),
        (1953, 1945, 6, Variance.POPULATION, "0.0623"),
        (1945, 1855, 8, Variance.SAMPLE, "0.0560"),
        (1945, 1855, 8, Variance.POPULATION, "0.0346"),
    ],
)
def test_published_comparisons_of_neighbouring_rows(
    new: int, old: int, digits: int, variance: Variance, p: str
) -> None:
    test = welch(rounded(new, digits), rounded(old, digits), variance=variance)
    assert test is not None
    assert f"{test.p:.4f}" == p


def test_the_digits_of_the_older_row_decide_a_last_digit() -> None:
    """The published 0.0625 has the older row as its JSON rounds it."""
    test = welch(row(1769).seeds, [1.0661, 1.06473, 1.06563])
    assert test is not None
    assert f"{test.p:.4f}" == "0.0625"


@pytest.mark.parametrize(
    ("t", "df", "p"),
    [(6.314, 1, 0.05), (2.920, 2, 0.05), (4.541, 3, 0.01), (2.764, 10, 0.01), (1.645, 1e6, 0.05)],
)
def test_quantiles_of_the_tables(t: float, df: float, p: float) -> None:
    assert student_t_tail(t, df) == pytest.approx(p, rel=2e-3)


@given(st.floats(-40, 40), st.floats(0.5, 200))
def test_the_two_tails_make_one(t: float, df: float) -> None:
    assert student_t_tail(t, df) + student_t_tail(-t, df) == pytest.approx(1)


@given(st.floats(-30, 30))
def test_one_degree_of_freedom_is_the_cauchy_distribution(t: float) -> None:
    assert student_t_tail(t, 1) == pytest.approx(0.5 - math.atan(t) / math.pi, abs=1e-8)


scores = st.lists(st.floats(0.9, 1.3), min_size=2, max_size=6, unique=True)


@given(scores, scores, st.floats(-0.1, 0.1))
def test_swapping_the_sides_swaps_the_answer(
    new: list[float], old: list[float], null: float
) -> None:
    one, other = welch(new, old, null=null), welch(old, new, null=-null)
    if one is not None and other is not None:
        assert one.p + other.p == pytest.approx(1, abs=1e-6)


def test_a_margin_is_harder_to_beat_than_nothing() -> None:
    new, old = [1.10, 1.101, 1.102], [1.11, 1.111, 1.112]
    plain, beyond = welch(new, old), welch(new, old, null=0.005)
    assert plain is not None
    assert beyond is not None
    assert plain.p < beyond.p


def test_a_single_run_borrows_the_spread_of_the_other_side() -> None:
    test = welch([1.10], [1.11, 1.112, 1.114])
    assert test is not None
    assert test.df == 2
    assert test.t == pytest.approx(0.012 / (0.002 * math.sqrt(1 + 1 / 3)))


@pytest.mark.parametrize(
    ("new", "old"), [([1.1], [1.2]), ([], [1.1, 1.2]), ([1.1, 1.1], [1.2] * 2)]
)
def test_without_a_spread_there_is_no_test(new: list[float], old: list[float]) -> None:
    assert welch(new, old) is None
