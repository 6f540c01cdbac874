"""Applies the organisers' policy to an audit: days, waivers and what decides the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from auditor.findings import Confidence, RuleResult, Status
from auditor.policy import Policy, Waiver
from auditor.report.fingerprint import OPEN, identified
from auditor.verdict import Audit, Waived, decide


def governed(made: Audit, policy: Policy, today: date) -> Audit:
    """The audit as the policy has it.

    A rule that was not yet in force on the day of the submission does not apply to it. Waived
    findings are set aside, and a rule all of whose findings are waived no longer counts. What has
    expired counts again, and a note says so.

    Args:
        made: the audit as the rules answered.
        policy: what the organisers have laid down.
        today: the day on which waivers must still hold.
    """
    shown = identified(made)
    waivers = {waiver.fingerprint: waiver for waiver in policy.waivers}
    results: list[RuleResult] = []
    waived: list[Waived] = []
    notes = list(shown.notes)
    for result in shown.results:
        dated = _dated(result, policy, shown.submission.opened)
        kept, aside = _parted(dated, waivers, today)
        results.append(kept)
        waived += aside
        notes += _expired(dated, waivers, today)
    verdict = decide(result for result in results if result.rule_id not in policy.notices)
    return replace(
        shown,
        results=tuple(results),
        waived=(*shown.waived, *waived),
        notes=tuple(notes),
        verdict=verdict,
    )


def _dated(result: RuleResult, policy: Policy, opened: date | None) -> RuleResult:
    since = policy.in_force.get(result.rule_id)
    if since is None or opened is None or opened >= since:
        return result
    summary = f"In force since {since}; the submission is of {opened}."
    return RuleResult(result.rule_id, Status.NOT_APPLICABLE, Confidence.HIGH, summary)


def _parted(
    result: RuleResult, waivers: dict[str, Waiver], today: date
) -> tuple[RuleResult, list[Waived]]:
    """The result without its waived findings, and these."""
    if result.status not in OPEN:
        return result, []
    kept, aside = [], []
    for finding in result.findings:
        waiver = waivers.get(finding.fingerprint)
        if waiver is None or waiver.expires < today:
            kept.append(finding)
        else:
            aside.append(Waived(result, finding, waiver.reason, waiver.expires))
    if not aside:
        return result, []
    if kept:
        return replace(result, findings=tuple(kept)), aside
    summary = f"Waived by the organisers; it was: {result.summary}"
    return RuleResult(result.rule_id, Status.WAIVED, result.confidence, summary), aside


def _expired(result: RuleResult, waivers: dict[str, Waiver], today: date) -> Iterator[str]:
    if result.status not in OPEN:
        return
    for finding in result.findings:
        waiver = waivers.get(finding.fingerprint)
        if waiver is not None and waiver.expires < today:
            yield (
                f"The waiver of {finding.fingerprint} ({result.rule_id}) expired on "
                f"{waiver.expires}; the finding counts again."
            )
