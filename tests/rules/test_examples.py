"""Every rule answers its own examples as they say."""

from __future__ import annotations

import pytest

from auditor.audit import apply, read_case
from auditor.deep import deeply
from auditor.findings import Status
from auditor.rule import Example, ExampleKind, Rule
from auditor.ruleset import load_ruleset
from rules import all_rules
from tests.memory import submission_of

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.id}: {example.title}")
    for rule in all_rules()
    for example in rule.examples
]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_an_example_is_answered_as_it_says(rule: Rule, example: Example) -> None:
    folder = f"records/track_10min_16mb/{example.folder}"
    submission = submission_of(example.files, folder=folder)
    result = deeply(lambda: apply(rule, read_case(submission, load_ruleset())))
    failed = result.status is Status.FAIL
    assert failed is (example.kind is ExampleKind.INVALID), result.summary
    if failed:
        assert any(finding.locations for finding in result.findings)
