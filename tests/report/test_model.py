from __future__ import annotations

import json
from importlib import resources

from jsonschema import Draft202012Validator

from auditor.report.model import SCHEMA_VERSION, Report, report, schema_text

from .samples import COMPLIANT, RULES, VIOLATION

COMMITTED = resources.files("auditor").joinpath("schema/audit-1.schema.json")
REGENERATE = "from auditor.report.model import schema_text; print(schema_text(), end='')"


def test_the_committed_schema_is_up_to_date():
    assert COMMITTED.read_text("utf-8") == schema_text(), (
        f'regenerate it: python -c "{REGENERATE}" > auditor/schema/audit-1.schema.json'
    )


def test_the_schema_is_a_schema():
    schema = json.loads(schema_text())
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["schema_version"]["const"] == SCHEMA_VERSION
    assert set(schema["required"]) == set(Report.model_fields)


def test_the_keys_at_the_top():
    identity = {"schema_version", "tool", "submission"}
    answer = {"verdict", "ttt_order", "rules", "waived"}
    assert set(Report.model_fields) == identity | answer | {"settings", "facts", "layers", "notes"}


def test_a_rule_that_does_not_apply_has_no_confidence():
    answers = {part.id: part for part in report(COMPLIANT, RULES).rules}
    assert answers["PPM001"].confidence is None
    assert answers["TTT001"].confidence == "medium"


def test_sides_are_null_where_there_is_nothing_to_rule_on():
    answer = report(VIOLATION, RULES).rules[0]
    assert answer.strict_side is None
    assert answer.lenient_side is None
