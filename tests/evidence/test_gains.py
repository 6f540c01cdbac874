from __future__ import annotations

import json
from dataclasses import replace

import pytest

from auditor.evidence.gains import claims_record, gain_of
from auditor.submission.model import Origin
from tests.memory import FOLDER, NON_RECORD, facts_of, submission_of


def claiming(scores: list[float]) -> dict[str, str | bytes]:
    seeds = {str(i): {"val_bpb": score} for i, score in enumerate(scores)}
    claim = {"val_bpb": sum(scores) / len(scores), "seed_results": seeds}
    return {"submission.json": json.dumps(claim)}


def test_a_gain_is_measured_in_nats_per_token_of_the_record() -> None:
    submission = submission_of(claiming([1.1000, 1.1002, 1.1004]))
    gain = gain_of(submission, facts_of(submission))
    assert gain is not None
    assert gain.row.pr == 1204
    assert gain.bits == pytest.approx(1.1062535 - 1.1002, abs=1e-6)
    assert gain.nats == pytest.approx(gain.bits * 1.68846, rel=1e-4)
    assert "0.0102 nats per token below the record that stood" in gain.in_words()


def test_the_number_of_the_pull_request_goes_before_the_day() -> None:
    submission = submission_of(claiming([1.1000, 1.1002]))
    submission = replace(submission, origin=Origin(pr=1210))
    gain = gain_of(submission, facts_of(submission))
    assert gain is not None
    assert gain.numbered
    assert gain.row.pr == 1204


def test_one_run_says_that_its_spread_is_borrowed() -> None:
    submission = submission_of(claiming([1.1050]))
    gain = gain_of(submission, facts_of(submission))
    assert gain is not None
    assert gain.single
    assert "the record's own spread" in gain.p_in_words()


@pytest.mark.parametrize(
    ("folder", "pr", "track", "title", "competes"),
    [
        (FOLDER, 2000, "10min_16mb", "Nothing special", True),
        (FOLDER, 2000, "non-record-16mb", "Record: x", False),
        (FOLDER, None, "", "Nothing special", False),
        (FOLDER, None, "", "Record: 11 layers", True),
        (FOLDER, None, "", "Non-record: 11 layers", False),
        (NON_RECORD, 2000, "", "Record: x", False),
    ],
)
def test_what_competes_for_a_record(
    folder: str, pr: int | None, track: str, title: str, *, competes: bool
) -> None:
    files = {"submission.json": json.dumps({"val_bpb": 1.1, "track": track})}
    submission = replace(submission_of(files, folder=folder), origin=Origin(pr=pr))
    assert claims_record(submission, facts_of(submission), [title]) is competes
