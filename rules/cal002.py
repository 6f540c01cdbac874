"""CAL002: no calibration on validation tokens that are still to be scored."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import breach_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.history import Mechanism
from auditor.trace.order import Shape
from rules.cal001 import COLLECT, FROM_TRAINING
from rules.miniature import invalid, program, valid

_ID = "CAL002"


def check(case: Case) -> RuleResult:
    """Asks the trace whether statistics of unscored tokens went into the weights without a step."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unscored(case)
    if unread is not None:
        return unread
    trace = case.trace
    fitted = [
        breach
        for breach in trace.breaches
        if breach.use.mechanism is Mechanism.CALIBRATION
        or (breach.shape is Shape.ARTIFACT and breach.use.mechanism is not Mechanism.STEP)
    ]
    if fitted:
        return answer.fails(
            "Weights are rebuilt with statistics of validation tokens that are scored afterwards.",
            breach_findings(trace, fitted),
        )
    return answer.passes("No statistics of validation tokens go into the weights.")


_FROM_VALIDATION = FROM_TRAINING.replace("train_tokens", "val_tokens")
_LISTENED = COLLECT.replace(
    "    handle = model.head.register_forward_hook(hook)",
    "    handles = []\n"
    "    for name, module in model.named_modules():\n"
    "        if isinstance(module, torch.nn.Linear):\n"
    "            handles.append(module.register_forward_hook(hook))",
).replace("    handle.remove()", "    for handle in handles:\n        handle.remove()")
_LOOKED = FROM_TRAINING.replace(
    "quantise(", 'print(f"before rounding: {evaluate(model, val_tokens):.4f}")\nquantise('
)
_STILL_LISTENING = _LISTENED.replace("    for handle in handles:\n        handle.remove()\n", "")

RULE = Rule(
    id=_ID,
    title="No calibration on validation tokens",
    family=Family.CAL,
    severity=Severity.INVALID,
    requirement=(
        "A quantiser must not be calibrated on validation tokens that are scored afterwards: the "
        "weights would carry what they should predict."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 3, 28),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "No access to validation data during training.",
            date(2026, 3, 20),
        ),
    ),
    fix="Calibrate on training tokens inside the training time, or on text the model generates.",
    check=check,
    examples=(
        valid("no calibration", program()),
        valid("calibrated on training tokens", program(COLLECT, before_saving=FROM_TRAINING)),
        invalid(
            "calibrated on validation tokens", program(COLLECT, before_saving=_FROM_VALIDATION)
        ),
        valid("hooks removed before a first evaluation", program(_LISTENED, before_saving=_LOOKED)),
        invalid(
            "hooks that still collect in a first evaluation",
            program(_STILL_LISTENING, before_saving=_LOOKED),
        ),
    ),
)
