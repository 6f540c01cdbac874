from __future__ import annotations

import json

import pytest

from auditor.audit import apply, read_case
from auditor.deep import deeply
from auditor.findings import RuleResult, Status
from auditor.ruleset import load_ruleset
from rules.miniature import program
from rules.rep002 import RULE
from tests.memory import submission_of

RESULT = "final_exact val_loss:1.89680000 val_bpb:1.12340000"
CLAIM = json.dumps({"name": "Example", "github_id": "someone", "val_bpb": 1.1234})


def answer(*lines: str, script: str | None = None, **more: str) -> RuleResult:
    files = {
        "train_gpt.py": program() if script is None else script,
        "submission.json": CLAIM,
        "train.log": "\n".join([*lines, ""]),
        **{name.replace("__", "."): content for name, content in more.items()},
    }
    submission = submission_of(files)
    return deeply(lambda: apply(RULE, read_case(submission, load_ruleset())))


def test_a_log_of_the_script_passes() -> None:
    assert answer(RESULT).status is Status.PASS


def test_one_stray_line_of_a_launcher_passes_and_is_mentioned() -> None:
    result = answer("launcher_total: 12 bytes", RESULT)
    assert result.status is Status.PASS
    assert "stray" in result.summary


def test_several_lines_of_other_code_are_a_question() -> None:
    strange = [f"ngram_{word}: orders built" for word in ("alpha", "bravo", "charlie")]
    result = answer(*strange, RESULT)
    assert result.status is Status.NEEDS_RULING
    assert len(result.findings) == 3


def test_helpers_of_the_folder_print_as_well() -> None:
    strange = [f"ngram_{word}: orders built" for word in ("alpha", "bravo", "charlie")]
    helper = "\n".join(f'print("{line}")' for line in strange)
    assert answer(*strange, RESULT, helper__py=helper).status is Status.PASS


def test_a_claimed_score_that_nothing_prints_fails() -> None:
    result = answer("sliding_slot_exact val_loss:1.89680000 val_bpb:1.12340000 gain:0.1")
    assert result.status is Status.FAIL
    assert result.findings[0].locations[0].line_start == 1


@pytest.mark.parametrize("script", ["", "def broken(:\n"])
def test_without_code_that_was_read_it_stays_open(script: str) -> None:
    assert answer(RESULT, script=script).status is Status.UNKNOWN


def test_without_a_log_there_is_nothing_to_ask() -> None:
    submission = submission_of({"train_gpt.py": program(), "submission.json": CLAIM})
    result = deeply(lambda: apply(RULE, read_case(submission, load_ruleset())))
    assert result.status is Status.NOT_APPLICABLE
