"""TTT003: several epochs over a chunk may follow its score, not precede it."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import breach_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.order import Shape, within_chunk
from rules.miniature import invalid, program, valid

_ID = "TTT003"


def check(case: Case) -> RuleResult:
    """Asks the trace whether epochs over one chunk end before the chunk's score counts."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unscored(case)
    if unread is not None:
        return unread
    trace = case.trace
    if not trace.uses:
        return answer.not_applicable("Nothing is adapted on validation tokens.")
    inside = [b for b in trace.breaches if b.shape is Shape.EPOCHS and within_chunk(b)]
    if inside:
        return answer.fails(
            "A chunk is trained on for several epochs, and a later epoch's score counts.",
            breach_findings(trace, inside),
        )
    return answer.passes("No epoch over a chunk precedes the score that counts.")


_EPOCHS_AFTER = """
def evaluate(model, tokens, chunk=32768, epochs=3):
    opt = torch.optim.SGD(model.parameters(), lr=0.01)
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, chunk):
        x, y = tokens[start : start + chunk], tokens[start + 1 : start + chunk + 1]
        x = x[: y.numel()]
        with torch.no_grad():
            total += loss_of(model, x[None], y[None], "sum").item()
            count += y.numel()
        for epoch in range(epochs):
            opt.zero_grad()
            loss_of(model, x[None], y[None]).backward()
            opt.step()
    return total / count

"""

_EPOCHS_INSIDE = """
def evaluate(model, tokens, chunk=32768, epochs=3):
    opt = torch.optim.SGD(model.parameters(), lr=0.01)
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, chunk):
        x, y = tokens[start : start + chunk], tokens[start + 1 : start + chunk + 1]
        for epoch in range(epochs):
            losses = loss_of(model, x[None, : y.numel()], y[None], "none")
            opt.zero_grad()
            losses.mean().backward()
            opt.step()
        total += losses.detach().sum().item()
        count += y.numel()
    return total / count

"""

RULE = Rule(
    id=_ID,
    title="Several epochs only on scored chunks",
    family=Family.TTT,
    severity=Severity.INVALID,
    requirement=(
        "A chunk may be trained on for several epochs once its score is final. The score that "
        "counts is the one before the first of them."
    ),
    authority=Authority.PRACTICE,
    in_force=date(2026, 3, 24),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/549",
            "Merged with three epochs per chunk after the chunk's score.",
            date(2026, 3, 24),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1413",
            "Merged with three epochs per chunk after the chunk's score.",
        ),
    ),
    fix="Take the chunk's score before the loop over epochs, and leave the scores inside it out.",
    check=check,
    examples=(
        valid("three epochs after the score", program(evaluate=_EPOCHS_AFTER)),
        invalid("the last epoch's score counts", program(evaluate=_EPOCHS_INSIDE)),
    ),
)
