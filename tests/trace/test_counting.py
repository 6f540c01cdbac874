"""Which `while` loops count, and what a program with one of them is taken for."""

from __future__ import annotations

import pytest

from auditor.program import ir
from auditor.program.parse import parse
from auditor.trace.counting import Counted, counted


def counting(text: str) -> Counted | None:
    (stmt,) = (part for part in parse(text, "train.py", None).body if isinstance(part, ir.While))
    return counted(stmt)


@pytest.mark.parametrize(
    "text",
    [
        "while i < n:\n    use(i)\n    i += 1",
        "while i < tokens.numel() - 1:\n    j = i\n    i += step\n    use(j)",
        "while i < len(items):\n    i += 1\n    if use(i):\n        continue",
    ],
)
def test_a_loop_that_adds_a_fixed_step_counts(text: str) -> None:
    found = counting(text)
    assert found is not None
    assert found.name == "i"
    assert not found.inclusive
    assert "i" in found.loop.assigned


def test_the_last_turn_of_an_inclusive_loop_is_at_the_bound() -> None:
    found = counting("while i <= n:\n    i += 1")
    assert found is not None
    assert found.inclusive


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("while i < n:\n    if use(i):\n        i += 1", "a turn may pass without a step"),
        ("while i < n:\n    if use(i):\n        continue\n    i += 1", "the same by a jump"),
        ("while i < n:\n    n -= 1\n    i += 1", "the bound moves"),
        ("while i < len(queue):\n    queue.append(i)\n    i += 1", "the bound grows"),
        ("while i < n:\n    i += 1\n    i = use(i)", "the counter is set"),
        ("while i < n:\n    i += 1\n    i += 1", "two steps"),
        ("while clock() - i < n:\n    i += 1", "not a counter"),
        ("while i < read():\n    i += 1", "a bound that may be another each time"),
    ],
)
def test_other_loops_do_not_count(text: str, why: str) -> None:
    assert counting(text) is None, why
