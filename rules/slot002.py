"""SLOT002: fitting a delta on context that was already scored is open."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import use_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.order import made_for_batch
from rules.miniature import program, valid
from rules.slot001 import CONTEXT_ONLY

_ID = "SLOT002"


def check(case: Case) -> RuleResult:
    """Asks the trace for a vector made for a batch and fitted to tokens scored before."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unscored(case)
    if unread is not None:
        return unread
    trace = case.trace
    fitted = [
        use for use in trace.uses if not use.early and use.crossed is None and made_for_batch(use)
    ]
    if not fitted:
        return answer.not_applicable("Nothing is fitted anew for each batch.")
    return answer.needs_ruling(
        "A vector made for each batch is fitted to positions that earlier windows scored.",
        use_findings(trace, fitted),
        strict="Optimising on validation tokens inside the window looks like the class that was "
        "closed, and none was accepted.",
        lenient="Only scored tokens are used, as in accepted adaptation per document.",
    )


RULE = Rule(
    id=_ID,
    title="Deltas fitted to scored context",
    family=Family.SLOT,
    severity=Severity.NOTICE,
    requirement=(
        "Whether a vector may be fitted, window by window, on positions that earlier windows "
        "scored is not ruled on."
    ),
    authority=Authority.COMMUNITY,
    in_force=date(2026, 4, 4),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/issues/1336",
            "Asks the organisers; not answered.",
            date(2026, 4, 4),
        ),
    ),
    fix="Ask for a ruling, or adapt in a way that was accepted.",
    check=check,
    examples=(
        valid("no delta", program()),
        valid("fitted on scored positions is left to a ruling", program(evaluate=CONTEXT_ONLY)),
    ),
)
