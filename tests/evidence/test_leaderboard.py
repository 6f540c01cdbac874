from __future__ import annotations

from datetime import date

import pytest

from auditor.evidence.leaderboard import load_leaderboard

BOARD = load_leaderboard()


def test_rows_are_in_the_order_in_which_they_were_opened() -> None:
    numbers = [row.pr for row in BOARD.row if row.pr is not None]
    assert numbers == sorted(numbers)
    assert [row.opened for row in BOARD.row] == sorted(row.opened for row in BOARD.row)


def test_rows_agree_with_their_seeds() -> None:
    for row in BOARD.row:
        assert row.tokenizer in BOARD.bytes_per_token
        assert row.listed >= row.opened
        # The first rows list their best seed, or the mean of other attempts.
        margin = 6e-5 if row.opened >= date(2026, 3, 23) else 2e-3
        assert abs(row.mean - row.score) <= margin, row


@pytest.mark.parametrize(
    ("pr", "filled", "head", "standing"),
    [
        (1855, date(2026, 4, 27), date(2026, 4, 28), 1851),
        (1529, date(2026, 4, 11), date(2026, 4, 30), 1514),  # touched again long after
        (181, date(2026, 3, 23), date(2026, 4, 2), 1218),  # filled in long after it was opened
        (None, date(2026, 3, 28), None, 549),
        (None, None, date(2026, 4, 12), 1530),
        (None, date(2026, 3, 18), None, None),
    ],
)
def test_the_standing_record_is_the_best_of_those_before(
    pr: int | None, filled: date | None, head: date | None, standing: int | None
) -> None:
    row = BOARD.standing(pr, filled, head)
    assert (row.pr if row else None) == standing


def test_nothing_stood_where_neither_number_nor_day_is_known() -> None:
    assert BOARD.standing(None, None, None) is None


@pytest.mark.parametrize(
    ("pr", "bits"), [(1019, 0.00296), (1334, 0.00217), (1493, 0.00194), (1736, 0.00228)]
)
def test_the_margin_in_bits_depends_on_the_tokenizer(pr: int, bits: float) -> None:
    row = next(row for row in BOARD.row if row.pr == pr)
    assert BOARD.margin_in_bits(BOARD.policy[0], row) == pytest.approx(bits, abs=5e-6)


def test_policies_come_into_force_one_after_the_other() -> None:
    assert [policy.name for policy in BOARD.in_force(date(2026, 4, 1))] == ["margin"]
    assert [policy.name for policy in BOARD.in_force(date(2026, 4, 28))] == ["margin", "frontier"]
