"""The pipeline: from a submission to an audit."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.case import Case
from auditor.deep import deeply
from auditor.evidence import gather
from auditor.findings import Confidence, RuleResult, Status, TttOrder
from auditor.rule import Rule
from auditor.ruleset import Ruleset, load_ruleset
from auditor.submission.model import Submission
from auditor.texts import read_texts
from auditor.trace import trace_submission
from auditor.verdict import Audit, decide
from rules import all_rules


def audit(
    submission: Submission,
    rules: Iterable[Rule] | None = None,
    ruleset: Ruleset | None = None,
) -> Audit:
    """Audits one submission.

    Args:
        submission: what to audit.
        rules: the rules to apply; without it, all.
        ruleset: limits and rulings; without it, those of the challenge's first round.
    """
    wanted = all_rules() if rules is None else tuple(rules)
    return deeply(lambda: _audit(submission, wanted, ruleset or load_ruleset()))


def _audit(submission: Submission, rules: Iterable[Rule], ruleset: Ruleset) -> Audit:
    case = read_case(submission, ruleset)
    results = tuple(apply(rule, case) for rule in rules)
    return Audit(
        submission=submission,
        verdict=decide(results),
        ttt_order=case.trace.order,
        results=results,
        settings=case.trace.settings,
        facts=case.facts,
        layers=case.trace.layers,
        notes=tuple(_notes(case)),
        ruleset=case.ruleset.name,
    )


def read_case(submission: Submission, ruleset: Ruleset) -> Case:
    """Runs every stage before the rules."""
    texts = read_texts(submission)
    facts = gather(submission, texts)
    trace = trace_submission(submission, texts, facts)
    return Case(submission, texts, facts, ruleset, trace)


def apply(rule: Rule, case: Case) -> RuleResult:
    """The answer of one rule; a rule that stumbles leaves its question open."""
    try:
        return rule.check(case)
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        kind = type(error).__name__
        summary = f"The check stumbled over this submission ({kind}); please report it."
        return RuleResult(rule.id, Status.UNKNOWN, Confidence.LOW, summary)


def _notes(case: Case) -> Iterable[str]:
    """What a reader should know besides the rules' answers."""
    yield from case.trace.problems
    yield from (problem.message for problem in case.submission.problems)
    if case.trace.claimed is not None and case.trace.order is not TttOrder.NONE:
        yield f"How the claimed value was found: {case.trace.claimed.basis}."
