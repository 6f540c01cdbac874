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
from auditor.trace import Trace, trace_submission
from auditor.trace.claimed import Basis
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


def audit_unread(submission: Submission, why: str, ruleset: Ruleset | None = None) -> Audit:
    """Audits a submission whose program cannot be followed, by everything else.

    Args:
        submission: what to audit.
        why: what happened when its program was read, in one sentence.
        ruleset: limits and rulings; without it, those of the challenge's first round.
    """
    texts = read_texts(submission)
    facts = gather(submission, texts)
    problem = f"Reading the program was stopped: {why}."
    limits = ruleset or load_ruleset()
    case = Case(submission, texts, facts, limits, Trace(problems=(problem,)))
    return _answered(case, all_rules())


def _audit(submission: Submission, rules: Iterable[Rule], ruleset: Ruleset) -> Audit:
    return _answered(read_case(submission, ruleset), rules)


def _answered(case: Case, rules: Iterable[Rule]) -> Audit:
    results = tuple(apply(rule, case) for rule in rules)
    return Audit(
        submission=case.submission,
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
    claimed, adapts = case.trace.claimed, case.trace.order is not TttOrder.NONE
    if adapts and claimed is not None and claimed.basis is not Basis.LOGGED:
        yield f"How the claimed value was found: {claimed.basis}."
