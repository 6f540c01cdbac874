"""SLOT001: nothing is fitted to the targets that it then scores."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import breach_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.order import Shape
from rules.miniature import invalid, program, valid

_ID = "SLOT001"


def check(case: Case) -> RuleResult:
    """Asks the trace for a vector made for a batch and fitted to that batch's targets."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unscored(case)
    if unread is not None:
        return unread
    fitted = [breach for breach in case.trace.breaches if breach.shape is Shape.BATCH]
    if fitted:
        return answer.fails(
            "A vector made for each batch is fitted to targets of the batch before they are "
            "scored. The maintainers have not ruled on this class by name; it follows from the "
            "order of scoring and learning.",
            breach_findings(case.trace, fitted),
        )
    return answer.passes("Nothing is fitted to a batch before its targets are scored.")


_DELTA = """
def evaluate(model, tokens, window=1024, fresh=256, steps=8):
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1 - window, fresh):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        first = window - fresh if start else 0
        delta = torch.zeros(1, 1, 64, requires_grad=True)
        opt = torch.optim.AdamW([delta], lr=0.01)
        with torch.no_grad():
            hidden = model.norm(model.embed(x[None]))
        for _ in range(steps):
            opt.zero_grad()
            logits = model.head(hidden + delta)[0]
            F.cross_entropy(logits[FITTED], y[FITTED]).backward()
            opt.step()
        with torch.no_grad():
            logits = model.head(hidden + delta)[0]
            total += F.cross_entropy(logits[first:], y[first:], reduction="sum").item()
            count += window - first
    return total / count

"""
CONTEXT_ONLY = _DELTA.replace("FITTED", ":first")
_WHOLE_WINDOW = _DELTA.replace("[FITTED]", "")
_SCORED_PART = _DELTA.replace("FITTED", "first:")

RULE = Rule(
    id=_ID,
    title="No delta fitted to the targets it scores",
    family=Family.SLOT,
    severity=Severity.INVALID,
    requirement=(
        "A hidden vector, a bias or an adapter that is made for one batch must not be optimised on "
        "the loss of the positions that are then scored with it."
    ),
    authority=Authority.INFERENCE,
    in_force=date(2026, 3, 24),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "Adaptation is allowed on tokens that were already evaluated.",
            date(2026, 3, 20),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1240",
            "Shows that each position's score changes when another target in the window does.",
            date(2026, 4, 2),
        ),
    ),
    fix="Fit the vector on positions that earlier windows scored, or score before fitting.",
    check=check,
    examples=(
        valid("no delta", program()),
        valid("fitted on positions scored by earlier windows", program(evaluate=CONTEXT_ONLY)),
        invalid("fitted on the whole window", program(evaluate=_WHOLE_WINDOW)),
        invalid("fitted on exactly the scored part", program(evaluate=_SCORED_PART)),
    ),
)
