from __future__ import annotations

import pytest

from auditor.facts import Fact, Quantity, Standing
from auditor.findings import Confidence, Location, RuleResult, Status
from auditor.report.view import amount, group, headline, place, within

from .samples import COMPLIANT, RULES, SCRIPT, UNDECIDED, VIOLATION, audit


def ids(answers):
    return [answer.rule.id for answer in answers]


def test_failures_that_decide_come_first():
    failing = [
        RuleResult(rule_id, Status.FAIL, Confidence.HIGH, "No.")
        for rule_id in ("NET001", "SIG001", "TTT001")
    ]
    assert ids(group(audit(failing), RULES).failing) == ["TTT001", "SIG001", "NET001"]


def test_groups():
    answers = group(VIOLATION, RULES)
    assert ids(answers.failing) == ["TTT001", "ART001"]
    assert ids(answers.unknown) == ["SIG001"]
    assert ids(answers.passed) == ["TIME001", "NET001"]
    assert ids(answers.not_applicable) == ["PPM001"]
    assert ids(answers.open) == ["TTT001", "ART001", "SIG001"]
    assert answers.applicable == 5


def test_an_unknown_rule_is_an_error():
    with pytest.raises(KeyError):
        group(VIOLATION, {})


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (VIOLATION, "2 of 5 rules that apply are not met, as far as the files show"),
        (UNDECIDED, "1 of 4 rules that apply is open to two readings; no failure was found"),
        (COMPLIANT, "all 2 rules that apply are met, as far as the files show"),
    ],
)
def test_headlines(shown, words):
    assert headline(shown, group(shown, RULES)) == words


@pytest.mark.parametrize(
    ("quantity", "value", "shown"),
    [
        (Quantity.VAL_BPB, 1.0634, "1.0634 bits per byte"),
        (Quantity.TOTAL_BYTES, 16_024_793, "16,024,793 bytes"),
        (Quantity.MODEL_BYTES, 15_510_000.0, "15,510,000 bytes"),
        (Quantity.TRAIN_SECONDS, 598.9, "598.9 s"),
        (Quantity.SEED, 1337, "1337"),
        (Quantity.GPU, "NVIDIA H100", "NVIDIA H100"),
        (Quantity.VAL_LOSS, float("nan"), "nan nats per token"),
    ],
)
def test_amounts(quantity, value, shown):
    fact = Fact(quantity, value, Standing.LOGGED, Location("log", 1, 1))
    assert amount(fact) == shown


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        (Location(SCRIPT, 7, 7), "train_gpt.py:7"),
        (Location(SCRIPT, 7, 9), "train_gpt.py:7-9"),
        (Location(SCRIPT, 7, 9, "decoded:1"), "train_gpt.py:7-9 in decoded:1"),
        (Location("train_gpt.py", 7, 9), "train_gpt.py:7-9"),
        (Location("d/" + "x" * 200 + ".py", 7, 9), "…" + "x" * 117 + ".py:7-9"),
        (Location("a\nb.py", 0, 0), "a b.py:1"),
    ],
)
def test_places(location, shown):
    assert place(location, VIOLATION.submission) == shown


def test_a_folder_with_the_same_beginning_is_another_folder():
    assert within("records/a2/x.py", "records/a") == "records/a2/x.py"
    assert within("records/a/x.py", "") == "records/a/x.py"
