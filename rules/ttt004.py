"""TTT004: no training on validation tokens before the artifact that scores them is written."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import breach_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.history import Mechanism
from auditor.trace.order import Shape
from rules.miniature import invalid, program, valid
from rules.ttt001 import ADAPT_ALL, SCORE_FIRST

_ID = "TTT004"


def check(case: Case) -> RuleResult:
    """Asks the trace whether steps on validation tokens went into the saved model."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unscored(case)
    if unread is not None:
        return unread
    saved = [
        breach
        for breach in case.trace.breaches
        if breach.shape is Shape.ARTIFACT and breach.use.mechanism is Mechanism.STEP
    ]
    if saved:
        return answer.fails(
            "The model is trained on validation tokens before it is written and scored on them.",
            breach_findings(case.trace, saved),
        )
    return answer.passes("No step on validation tokens goes into the artifact.")


RULE = Rule(
    id=_ID,
    title="No adaptation on validation tokens before quantisation",
    family=Family.TTT,
    severity=Severity.INVALID,
    requirement=(
        "Fine-tuning the model on validation tokens, then quantising and saving it, and then "
        "scoring the same tokens is training on the validation set, whatever it is called."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 3, 20),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "Validation data must not be used in training.",
            date(2026, 3, 20),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1902",
            "Lists leakage before quantisation among the reasons for invalid entries.",
            date(2026, 4, 28),
        ),
    ),
    fix="Remove the pass over validation tokens before saving; adapt in evaluation, after scoring.",
    check=check,
    examples=(
        valid("training tokens only", program()),
        valid("adaptation during evaluation, scored first", program(evaluate=SCORE_FIRST)),
        invalid(
            "fine-tuned on validation tokens, then saved",
            program(ADAPT_ALL, before_saving="adapt(model, val_tokens)"),
        ),
    ),
)
