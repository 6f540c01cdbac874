from __future__ import annotations

import json

from auditor.findings import RuleResult, Status
from rules.art002 import check
from tests.memory import case_of, submission_of

SCRIPT = "import helper\n" + "x = 1\n" * 1_000


def answer(script: str, helper: str, **claims: object) -> RuleResult:
    claim = json.dumps({"val_bpb": 1.1, **claims})
    files = {"submission.json": claim, "train_gpt.py": script, "helper.py": helper}
    return check(case_of(submission_of(files)))


def test_helpers_that_push_the_total_over_the_limit_need_a_ruling() -> None:
    result = answer(SCRIPT, "y" * 30_000, bytes_total=15_990_000)
    assert result.status is Status.NEEDS_RULING
    assert "15,990,000 + 30,000 = 16,020,000" in result.strict_side
    assert "helper.py" in result.summary


def test_helpers_that_still_fit_are_named() -> None:
    result = answer(SCRIPT, "y" * 30_000, bytes_total=15_000_000)
    assert result.status is Status.PASS
    assert "15,030,000" in result.summary


def test_a_neighbour_that_does_all_the_work_of_a_stub_counts() -> None:
    result = answer("exec(open('helper.py').read())\n", "y" * 80_000, bytes_total=15_978_121)
    assert result.status is Status.FAIL


def test_a_log_that_counts_the_helper_settles_it() -> None:
    log = (
        "Code size: 80029 bytes\nSerialized model a+b: 15900000 bytes\n"
        "Total submission size a+b: 15980029 bytes\nfinal_exact val_loss:1.9 val_bpb:1.1000\n"
    )
    files = {
        "submission.json": json.dumps({"val_bpb": 1.1}),
        "train_gpt.py": "exec(open('helper.py').read())\n",
        "helper.py": "y" * 80_000,
        "train.log": log,
    }
    assert check(case_of(submission_of(files))).status is Status.PASS


def test_a_log_that_counts_the_main_script_alone_does_not_count_a_small_helper() -> None:
    log = (
        f"Code size: {len(SCRIPT)} bytes\nSerialized model a+b: 15993500 bytes\n"
        f"Total submission size a+b: {15_993_500 + len(SCRIPT)} bytes\n"
        "final_exact val_loss:1.9 val_bpb:1.1000\n"
    )
    files = {
        "submission.json": json.dumps({"val_bpb": 1.1}),
        "train_gpt.py": SCRIPT,
        "helper.py": "y" * 1_000,
        "train.log": log,
    }
    assert check(case_of(submission_of(files))).status is Status.NEEDS_RULING


def test_without_a_total_there_is_nothing_to_add_to() -> None:
    assert answer(SCRIPT, "y").status is Status.UNKNOWN


def test_a_total_over_the_limit_by_itself_is_left_to_the_rule_for_it() -> None:
    assert answer(SCRIPT, "y", bytes_total=16_500_000).status is Status.NOT_APPLICABLE


def test_no_helpers_no_question() -> None:
    assert answer("x = 1\n", "y").status is Status.PASS
