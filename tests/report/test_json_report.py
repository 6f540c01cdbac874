from __future__ import annotations

import json

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from auditor.report.json_report import render
from auditor.report.model import Report, schema_text

from .hostile import audits, each_fragment, filled
from .samples import AUDITS, RULES, VIOLATION

SCHEMA = Draft202012Validator(json.loads(schema_text()))


def refuse(constant):
    raise AssertionError(constant)


def parsed(audit):
    return json.loads(render(audit, RULES), parse_constant=refuse)


@pytest.mark.parametrize("name", AUDITS)
def test_reports_follow_the_schema(name):
    SCHEMA.validate(parsed(AUDITS[name]))


def check(audit):
    text = render(audit, RULES)
    assert text.isascii()
    assert "##[" not in text
    SCHEMA.validate(parsed(audit))


@given(audit=audits())
def test_hostile_text_breaks_neither_the_json_nor_the_schema(audit):
    check(audit)


@each_fragment
def test_every_hostile_text_everywhere(fragment):
    check(filled(fragment))


@given(audit=audits())
def test_what_was_written_can_be_read_back(audit):
    text = render(audit, RULES)
    again = Report.model_validate_json(text)
    assert json.loads(again.model_dump_json()) == json.loads(text)


def test_text_is_not_escaped_for_display():
    message = parsed(VIOLATION)["rules"][-1]["findings"][0]["message"]
    assert message == VIOLATION.results[-1].findings[0].message


def test_the_same_audit_gives_the_same_text():
    assert render(VIOLATION, RULES) == render(VIOLATION, RULES)
