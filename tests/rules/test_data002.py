from __future__ import annotations

import json

import pytest

from auditor.findings import RuleResult, Status
from rules.data002 import check
from tests.memory import case_of, submission_of


def answer(shards: int, tokens: int, readme: str = "", note: str = "") -> RuleResult:
    log = f"train_shards: {shards}\nval_tokens: {tokens}\nfinal val_loss:2.4 val_bpb:1.12340000\n"
    claim = json.dumps({"val_bpb": 1.1234, "note": note}, indent=2)
    files = {"submission.json": claim, "train.log": log, "README.md": f"# x\n{readme}\n"}
    return check(case_of(submission_of(files)))


def test_the_authors_own_words_are_shown_with_the_line_of_the_log() -> None:
    result = answer(80, 47_851_520, "The train shards come from `--val-docs=10000`.")
    assert result.status is Status.FAIL
    named = [place.file.rpartition("/")[2] for f in result.findings for place in f.locations]
    assert named == ["README.md", "train.log"]


def test_the_json_counts_as_well() -> None:
    result = answer(80, 47_851_520, note="--val-docs=10000 train shards + 50k val eval")
    assert result.status is Status.FAIL


@pytest.mark.parametrize(
    ("shards", "tokens", "status"),
    [
        (80, 47_851_520, Status.PASS),
        (1_499, 47_851_520, Status.NEEDS_RULING),  # a preparation of one's own
        (476, 151_130_112, Status.PASS),  # bytes: more tokens, more shards
        (195, 62_021_632, Status.PASS),
        (1_499, 9_662_464, Status.NOT_APPLICABLE),  # a part of validation
    ],
)
def test_a_shard_count_is_a_question_at_most(shards: int, tokens: int, status: Status) -> None:
    assert answer(shards, tokens).status is status
