"""The report for programs."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.report.escape import as_json
from auditor.report.model import report
from auditor.rule import Rule
from auditor.verdict import Audit


def render(audit: Audit, rules: Mapping[str, Rule]) -> str:
    """The audit as JSON that follows `auditor/schema/audit-1.schema.json`.

    Raises:
        KeyError: a result belongs to no rule in `rules`.
    """
    return as_json(report(audit, rules).model_dump(mode="json"))
