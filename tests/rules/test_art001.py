from __future__ import annotations

import json

import pytest

from auditor.findings import RuleResult, Status
from rules.art001 import check
from tests.memory import case_of, submission_of

SCRIPT = "x" * 60_000


def claim(**fields: object) -> str:
    return json.dumps({"val_bpb": 1.1234, **fields})


def log(model: int, code: int, *, label: str = "Code size") -> str:
    return (
        f"{label}: {code} bytes\n"
        f"Serialized model int6+zstd: {model} bytes\n"
        f"Total submission size int6+zstd: {model + code} bytes\n"
        "final_exact val_loss:1.9000 val_bpb:1.12340012\n"
    )


def answer(**files: str) -> RuleResult:
    named = {name.replace("__", "."): content for name, content in files.items()}
    return check(case_of(submission_of(named)))


def test_exactly_the_limit_fits() -> None:
    result = answer(
        submission__json=claim(bytes_total=16_000_000),
        train__log=log(15_940_000, 60_000),
        train_gpt__py=SCRIPT,
    )
    assert result.status is Status.PASS


def test_one_byte_more_does_not() -> None:
    assert answer(submission__json=claim(bytes_total=16_000_001)).status is Status.FAIL


def test_the_arithmetic_with_the_code_is_part_of_the_answer() -> None:
    result = answer(
        submission__json=claim(compressed_size_bytes=16_265_723), train_gpt__py="x" * 75_440
    )
    assert result.status is Status.FAIL
    assert "16,341,163" in result.summary


def test_an_ablation_over_the_limit_is_not_the_submission() -> None:
    ablation = log(17_000_000, 60_000).replace("1.12340012", "1.20000000")
    result = answer(
        submission__json=claim(), train__log=log(15_000_000, 60_000), ablation__log=ablation
    )
    assert result.status is Status.PASS


def test_the_largest_claimed_seed_decides() -> None:
    seeds = {"1": {"val_bpb": 1.1234}, "2": {"val_bpb": 1.1250}}
    second = log(15_999_000, 60_000).replace("1.12340012", "1.12500031")
    result = answer(
        submission__json=claim(seed_results=seeds),
        a_seed1__log=log(15_000_000, 60_000),
        b_seed2__log=second,
    )
    assert result.status is Status.FAIL
    assert "16,059,000" in result.summary
    assert [str(place) for f in result.findings for place in f.locations] == [
        "records/track_10min_16mb/2026-04-01_Example/b_seed2.log:3"
    ]


def test_logs_that_cannot_be_attributed_leave_it_open() -> None:
    result = answer(
        submission__json=claim(),
        a__log=log(17_000_000, 60_000).replace("1.1234", "1.3"),
        b__log=log(15_000_000, 60_000).replace("1.1234", "1.4"),
    )
    assert result.status is Status.UNKNOWN
    assert "name the seeds" in result.summary


def test_a_packed_script_is_held_to_what_its_run_logged_and_told_what_it_ships() -> None:
    result = answer(
        submission__json=claim(),
        train__log=log(15_977_849, 66_546),
        train_gpt__py="x" * 19_596,
    )
    assert result.status is Status.FAIL
    assert "16,044,395" in result.summary
    assert "15,997,445" in result.summary


def test_a_readable_script_counted_as_a_packed_copy_needs_a_ruling() -> None:
    result = answer(
        submission__json=claim(),
        train__log=log(15_969_354, 27_310, label="Code size (compressed)"),
        train_gpt__py="x" * 121_884,
    )
    assert result.status is Status.NEEDS_RULING
    assert "16,091,238" in result.strict_side
    assert "15,996,664" in result.lenient_side


def test_the_same_from_claims_alone() -> None:
    result = answer(
        submission__json=claim(bytes_total=15_996_664, bytes_code=27_310),
        train_gpt__py="x" * 121_884,
    )
    assert result.status is Status.NEEDS_RULING


def test_a_script_that_grew_after_the_run_counts_as_shipped() -> None:
    result = answer(
        submission__json=claim(), train__log=log(15_935_000, 60_000), train_gpt__py="x" * 70_000
    )
    assert result.status is Status.FAIL


@pytest.mark.parametrize(
    ("stated", "status"),
    [
        ("15.1 MB", Status.PASS),  # below the limit in either unit
        ("15.5 MB", Status.UNKNOWN),  # 16,252,928 bytes if the M is binary
        ("15.5 MiB", Status.FAIL),
        ("16.3 MB", Status.FAIL),
    ],
)
def test_megabytes_are_trusted_only_where_the_unit_does_not_matter(
    stated: str, status: Status
) -> None:
    assert answer(submission__json=claim(artifact_size=stated)).status is status


def test_a_shipped_model_over_the_limit_fails_whatever_is_claimed() -> None:
    result = answer(submission__json=claim(bytes_total=15_000_000), model__ptz="\0" * 16_000_001)
    assert result.status is Status.FAIL


def test_nothing_stated_is_unknown() -> None:
    result = answer(submission__json=claim())
    assert result.status is Status.UNKNOWN
    assert "Neither" in result.summary
