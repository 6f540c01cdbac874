"""CAL003: calibration on text that the model generates itself."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.facts import Quantity, Standing
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from rules.cal001 import COLLECT, FROM_ITSELF
from rules.miniature import program, valid

_ID = "CAL003"


def check(case: Case) -> RuleResult:
    """Says whether a calibration that the logs show reads any data at all."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    facts = case.facts
    logged = facts.of(Quantity.CALIBRATION, Standing.LOGGED) or facts.of(
        Quantity.CALIBRATION_SECONDS, Standing.LOGGED
    )
    if not logged:
        return answer.not_applicable("No log reports a calibration.")
    if case.trace.late_reads:
        return answer.not_applicable("The calibration reads training tokens.")
    return answer.passes(
        "A calibration is logged, and no tokens of either stream were found to reach it after "
        "training."
    )


RULE = Rule(
    id=_ID,
    title="Calibration on generated text",
    family=Family.CAL,
    severity=Severity.NOTICE,
    requirement=(
        "A quantiser may be calibrated on text that the model generates or on random tokens. The "
        "time belongs to training or to evaluation."
    ),
    authority=Authority.PRACTICE,
    in_force=date(2026, 3, 30),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/1019",
            "Merged with calibration on text that the model generates.",
            date(2026, 3, 30),
        ),
    ),
    fix="Nothing to fix; state which of the two clocks covers the generation.",
    check=check,
    examples=(
        valid("no calibration", program()),
        valid("generated text", program(COLLECT, before_saving=FROM_ITSELF)),
    ),
)
