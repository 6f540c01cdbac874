from __future__ import annotations

import json
import math
from collections.abc import Sequence

import pytest

from auditor.findings import RuleResult, Status
from rules import bpb001, bpb002, bpb003, data003
from tests.memory import case_of, submission_of


def log(bpb: float, tokens: int | None = 62_021_632, *, steps: Sequence[float] = ()) -> str:
    """A run whose claimed line has a loss of 1.9."""
    counted = "" if tokens is None else f"val_tokens: {tokens}\n"
    loop = "".join(
        f"step:{i}/9 val_loss:1.9000 val_bpb:{score:.4f} train_time:{i}ms\n"
        for i, score in enumerate(steps)
    )
    return f"seed:42\n{counted}{loop}final_exact val_loss:1.90000000 val_bpb:{bpb:.8f}\n"


def bpb(per_token: float) -> float:
    """The score that a loss of 1.9 has with so many bytes per token."""
    return 1.9 / (math.log(2.0) * per_token)


def answers(text: str, claim: float) -> dict[str, RuleResult]:
    files = {"train.log": text, "submission.json": json.dumps({"val_bpb": claim, "seeds": [42]})}
    case = case_of(submission_of(files))
    return {rule.RULE.id: rule.check(case) for rule in (bpb001, bpb002, bpb003, data003)}


def statuses(text: str, claim: float) -> dict[str, Status]:
    return {name: result.status for name, result in answers(text, claim).items()}


def test_the_official_text_satisfies_every_rule() -> None:
    score = bpb(2.43592)
    assert statuses(log(score), score) == {
        "BPB001": Status.PASS,
        "BPB002": Status.NOT_APPLICABLE,
        "BPB003": Status.PASS,
        "DATA003": Status.PASS,
    }


def test_a_wrong_denominator_is_shown_by_the_score_and_the_tokens() -> None:
    score = bpb(2.84308)
    result = answers(log(score), score)["BPB001"]
    assert result.status is Status.FAIL
    assert "176,33" in result.summary
    (finding,) = result.findings
    assert [place.line_start for place in finding.locations] == [3, 2]


def test_a_line_whose_loss_is_of_another_sum_is_told_from_a_miscount() -> None:
    score = bpb(2.8)
    text = log(score).replace(
        "final", f"int6_exact val_loss:1.90000000 val_bpb:{bpb(2.43592)}\nfinal"
    )
    assert "do not come from one sum" in answers(text, score)["BPB001"].summary


def test_fewer_bytes_harm_nobody_but_are_not_the_score() -> None:
    score = bpb(2.40)
    assert statuses(log(score), score)["BPB001"] is Status.NEEDS_RULING


def test_a_share_of_a_percent_is_for_people_to_decide() -> None:
    score = bpb(2.4450)
    result = answers(log(score), score)["BPB001"]
    assert result.status is Status.NEEDS_RULING
    assert "0.37%" in result.summary


def test_transformed_text_is_recognised_by_its_tokens() -> None:
    right, wrong = bpb(3.15715), bpb(3.43970)
    assert statuses(log(right, 47_851_520), right)["BPB002"] is Status.PASS
    assert statuses(log(wrong, 47_851_520), wrong)["BPB002"] is Status.FAIL


def test_a_part_of_the_text_fails_one_rule_only() -> None:
    score = bpb(3.1008)
    assert statuses(log(score, 9_662_464), score) == {
        "BPB001": Status.PASS,
        "BPB002": Status.PASS,
        "BPB003": Status.FAIL,
        "DATA003": Status.NOT_APPLICABLE,
    }


@pytest.mark.parametrize(("tokens", "per_token"), [(49_999_872, 3.9589), (36_562_944, 3.4518)])
def test_a_partition_of_its_own_is_not_the_official_one(tokens: int, per_token: float) -> None:
    score = bpb(per_token)
    assert statuses(log(score, tokens), score)["DATA003"] is Status.FAIL


def test_lines_of_a_loop_that_disagree_are_listed() -> None:
    score = bpb(2.43592)
    steps = [score] * 3 + [bpb(2.4367)] * 6
    result = answers(log(score, steps=steps), score)["BPB001"]
    assert result.status is Status.NEEDS_RULING
    assert len(result.findings) == 6


def test_without_any_loss_nothing_is_claimed_to_be_known() -> None:
    text = "seed:42\nfinal_exact val_bpb:1.12340000\n"
    assert statuses(text, 1.1234) == {
        "BPB001": Status.UNKNOWN,
        "BPB002": Status.NOT_APPLICABLE,
        "BPB003": Status.UNKNOWN,
        "DATA003": Status.PASS,
    }
