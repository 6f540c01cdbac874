"""The report for a person at a terminal: what is wrong and where first, then what is open.

Colour only repeats what the words say.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console

from auditor.evidence.headline import claimed_bpb
from auditor.facts import Fact
from auditor.findings import Finding, Status
from auditor.report.page import Page
from auditor.report.view import (
    ORDER,
    ROOT,
    Answer,
    Answers,
    amount,
    group,
    headline,
    place,
    plural,
    within,
)
from auditor.rule import Rule
from auditor.settings import Setting
from auditor.submission.model import Submission
from auditor.verdict import Audit, LayerInfo, Verdict, Waived

_STYLES = {
    Verdict.VIOLATION: "bold red",
    Verdict.NEEDS_RULING: "bold yellow",
    Verdict.INSUFFICIENT_EVIDENCE: "bold magenta",
    Verdict.COMPLIANT: "bold green",
}
_BRIEF = 3  # findings of a rule, and places of a finding
_STEPS = 12  # steps of a flow: longer ones repeat themselves
_NOTES = 10
_COLUMN = 40  # width up to which notes are aligned
_ALL = 500  # even a verbose report has to end


def print_audit(
    audit: Audit, rules: Mapping[str, Rule], console: Console, *, verbose: bool = False
) -> None:
    """Prints an audit.

    Args:
        audit: what to print.
        rules: the registry, by rule id.
        console: where to; its width and colour are respected.
        verbose: also print all evidence, the settings, the facts and the layers.

    Raises:
        KeyError: a result belongs to no rule in `rules`.
    """
    page = Page(console)
    answers = group(audit, rules)
    _head(page, audit, answers)
    for answer in answers.failing:
        _answer(page, audit, answer, ("FAIL", "bold red"), verbose=verbose)
    for answer in answers.rulings:
        _answer(page, audit, answer, ("NEEDS RULING", "bold yellow"), verbose=verbose)
    for answer in answers.unknown:
        _answer(page, audit, answer, ("UNKNOWN", "bold magenta"), verbose=verbose)
    page.listing("Not decided or not read", audit.notes, _ALL if verbose else _NOTES)
    page.listing("Waived by the organisers", map(_waived, audit.waived), _ALL)
    if verbose:
        _details(page, audit)
    _tail(page, audit, answers, verbose=verbose)


def _head(page: Page, audit: Audit, answers: Answers) -> None:
    submission, origin = audit.submission, audit.submission.origin
    page.line(
        (audit.verdict.value.upper(), _STYLES[audit.verdict]),
        (f"  {headline(audit, answers)}", "bold"),
    )
    number = f"#{origin.pr}  " if origin.pr is not None else ""
    commit = f"  at {origin.head[:12]}" if origin.head else ""
    page.field("audited", f"{number}{submission.folder or ROOT}{commit}")
    if submission.chosen_because:
        page.field("", submission.chosen_because)
    stated = claimed_bpb(audit.facts)
    if stated is None:
        page.field("claims", "no score that could be read")
    else:
        page.field("claims", f"{amount(stated)}  ({place(stated.source, submission)})")
    page.field("order", ORDER[audit.ttt_order])


def _answer(
    page: Page, audit: Audit, answer: Answer, label: tuple[str, str], *, verbose: bool
) -> None:
    rule, result = answer.rule, answer.result
    page.gap()
    page.line(
        label,
        (f"  {rule.id}  {rule.title}", "bold"),
        (f"  ({result.confidence} confidence)", "dim"),
        hang=2,
    )
    page.line(result.summary, indent=2)
    brief = _ALL if verbose else _BRIEF
    for finding in result.findings[:brief]:
        if finding.message != result.summary:
            page.line(("- ", "dim"), finding.message, indent=2, hang=2)
        _places(page, audit.submission, finding, verbose=verbose)
        if verbose and finding.fingerprint:
            page.line((f"fingerprint {finding.fingerprint}", "dim"), indent=4)
    page.rest(len(result.findings) - brief, indent=2)
    if result.strict_side:
        page.field("strict", result.strict_side)
    if result.lenient_side:
        page.field("lenient", result.lenient_side)
    if result.status is Status.FAIL:
        page.field("fix", rule.fix)
    if rule.sources and (verbose or result.status is not Status.UNKNOWN):
        page.field("source", rule.sources[0].url)


def _places(page: Page, submission: Submission, finding: Finding, *, verbose: bool) -> None:
    # A flow names the same places in the order in which they matter.
    steps = finding.flow or finding.locations
    brief = _ALL if verbose else _STEPS if finding.flow else _BRIEF
    shown = [(place(step, submission), step.note) for step in steps[:brief]]
    column = min(_COLUMN, max((len(where) for where, _ in shown), default=0))
    for number, (where, note) in enumerate(shown):
        arrow = "→ " if finding.flow and number else "  "
        page.line((arrow, "dim"), (where.ljust(column), "cyan"), f"  {note}", indent=4, hang=4)
    page.rest(len(steps) - brief, indent=6)


def _details(page: Page, audit: Audit) -> None:
    submission = audit.submission
    page.listing("Settings", (_setting(each, submission) for each in audit.settings), _ALL)
    page.listing("Facts", (_fact(each, submission) for each in audit.facts), _ALL)
    page.listing("Code", (_layer(each, submission) for each in audit.layers), _ALL)
    page.listing("Oddities", (f"{each.path}: {each.message}" for each in submission.problems), _ALL)


def _setting(setting: Setting, submission: Submission) -> str:
    value = "(not set)" if setting.value is None else setting.value
    where = f", {place(setting.where, submission)}" if setting.where else ""
    return f"{setting.name} = {value}  ({setting.source}{where})"


def _fact(fact: Fact, submission: Submission) -> str:
    seed = f", seed {fact.seed}" if fact.seed is not None else ""
    label = f", as {fact.label}" if fact.label else ""
    written = f", written {fact.written}" if fact.written else ""
    where = place(fact.source, submission)
    return f"{fact.quantity}: {amount(fact)}  ({fact.standing}{seed}{label}{written}, {where})"


def _layer(layer: LayerInfo, submission: Submission) -> str:
    path = within(layer.file, submission.folder)
    opened = "" if layer.name is None else f", {layer.name} through {', '.join(layer.chain)}"
    size = f"{plural(layer.lines, 'line')}, {plural(layer.size, 'byte')}"
    return f"{path}{opened}: {layer.outcome}  ({size}, sha256 {layer.sha256[:12]})"


def _waived(waived: Waived) -> str:
    return (
        f"{waived.result.rule_id}: {waived.finding.message}  "
        f"({waived.reason}; until {waived.expires})"
    )


def _tail(page: Page, audit: Audit, answers: Answers, *, verbose: bool) -> None:
    page.gap()
    if verbose and answers.passed:
        page.line((f"met: {_ids(answers.passed)}", "dim"), hang=2)
    if verbose and answers.not_applicable:
        page.line((f"not applicable: {_ids(answers.not_applicable)}", "dim"), hang=2)
    passed = plural(len(answers.passed), "rule")
    absent = len(answers.not_applicable)
    page.line((f"{passed} met, {absent} not applicable (ruleset {audit.ruleset})", "dim"))


def _ids(answers: tuple[Answer, ...]) -> str:
    return ", ".join(answer.rule.id for answer in answers)
