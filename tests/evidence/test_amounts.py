from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.amounts import Amount, bytes_of, number_of, seconds_of


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        ("15912345", 15_912_345, 0),
        ("15,912,345", 15_912_345, 0),
        ("15_912_345 bytes", 15_912_345, 0),
        ("15.52 MB", 15_520_000, 5_000),
        ("15.52MiB", 15.52 * 2**20, 0.005 * 2**20),
        ("~15.9 MB", 15_900_000, 795_000),
        ("15.9 MB (largest seed)", 15_900_000, 50_000),
    ],
)
def test_sizes_are_decimal_unless_they_say_binary(
    text: str, value: float, precision: float
) -> None:
    amount = bytes_of(text)
    assert amount is not None
    assert amount.value == pytest.approx(value)
    assert amount.precision == pytest.approx(precision)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("600s", 600.0), ("599654ms", 599.654), ("10 min", 600.0), ("0.5 h", 1800.0), ("8.3m", 498.0)],
)
def test_durations_come_out_in_seconds(text: str, seconds: float) -> None:
    amount = seconds_of(text)
    assert amount is not None
    assert amount.value == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "pending", "<600", "about", "15 apples", "1.2.3", "1e9", "-5"]
)
def test_what_is_not_an_amount_is_none(text: str) -> None:
    assert bytes_of(text) is None
    assert seconds_of(text) is None


def test_a_unit_in_the_key_is_used_where_the_value_has_none() -> None:
    assert bytes_of("15.5", "mb") == Amount(15_500_000.0, "mb", 50_000.0)
    assert seconds_of("5", "s") == Amount(5.0, "s", 0.0)


@given(st.integers(0, 10**12))
def test_milliseconds_are_converted_without_rounding_noise(milliseconds: int) -> None:
    amount = seconds_of(f"{milliseconds}ms")
    assert amount is not None
    assert amount.value == milliseconds / 1000


@given(st.text())
def test_no_text_raises(text: str) -> None:
    bytes_of(text)
    seconds_of(text)
    number_of(text)


def test_absurdly_long_numbers_are_no_numbers() -> None:
    assert number_of("9" * 5_000) is None
