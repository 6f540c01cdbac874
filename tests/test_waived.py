from __future__ import annotations

import json
from datetime import date

import pytest

from auditor.cli.output import FailOn, Format, exit_status, render
from auditor.findings import Confidence, Finding, Location, RuleResult, Status
from auditor.policy import Policy, Waiver
from auditor.report import github, json_report, markdown, sarif
from auditor.report.fingerprint import identified
from auditor.rule import Severity
from auditor.verdict import Audit, Verdict
from auditor.waived import governed

from .report.samples import COMPLIANT, RULES, SCRIPT, UNDECIDED, VIOLATION, audit

TODAY = date(2026, 6, 1)
REASON = "Settled in the thread."


def waiving(shown: Audit, *rule_ids: str, expires: date = TODAY) -> Policy:
    """A policy that waives every finding of the given rules."""
    return Policy(
        waivers=tuple(
            Waiver(fingerprint=finding.fingerprint, reason=REASON, expires=expires)
            for result in identified(shown).results
            if result.rule_id in rule_ids
            for finding in result.findings
        )
    )


def statuses(shown: Audit) -> dict[str, Status]:
    return {result.rule_id: result.status for result in shown.results}


def test_without_a_policy_nothing_changes_but_the_names_of_findings() -> None:
    assert governed(VIOLATION, Policy(), TODAY) == identified(VIOLATION)


def test_a_rule_all_of_whose_findings_are_waived_decides_nothing() -> None:
    shown = governed(VIOLATION, waiving(VIOLATION, "ART001", "TTT001"), TODAY)
    assert statuses(shown)["ART001"] is Status.WAIVED
    assert shown.verdict is Verdict.INSUFFICIENT_EVIDENCE
    assert [(each.result.rule_id, each.reason) for each in shown.waived] == [
        ("ART001", REASON),
        ("TTT001", REASON),
    ]
    assert exit_status(shown, FailOn.FAIL) == 0


def test_an_open_answer_without_findings_can_be_waived_by_its_summary() -> None:
    shown = governed(UNDECIDED, waiving(UNDECIDED, "PPM001", "SIG001", "TTT001"), TODAY)
    assert shown.verdict is Verdict.COMPLIANT


def test_a_rule_with_another_finding_still_fails() -> None:
    found = tuple(Finding("Here.", (Location(SCRIPT, line, line),)) for line in (1, 2))
    shown = audit([RuleResult("TTT001", Status.FAIL, Confidence.HIGH, "No.", found)])
    first = identified(shown).results[0].findings[0].fingerprint
    policy = Policy(waivers=(Waiver(fingerprint=first, reason=REASON, expires=TODAY),))
    after = governed(shown, policy, TODAY)
    assert after.verdict is Verdict.VIOLATION
    (left,) = after.results[0].findings
    assert left.locations[0].line_start == 2
    assert len(after.waived) == 1


def test_a_waiver_holds_through_its_last_day_and_then_says_that_it_ended() -> None:
    last = date(2026, 5, 31)
    policy = waiving(VIOLATION, "ART001", expires=last)
    assert len(governed(VIOLATION, policy, last).waived) == 1
    after = governed(VIOLATION, policy, TODAY)
    assert after.waived == ()
    assert statuses(after)["ART001"] is Status.FAIL
    assert any("expired on 2026-05-31" in note for note in after.notes)


def test_a_waiver_of_another_finding_changes_nothing() -> None:
    other = Waiver(fingerprint="f" * 32 + ":1", reason=REASON, expires=TODAY)
    shown = governed(VIOLATION, Policy(waivers=(other,)), TODAY)
    assert shown == identified(VIOLATION)


def test_a_rule_that_came_later_does_not_apply() -> None:
    opened = VIOLATION.submission.opened
    assert opened is not None
    policy = Policy.model_validate({"in-force": {"ART001": opened, "TTT001": date(2026, 4, 21)}})
    found = statuses(governed(VIOLATION, policy, TODAY))
    assert found["ART001"] is Status.FAIL
    assert found["TTT001"] is Status.NOT_APPLICABLE


def test_a_notice_is_shown_and_decides_nothing() -> None:
    policy = Policy(severities={"ART001": Severity.NOTICE, "TTT001": Severity.NOTICE})
    shown = governed(VIOLATION, policy, TODAY)
    assert shown.verdict is Verdict.INSUFFICIENT_EVIDENCE
    assert "2 of 5 rules that apply are not met, which decides nothing" in markdown.render(
        shown, RULES
    )


SHOWN = governed(VIOLATION, waiving(VIOLATION, "ART001"), TODAY)


def test_the_terminal_counts_what_is_waived() -> None:
    text = render(SHOWN, Format.TERMINAL)
    assert "1 finding waived" in text
    assert REASON in " ".join(text.split())


def test_the_comment_counts_what_is_waived() -> None:
    text = markdown.render(SHOWN, RULES)
    assert "1 finding waived" in text
    assert "Waived by the organisers (1)" in text
    assert f"`{REASON}`" in text


def test_the_annotations_count_what_is_waived_and_stay_ten() -> None:
    assert "1 finding waived" in github.render(SHOWN, RULES)
    many = tuple(Finding(f"Number {n}", (Location(SCRIPT, n, n),)) for n in range(1, 30))
    result = RuleResult("TTT001", Status.FAIL, Confidence.HIGH, "No.", many)
    policy = waiving(audit([result]), "TTT001")
    some = Policy(waivers=policy.waivers[:3])
    lines = github.render(governed(audit([result]), some, TODAY), RULES).splitlines()
    assert len(lines) == github.MAX_ANNOTATIONS
    assert "17 more annotations left out" in lines[-2]
    assert "3 findings waived" in lines[-1]


def test_json_has_them_apart_with_their_reasons() -> None:
    report = json.loads(json_report.render(SHOWN, RULES))
    (waived,) = report["waived"]
    assert (waived["rule_id"], waived["status"], waived["reason"]) == ("ART001", "fail", REASON)
    assert waived["expires"] == "2026-06-01"


def test_sarif_suppresses_them() -> None:
    (run,) = json.loads(sarif.render(SHOWN, RULES))["runs"]
    (found,) = (result for result in run["results"] if result["ruleId"] == "ART001")
    (suppression,) = found["suppressions"]
    assert suppression["kind"] == "external"
    assert suppression["justification"] == f"{REASON} (until 2026-06-01)"
    assert all("suppressions" not in each for each in run["results"] if each is not found)


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_the_fingerprint_to_waive_by_is_in_the_report(form: str) -> None:
    renderers = {"json": json_report.render, "sarif": sarif.render}
    text = renderers[form](VIOLATION, RULES)
    for waiver in waiving(VIOLATION, "ART001", "TTT001").waivers:
        assert waiver.fingerprint in text


def test_nothing_waived_is_not_mentioned() -> None:
    assert "waived" not in markdown.render(COMPLIANT, RULES)
