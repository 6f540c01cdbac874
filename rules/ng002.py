"""NG002: no choice between experts by their loss on the target."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import departure_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.distribution import Kind
from rules.miniature import invalid, program, valid

_ID = "NG002"


def check(case: Case) -> RuleResult:
    """Asks the trace for a score that is the better of several on the realised target."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    chosen = [d for d in case.trace.departures if d.kind is Kind.ORACLE]
    if chosen:
        return answer.fails(
            "One of several scores is chosen by comparing them on the token to be scored.",
            departure_findings(case.trace, chosen, "compared on the target"),
        )
    return answer.passes("No counted score is chosen by looking at the target.")


_EVALUATE = """
@torch.no_grad()
def evaluate(model, tokens, window=1024):
    other = GPT()
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        x = x[: y.numel()]
        first = loss_of(model, x[None], y[None], "none")
        second = loss_of(other, x[None], y[None], "none")
        total += {chosen}.sum().item()
        count += y.numel()
    return total / count

"""

_ENTROPY = """
@torch.no_grad()
def evaluate(model, tokens, window=1024):
    other = GPT()
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        x = x[: y.numel()]
        p = torch.softmax(model(x[None])[0], dim=-1)
        q = torch.softmax(other(x[None])[0], dim=-1)
        entropy = -(p * torch.log(p)).sum(dim=-1, keepdim=True)
        weight = torch.where(entropy > 4.0, 0.3, 0.0)
        mixed = (1 - weight) * p + weight * q
        total -= torch.log(mixed.gather(-1, y[:, None])).sum().item()
        count += y.numel()
    return total / count

"""

RULE = Rule(
    id=_ID,
    title="No oracle between experts",
    family=Family.NG,
    severity=Severity.INVALID,
    requirement=(
        "Which of several predictions counts, or how they are weighted, must not depend on the "
        "realised target. A gate may look at the prefix and at the predictions themselves."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 3, 25),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/659",
            "valerio-oai: keeping whichever expert has the lower loss is not legal.",
            date(2026, 3, 25),
        ),
    ),
    fix="Fix the weights beforehand, or compute them from the predictions' entropy.",
    check=check,
    examples=(
        valid("a gate on the model's own entropy", program(evaluate=_ENTROPY)),
        invalid(
            "the smaller of two losses",
            program(evaluate=_EVALUATE.replace("{chosen}", "torch.minimum(first, second)")),
        ),
        invalid(
            "the same with a mask",
            program(
                evaluate=_EVALUATE.replace("{chosen}", "torch.where(second < first, second, first)")
            ),
        ),
    ),
)
