from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from auditor.cli import app
from auditor.fixtures import all_fixtures

BREAKING = next(fixture for fixture in all_fixtures() if fixture.expected.fails)
COMPLIANT = next(
    fixture
    for fixture in all_fixtures()
    if not fixture.expected.fails and not fixture.expected.rulings
)


def audit(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["audit", *arguments])
    return result.exit_code, result.output


def test_the_exit_status_is_0_where_no_rule_fails_and_1_where_one_does():
    assert audit(str(COMPLIANT.path))[0] == 0
    assert audit(str(BREAKING.path))[0] == 1


@pytest.mark.parametrize("form", ["terminal", "json", "sarif", "markdown", "github"])
def test_every_format_names_the_rules_that_fail(form: str):
    status, output = audit(str(BREAKING.path), "--format", form)
    assert status == 1
    assert all(rule in output for rule in BREAKING.expected.fails)


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_formats_for_programs_are_json(form: str):
    assert json.loads(audit(str(BREAKING.path), "--format", form)[1])


def test_the_comment_ends_with_the_command_that_repeats_the_audit():
    _, output = audit(str(BREAKING.path), "--format", "markdown")
    assert f"auditor audit {BREAKING.path}" in output
