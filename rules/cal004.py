"""CAL004: quantising and compressing without data after the clock."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.events import EventKind
from rules.miniature import program, valid

_ID = "CAL004"


def check(case: Case) -> RuleResult:
    """Says whether work without data follows training, which every accepted row does."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    trace = case.trace
    end = trace.deadline
    if end is None:
        return answer.not_applicable("No clock that ends training was found.")
    if any(event.seq > end.last_step for event in trace.of(EventKind.WRITE)):
        return answer.passes(
            "The artifact is made after the training clock, as in every accepted row; what reads "
            "data there is the matter of CAL001."
        )
    return answer.not_applicable("Nothing is written after training.")


RULE = Rule(
    id=_ID,
    title="Quantisation and compression after the clock",
    family=Family.CAL,
    severity=Severity.NOTICE,
    requirement=(
        "Rounding, pruning and compressing without any data may follow the ten minutes of "
        "training. One remark says that making the artifact is not free of the clock; every "
        "accepted row does it afterwards."
    ),
    authority=Authority.PRACTICE,
    in_force=date(2026, 3, 24),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/1855",
            "Accepted with its compression after the training clock.",
        ),
    ),
    fix="Nothing to fix; leave a reserve in the training time where data is read.",
    check=check,
    examples=(valid("saving after training", program()),),
)
