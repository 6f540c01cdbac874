from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from auditor.findings import RuleResult, Status
from auditor.submission.model import Origin, Track
from rules.pkg001 import check
from tests.memory import FOLDER, NON_RECORD, case_of, submission_of

COMPLETE = {
    "README.md": "# Example\n",
    "submission.json": '{"val_bpb": 1.1}',
    "train_gpt.py": "print(1)\n",
    "train.log": "final_exact val_loss:1.9000 val_bpb:1.1000\n",
}


def answer(
    files: Mapping[str, str] = COMPLETE,
    *,
    folder: str = FOLDER,
    elsewhere: Mapping[str, str] | None = None,
) -> RuleResult:
    return check(case_of(submission_of(files, folder=folder, elsewhere=elsewhere)))


def without(*names: str) -> dict[str, str]:
    return {name: text for name, text in COMPLETE.items() if name not in names}


def test_a_complete_folder_passes() -> None:
    assert answer().status is Status.PASS


@pytest.mark.parametrize("missing", ["submission.json", "train_gpt.py", "train.log"])
def test_a_record_needs_metadata_script_and_log(missing: str) -> None:
    assert answer(without(missing)).status is Status.FAIL


def test_results_in_another_form_stand_in_for_a_log() -> None:
    files = {**without("train.log"), "results.csv": "seed,val_bpb\n1,1.1\n"}
    assert answer(files).status is Status.PASS


def test_a_readme_was_missing_in_a_merged_record() -> None:
    assert answer(without("README.md")).status is Status.NEEDS_RULING
    assert answer({**without("README.md"), "V2_README.md": "x"}).status is Status.PASS


@pytest.mark.parametrize(
    ("missing", "status"),
    [
        (("submission.json",), Status.NEEDS_RULING),
        (("train.log",), Status.NEEDS_RULING),
        (("train.log", "submission.json"), Status.FAIL),
    ],
)
def test_non_records_may_lack_one_of_log_and_score(
    missing: tuple[str, ...], status: Status
) -> None:
    assert answer(without(*missing), folder=NON_RECORD).status is status


def test_an_empty_script_cannot_run() -> None:
    empty = {**COMPLETE, "train_gpt.py": ""}
    assert answer(empty).status is Status.FAIL
    assert answer(empty, folder=NON_RECORD).status is Status.NEEDS_RULING


def test_a_second_submission_in_the_same_pull_request_fails() -> None:
    other = "records/track_10min_16mb/2026-03-01_Older"
    result = answer(
        elsewhere={f"{other}/submission.json": "{}", f"{other}/train_gpt.py": "print(1)\n"}
    )
    assert result.status is Status.FAIL
    assert "2026-03-01_Older" in result.summary


def test_a_few_stray_files_are_a_question_and_a_tree_of_them_is_not() -> None:
    assert answer(elsewhere={"train_gpt.py": "x"}).status is Status.NEEDS_RULING
    tree = {f"experiments/{i}.sh": "x" for i in range(20)}
    assert answer(elsewhere=tree).status is Status.FAIL


def test_in_a_checkout_other_folders_are_not_the_pull_requests_doing() -> None:
    other = "records/track_10min_16mb/2026-03-01_Older"
    elsewhere = {f"{other}/submission.json": "{}", f"{other}/train_gpt.py": "x", "LICENSE": "x"}
    submission = replace(submission_of(COMPLETE, elsewhere=elsewhere), origin=Origin())
    assert check(case_of(submission)).status is Status.PASS


def test_a_change_of_the_root_script_instead_of_a_folder_fails() -> None:
    submission = submission_of({}, elsewhere={"train_gpt.py": "print(1)\n"})
    submission = replace(submission, folder="", track=Track.NONE, main_script="train_gpt.py")
    case = case_of(submission)
    result = check(case)
    assert result.status is Status.FAIL
    assert result.findings[0].locations[0].file == "train_gpt.py"
