from __future__ import annotations

import json

import pytest

from auditor.findings import RuleResult, Status
from rules.pkg002 import check
from tests.memory import case_of, submission_of

WHO = {"name": "Example", "author": "A", "github_id": "a"}


def answer(document: object) -> RuleResult:
    text = document if isinstance(document, str) else json.dumps(document, indent=1)
    return check(case_of(submission_of({"submission.json": text})))


@pytest.mark.parametrize(
    "document",
    [
        {**WHO, "val_bpb": 1.1},
        {**WHO, "mean_val_bpb": 1.1},
        {**WHO, "seed_results": {"1": {"val_bpb": 1.1}}},
        {"val_bpb": 1.1},
        {**WHO, "val_loss": 1.14276},
    ],
)
def test_a_stated_score_is_enough_as_it_was_for_merged_records(document: object) -> None:
    assert answer(document).status is Status.PASS


def test_what_is_missing_is_named() -> None:
    result = answer({"name": "Example", "val_bpb": 1.1})
    assert [finding.message for finding in result.findings] == ["no `author`", "no `github_id`"]


@pytest.mark.parametrize(
    "document",
    ["", "[]", "{", '{"val_bpb": 1.1,}', '{"val_bpb": 1.1} x', '{"bytes_total": 1_000, "a": 1}'],
)
def test_what_is_no_json_object_fails_with_its_line(document: str) -> None:
    result = answer(document)
    assert result.status is Status.FAIL
    assert result.findings[0].locations[0].line_start == 1


@pytest.mark.parametrize("value", [None, "pending", "TBD", [], {}])
def test_a_score_without_a_value_fails(value: object) -> None:
    assert answer({**WHO, "val_bpb": value}).status is Status.FAIL


SEEDS = {"0": {"val_bpb": 1.0661}, "42": {"val_bpb": 1.0649}}


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({"val_bpb": 1.0655, "seed_results": SEEDS}, Status.PASS),
        ({"val_bpb": 1.0649, "seed_results": SEEDS}, Status.PASS),
        ({"val_bpb": 1.0607, "seed_results": SEEDS}, Status.FAIL),
        ({"val_bpb": 1.0800, "seed_results": SEEDS}, Status.FAIL),
        (
            {
                "val_bpb": 0.9984,
                "seed_1": {"val_bpb": 0.37, "sliding_window_bpb": 0.96},
                "seed_2": {"val_bpb": 0.70, "sliding_window_bpb": 1.23},
            },
            Status.PASS,
        ),
        ({"val_bpb": 1.06, "seed_results": {"0": {"val_bpb": 1.0661}}}, Status.PASS),
    ],
)
def test_the_headline_lies_among_the_scores_of_its_seeds(
    document: dict[str, object], status: Status
) -> None:
    assert answer({**WHO, **document}).status is status


def test_without_the_file_there_is_nothing_to_check() -> None:
    assert check(case_of(submission_of({"a.log": ""}))).status is Status.NOT_APPLICABLE
    listed = submission_of({"submission.json": "{}"}, missing=["submission.json"])
    assert check(case_of(listed)).status is Status.UNKNOWN
