"""TTT002: the first score of a token is the one that counts."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import breach_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.order import Shape
from rules.miniature import invalid, program, valid
from rules.ttt001 import SCORE_FIRST

_ID = "TTT002"


def check(case: Case) -> RuleResult:
    """Asks the trace whether a counted score belongs to a later pass over the same tokens."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unscored(case)
    if unread is not None:
        return unread
    again = [breach for breach in case.trace.breaches if breach.shape is Shape.EPOCHS]
    if again:
        return answer.fails(
            "The counted score comes from a pass over tokens that an earlier pass learned from.",
            breach_findings(case.trace, again),
        )
    if case.trace.uses:
        return answer.passes("The counted score is the first one of every token.")
    return answer.passes("Tokens are scored in one pass that learns nothing.")


LAST_EPOCH = """
def evaluate(model, tokens, chunk=32768, epochs=3):
    opt = torch.optim.SGD(model.parameters(), lr=0.01)
    for epoch in range(epochs):
        total, count = 0.0, 0
        for start in range(0, tokens.numel() - 1, chunk):
            x, y = tokens[start : start + chunk], tokens[start + 1 : start + chunk + 1]
            loss = loss_of(model, x[None, : y.numel()], y[None], "none")
            total += loss.detach().sum().item()
            count += y.numel()
            opt.zero_grad()
            loss.mean().backward()
            opt.step()
    return total / count

"""

_GUARDED = """
def evaluate(model, tokens, chunk=32768, epochs=3):
    opt = torch.optim.SGD(model.parameters(), lr=0.01)
    total, count = 0.0, 0
    for epoch in range(epochs):
        for start in range(0, tokens.numel() - 1, chunk):
            x, y = tokens[start : start + chunk], tokens[start + 1 : start + chunk + 1]
            loss = loss_of(model, x[None, : y.numel()], y[None], "none")
            if epoch == {counted}:
                total += loss.detach().sum().item()
                count += y.numel()
            opt.zero_grad()
            loss.mean().backward()
            opt.step()
    return total / count

"""

_BEST = """
def evaluate(model, tokens, chunk=32768, passes=2):
    opt = torch.optim.SGD(model.parameters(), lr=0.01)
    best = float("inf")
    for _ in range(passes):
        total, count = 0.0, 0
        for start in range(0, tokens.numel() - 1, chunk):
            x, y = tokens[start : start + chunk], tokens[start + 1 : start + chunk + 1]
            loss = loss_of(model, x[None, : y.numel()], y[None], "none")
            total += loss.detach().sum().item()
            count += y.numel()
            opt.zero_grad()
            loss.mean().backward()
            opt.step()
        best = min(best, total / count)
    return best

"""

TEMPERED = """
def evaluate(model, tokens, window=1024, temperature=1.0):
    total, count = 0.0, 0
    with torch.no_grad():
        for start in range(0, tokens.numel() - 1, window):
            x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
            logits = model(x[None, : y.numel()])[0] / temperature
            total += F.cross_entropy(logits, y, reduction="sum").item()
            count += y.numel()
    return total / count

"""
FITTED = """
lowest, chosen = float("inf"), 1.0
for candidate in (0.9, 0.95, 1.0, 1.05, 1.1):
    loss = evaluate(model, TOKENS, temperature=candidate)
    if loss < lowest:
        lowest, chosen = loss, candidate
score = evaluate


def evaluate(model, tokens):
    return score(model, tokens, temperature=chosen)
"""
_BY_KEY = """
losses = {t: evaluate(model, val_tokens, temperature=t) for t in (0.9, 1.0, 1.1)}
chosen = min(losses, key=losses.get)
score = evaluate


def evaluate(model, tokens):
    return score(model, tokens, temperature=chosen)
"""
_ONLINE = """
def evaluate(model, tokens, chunk=32768):
    total, count, temperature = 0.0, 0, 1.0
    with torch.no_grad():
        for start in range(0, tokens.numel() - 1, chunk):
            x, y = tokens[start : start + chunk], tokens[start + 1 : start + chunk + 1]
            logits = model(x[None, : y.numel()])[0]
            total += F.cross_entropy(logits / temperature, y, reduction="sum").item()
            count += y.numel()
            lowest = float("inf")
            for candidate in (0.9, 0.95, 1.0, 1.05, 1.1):
                loss = F.cross_entropy(logits / candidate, y).item()
                if loss < lowest:
                    lowest, temperature = loss, candidate
    return total / count

"""

RULE = Rule(
    id=_ID,
    title="Report the first score only",
    family=Family.TTT,
    severity=Severity.INVALID,
    requirement=(
        "Each validation token counts with its first score. A second pass with weights or tables "
        "that a first pass warmed, the score of the last epoch, or the best of several passes do "
        "not count."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 3, 24),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/596",
            "Closed: adaptation over several epochs of which a later one is scored.",
            date(2026, 3, 24),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/846",
            "Closed: a cache filled in a first pass is used to score in a second one.",
            date(2026, 3, 27),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/991",
            "The first score of a pass is legal, the one after adapting is not.",
            date(2026, 3, 28),
        ),
    ),
    fix=(
        "Accumulate the total in the first pass over the tokens. Further epochs over a chunk may "
        "follow its score, and must not be counted."
    ),
    check=check,
    examples=(
        valid("one pass, scored first", program(evaluate=SCORE_FIRST)),
        valid(
            "several epochs of which the first counts", program(evaluate=_GUARDED.format(counted=0))
        ),
        invalid("the score of the last epoch", program(evaluate=LAST_EPOCH)),
        invalid("a guard that counts the last epoch", program(evaluate=_GUARDED.format(counted=2))),
        invalid("the best of two passes", program(evaluate=_BEST)),
        valid("a temperature chosen on the chunk before", program(evaluate=_ONLINE)),
        invalid(
            "a temperature chosen on the very tokens",
            program(evaluate=TEMPERED, before_scoring=FITTED.replace("TOKENS", "val_tokens")),
        ),
        invalid(
            "a temperature chosen by the lowest of several losses",
            program(evaluate=TEMPERED, before_scoring=_BY_KEY),
        ),
    ),
)
