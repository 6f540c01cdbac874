from __future__ import annotations

import json
from dataclasses import replace

from auditor.findings import Status
from auditor.submission.model import Submission, Track
from rules.pkg003 import check
from tests.memory import NON_RECORD, case_of, submission_of


def log(seconds: int, world: int = 8, bpb: str = "1.1234") -> str:
    return (
        f"world_size:{world} x\n"
        f"stopping_early: wallclock_cap train_time:{seconds}000ms step:7/9\n"
        f"final_exact val_loss:1.9000 val_bpb:{bpb}\n"
    )


def status(files: dict[str, str], folder: str | None = None) -> Status:
    submission = submission_of(files, folder=folder) if folder else submission_of(files)
    return check(case_of(submission)).status


def in_track(submission: Submission, track: Track) -> Status:
    moved = replace(submission, track=track)
    return check(case_of(moved)).status


CLAIM = json.dumps({"val_bpb": 1.1234})


def test_ten_minutes_belong_in_the_ten_minute_track() -> None:
    assert status({"submission.json": CLAIM, "train.log": log(600)}) is Status.PASS


def test_hours_do_not() -> None:
    assert status({"submission.json": CLAIM, "train.log": log(7200)}) is Status.FAIL
    assert status({"submission.json": CLAIM, "train.log": log(7200)}, NON_RECORD) is Status.PASS


def test_a_slow_machine_is_not_another_track() -> None:
    assert status({"submission.json": CLAIM, "train.log": log(4800, 1)}) is Status.PASS


def test_a_long_ablation_is_not_the_submission() -> None:
    files = {"submission.json": CLAIM, "a.log": log(600), "b.log": log(7200, bpb="1.3000")}
    assert status(files) is Status.PASS


def test_metadata_that_names_the_other_track_is_a_question() -> None:
    claim = json.dumps({"val_bpb": 1.1234, "track": "non-record-16mb"})
    assert status({"submission.json": claim}) is Status.NEEDS_RULING


def test_a_folder_outside_both_tracks_fails_and_no_folder_is_another_matter() -> None:
    submission = submission_of({"submission.json": CLAIM})
    assert in_track(submission, Track.OTHER) is Status.FAIL
    assert in_track(submission, Track.NONE) is Status.NOT_APPLICABLE
