"""The JSON report as types: what a program that reads our reports may rely on.

`schema_version` changes its first number when a reader has to change, its second when there is
more to read. The JSON Schema in `auditor/schema/` is generated from here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from auditor import __version__
from auditor.facts import Quantity, Standing
from auditor.findings import Confidence, RuleResult, Status, TttOrder
from auditor.report.escape import for_json, json_number
from auditor.report.fingerprint import identified
from auditor.report.view import TOOL
from auditor.rule import Family, Rule, Severity
from auditor.settings import SettingSource
from auditor.submission.model import ProblemKind, Submission, Track
from auditor.verdict import Audit, Verdict, Waived

SCHEMA_VERSION: Final = "1.0"
SCHEMA_ID = "urn:parameter-golf-auditor:schema:audit-1"

# Committed files hold what they hold: text is kept as it was written, not escaped for display.
Text = Annotated[str, BeforeValidator(for_json)]
Line = Annotated[int, BeforeValidator(lambda line: max(1, line)), Field(ge=1)]
Value = Annotated[
    Annotated[float, Field(allow_inf_nan=False)] | int | Text, BeforeValidator(json_number)
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)


class LocationPart(_Part):
    """A span of lines in a file of the submission."""

    file: Text = Field(description="Path in the pull request, '/'-separated.")
    layer: Text | None = Field(
        description="The decoded layer that the lines are counted in; null for committed text."
    )
    line_start: Line = Field(description="First line, counted from 1.")
    line_end: Line = Field(description="Last line, inclusive.")
    note: Text = Field(description="What happens there, in a few words.")


class FindingPart(_Part):
    """One thing a rule saw."""

    message: Text = Field(description="One sentence; it may quote the submission.")
    locations: tuple[LocationPart, ...] = Field(description="The most telling place first.")
    flow: tuple[LocationPart, ...] = Field(
        description="The places in the order in which the program reaches them; may be empty."
    )
    fingerprint: str = Field(
        description="Names the finding across edits elsewhere; by it a finding can be waived."
    )


class RulePart(_Part):
    """The answer of one rule."""

    id: Text
    title: Text
    family: Family
    severity: Severity = Field(description="What follows if the rule is not met.")
    status: Status
    confidence: Confidence | None = Field(
        description="How sure the answer is; null where the rule does not apply."
    )
    summary: Text = Field(description="One line that makes sense without the rest.")
    strict_side: Text | None = Field(
        description="For needs-ruling: the reading under which the rule is not met."
    )
    lenient_side: Text | None = Field(
        description="For needs-ruling: the reading under which it is met."
    )
    findings: tuple[FindingPart, ...]


class WaivedPart(_Part):
    """A finding that the organisers' file sets aside; it is in no rule's findings."""

    rule_id: Text
    status: Status = Field(description="What the rule answered before.")
    summary: Text = Field(description="The rule's summary before.")
    finding: FindingPart
    reason: Text = Field(description="Why, in the words of the file.")
    expires: date = Field(description="The last day on which that holds.")


class ProblemPart(_Part):
    """An oddity of the files."""

    kind: ProblemKind
    path: Text
    message: Text


class SubmissionPart(_Part):
    """What was audited."""

    pr: int | None = Field(description="Number of the pull request, where known.")
    head: Text | None = Field(description="The audited commit, where known.")
    base: Text | None = Field(description="The commit it is compared with, where known.")
    url: Text = Field(description="Web address of the repository.")
    folder: Text = Field(description="The record folder; empty for root scripts.")
    track: Track
    main_script: Text | None
    scripts: tuple[Text, ...]
    logs: tuple[Text, ...]
    metadata: Text | None
    readme: Text | None
    other_folders: tuple[Text, ...]
    chosen_because: Text = Field(description="Why this folder; empty where there is only one.")
    opened: date | None = Field(description="The day by which the code is judged.")
    problems: tuple[ProblemPart, ...]


class SettingPart(_Part):
    """The value of one environment switch in the submitted run."""

    name: Text
    value: Text | None = Field(description="Null where it is not set.")
    source: SettingSource = Field(description="Who says so.")
    where: LocationPart | None


class FactPart(_Part):
    """One number or word that a file states."""

    quantity: Quantity = Field(description="What it is about; fixes the unit.")
    value: Value = Field(description="Text where it is a word or no finite number.")
    standing: Standing = Field(description="Who says so.")
    source: LocationPart
    seed: int | None
    label: Text = Field(description="The words that introduced the value.")
    written: Text = Field(description="The value as written, where it had to be converted.")
    precision: Value = Field(description="How far the written digits leave the value open.")


class LayerPart(_Part):
    """One text of code that was read, or could not be."""

    file: Text
    name: Text | None = Field(description="Null for the committed text.")
    sha256: Text
    size: int = Field(description="Bytes.")
    lines: int
    chain: tuple[Text, ...] = Field(description="How it was decoded, outermost first.")
    outcome: Text = Field(description="'read', or why it could not be read.")


class ToolPart(_Part):
    """What produced the report."""

    name: Literal["parameter-golf-auditor"]
    version: str
    ruleset: Text = Field(description="The dated ruleset that was applied.")


class Report(_Part):
    """The audit of one submission to the Parameter Golf challenge."""

    schema_version: Literal["1.0"]
    tool: ToolPart
    submission: SubmissionPart
    verdict: Verdict
    ttt_order: TttOrder
    rules: tuple[RulePart, ...] = Field(description="One answer per rule.")
    waived: tuple[WaivedPart, ...] = Field(description="Findings that count no longer.")
    settings: tuple[SettingPart, ...]
    facts: tuple[FactPart, ...]
    layers: tuple[LayerPart, ...]
    notes: tuple[Text, ...] = Field(description="What could not be decided or read.")


def report(audit: Audit, rules: Mapping[str, Rule]) -> Report:
    """The audit as a report.

    Raises:
        KeyError: a result belongs to no rule in `rules`.
    """
    audit = identified(audit)
    return Report(
        schema_version=SCHEMA_VERSION,
        tool=ToolPart(name=TOOL, version=__version__, ruleset=audit.ruleset),
        submission=_submission(audit.submission),
        verdict=audit.verdict,
        ttt_order=audit.ttt_order,
        rules=tuple(_rule(rules[result.rule_id], result) for result in audit.results),
        waived=tuple(_waived(waived) for waived in audit.waived),
        settings=tuple(SettingPart.model_validate(setting) for setting in audit.settings),
        facts=tuple(FactPart.model_validate(fact) for fact in audit.facts),
        layers=tuple(LayerPart.model_validate(layer) for layer in audit.layers),
        notes=audit.notes,
    )


def schema_text() -> str:
    """The JSON Schema of the report, as it is committed in `auditor/schema/`."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **Report.model_json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def _submission(submission: Submission) -> SubmissionPart:
    origin = submission.origin
    return SubmissionPart(
        pr=origin.pr,
        head=origin.head,
        base=origin.base,
        url=origin.url,
        folder=submission.folder,
        track=submission.track,
        main_script=submission.main_script,
        scripts=submission.scripts,
        logs=submission.logs,
        metadata=submission.metadata,
        readme=submission.readme,
        other_folders=submission.other_folders,
        chosen_because=submission.chosen_because,
        opened=submission.opened,
        problems=tuple(ProblemPart.model_validate(problem) for problem in submission.problems),
    )


def _rule(rule: Rule, result: RuleResult) -> RulePart:
    applies = result.status is not Status.NOT_APPLICABLE
    return RulePart(
        id=rule.id,
        title=rule.title,
        family=rule.family,
        severity=rule.severity,
        status=result.status,
        confidence=result.confidence if applies else None,
        summary=result.summary,
        strict_side=result.strict_side or None,
        lenient_side=result.lenient_side or None,
        findings=tuple(FindingPart.model_validate(finding) for finding in result.findings),
    )


def _waived(waived: Waived) -> WaivedPart:
    return WaivedPart(
        rule_id=waived.result.rule_id,
        status=waived.result.status,
        summary=waived.result.summary,
        finding=FindingPart.model_validate(waived.finding),
        reason=waived.reason,
        expires=waived.expires,
    )
