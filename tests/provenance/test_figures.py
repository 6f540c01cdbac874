from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from auditor.evidence.attribution import attribute
from auditor.facts import Facts
from auditor.provenance.figures import repeated_figures, repeated_rows, score_mismatch
from auditor.texts import TextLines
from tests.memory import facts_of, submission_of


def facts(claim: Mapping[str, object], **logs: str) -> Facts:
    files = {f"{name}.log": text for name, text in logs.items()}
    return facts_of(submission_of({"submission.json": json.dumps(claim), **files}))


def log(seed: int, score: float, size: int = 15_000_000) -> str:
    return (
        f"seed:{seed}\nTotal submission size int6: {size} bytes\n"
        f"final val_loss:1.9 val_bpb:{score:.8f}\n"
    )


@pytest.mark.parametrize(
    ("claimed", "better"),
    [(1.1000, True), (1.1300, False)],
)
def test_a_score_that_no_log_shows(claimed: float, *, better: bool) -> None:
    read = facts({"val_bpb": claimed}, train=log(1, 1.12))
    found = score_mismatch(read, attribute(read))
    assert found is not None
    assert found.better is better
    assert found.logged[0].number == 1.12


@pytest.mark.parametrize("claimed", [1.12, 1.1201, 1.1204])
def test_rounding_is_no_mismatch(claimed: float) -> None:
    read = facts({"val_bpb": claimed}, train=log(1, 1.12))
    assert score_mismatch(read, attribute(read)) is None


def test_neither_is_a_mean_over_logs() -> None:
    read = facts({"val_bpb": 1.11}, a=log(1, 1.10), b=log(2, 1.12))
    assert score_mismatch(read, attribute(read)) is None


SEEDS = {"1": {"val_bpb": 1.10}, "2": {"val_bpb": 1.12}}


def test_a_size_that_repeats_another_seeds_and_is_not_the_logs_own() -> None:
    seeds = {seed: {**row, "artifact_bytes": 15_000_001} for seed, row in SEEDS.items()}
    read = facts(
        {"val_bpb": 1.11, "seed_results": seeds},
        a=log(1, 1.10, 15_000_001),
        b=log(2, 1.12, 15_000_002),
    )
    (found,) = repeated_figures(read, attribute(read))
    assert "seed 2, which repeats that of seed 1" in found.what
    assert found.logged[0].number == 15_000_002


def test_sizes_that_the_logs_show_are_right() -> None:
    seeds = {seed: {**row, "artifact_bytes": 15_000_000 + int(seed)} for seed, row in SEEDS.items()}
    read = facts(
        {"val_bpb": 1.11, "seed_results": seeds},
        a=log(1, 1.10, 15_000_001),
        b=log(2, 1.12, 15_000_002),
    )
    assert list(repeated_figures(read, attribute(read))) == []


TABLE = """\
| Seed | Steps | Pre-quant | Artifact | Cap |
|------|-------|-----------|----------|-----|
| **1337** | **7386** | 1.1418 | 15.53 MB | 600.0 |
| 42 | 7411 | 1.1426 | 15.51 MB | 600.0 |
| 2025 | {row} | 600.0 |
"""


@pytest.mark.parametrize(
    ("row", "repeats"),
    [
        ("7386 | 1.1418 | 15.53 MB", True),
        ("7403 | 1.1418 | 15.53 MB", False),
        ("7403 | 1.1431 | 15.55 MB", False),
    ],
)
def test_rows_of_two_seeds_that_share_what_no_two_runs_share(row: str, *, repeats: bool) -> None:
    lines = tuple(enumerate(TABLE.format(row=row).split("\n"), start=1))
    found = list(repeated_rows(TextLines("README.md", lines)))
    assert [each.seeds for each in found] == ([(1337, 2025)] if repeats else [])
