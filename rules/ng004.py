"""NG004: a tilt may look at the prefix, not at properties of the token to be scored."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import departure_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.distribution import Kind
from rules.miniature import invalid, program, valid

_ID = "NG004"


def check(case: Case) -> RuleResult:
    """Asks the trace for a property of the target that decides or scales its own score."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    read = [d for d in case.trace.departures if d.kind is Kind.TARGET_CLASS]
    if read:
        return answer.fails(
            "A property of the token to be scored takes part in its own score.",
            departure_findings(case.trace, read, "a property of the target is read"),
        )
    return answer.passes("No property of a target takes part in its score.")


_TILT = """
@torch.no_grad()
def evaluate(model, tokens, window=1024, boost=1.5):
    starts_word = torch.zeros(1024, dtype=torch.bool)
    starts_word[200:600] = True
    hint = {}
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        x = x[: y.numel()]
        logp = F.log_softmax(model(x[None])[0], dim=-1)
        guess = torch.tensor([hint.get(int(t), 0) for t in x])
        tilt = torch.zeros_like(logp).scatter(1, guess[:, None], boost)
        tilted = F.log_softmax(logp + tilt, dim=-1)
        gate = starts_word[WHICH]
        losses = torch.where(
            gate, -tilted.gather(1, y[:, None])[:, 0], -logp.gather(1, y[:, None])[:, 0]
        )
        total += losses.sum().item()
        count += y.numel()
        for a, b in zip(x.tolist(), y.tolist()):
            hint[a] = b
    return total / count

"""

RULE = Rule(
    id=_ID,
    title="Tilts from the prefix only",
    family=Family.NG,
    severity=Severity.INVALID,
    requirement=(
        "A hint or a boost for the token at a position may be chosen from the tokens before it, "
        "and the distribution must be renormalised. Whether the token itself starts a word, is a "
        "boundary, or agrees with something is not known beforehand."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 4, 7),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/1437",
            "Repaired after gates were found to read the class of the token being scored.",
            date(2026, 4, 7),
        ),
    ),
    fix="Compute every gate from the tokens before the position, or drop it.",
    check=check,
    examples=(
        valid("a gate on the token before", program(evaluate=_TILT.replace("WHICH", "x"))),
        invalid("a gate on the token itself", program(evaluate=_TILT.replace("WHICH", "y"))),
    ),
)
