"""The examples of every rule, which are its documentation, are answered as they say."""

from __future__ import annotations

import re

import pytest

from auditor.audit import apply, read_case
from auditor.deep import deeply
from auditor.findings import RuleResult, Status
from auditor.rule import Example, ExampleKind, Rule, Severity
from auditor.ruleset import load_ruleset
from rules import all_rules
from tests.memory import submission_of

RULES = all_rules()
EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.id}-{example.kind.value}-{example.title}")
    for rule in RULES
    for example in rule.examples
]

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def answer(rule: Rule, example: Example) -> RuleResult:
    folder = f"records/track_10min_16mb/{example.folder}"
    submission = submission_of(example.files, folder=folder)
    return deeply(lambda: apply(rule, read_case(submission, load_ruleset())))


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_an_example_is_answered_as_it_says(rule: Rule, example: Example) -> None:
    result = answer(rule, example)
    must_fail = example.kind is ExampleKind.INVALID
    assert (result.status is Status.FAIL) is must_fail, result.summary
    # An example that the rule cannot decide shows nothing, and one that it misses passes.
    assert result.status is not Status.UNKNOWN
    assert result.rule_id == rule.id
    if must_fail:
        assert any(finding.locations for finding in result.findings)


@each_rule
def test_a_rule_shows_what_is_right_and_what_is_not(rule: Rule) -> None:
    kinds = {example.kind for example in rule.examples}
    assert ExampleKind.VALID in kinds
    if rule.severity is not Severity.NOTICE and not _only_asks(rule):
        assert ExampleKind.INVALID in kinds


def _only_asks(rule: Rule) -> bool:
    """Whether the rule leaves its question to the organisers and shows an example of that."""
    return any(answer(rule, example).status is Status.NEEDS_RULING for example in rule.examples)


@each_rule
def test_a_rule_is_found_under_its_id(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z]+\d{3}", rule.id)
    assert rule.id.startswith(rule.family.value) or rule.family.value == "TTT"
    assert rule.check.__module__ == f"rules.{rule.id.lower()}"


@each_rule
def test_a_rule_says_on_whose_word_it_rests(rule: Rule) -> None:
    assert rule.sources
    assert all(source.url.startswith("https://github.com/openai/") for source in rule.sources)
    assert rule.requirement.endswith(".")
    assert rule.fix.endswith(".")


def test_ids_and_titles_are_told_apart() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert len({rule.title for rule in RULES}) == len(RULES)


@each_rule
def test_titles_of_examples_are_told_apart(rule: Rule) -> None:
    titles = [example.title for example in rule.examples]
    assert len(set(titles)) == len(titles)
