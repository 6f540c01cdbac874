"""NG003: exact caches are allowed in principle where they are causal and normalised."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import departure_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.distribution import Kind
from rules.miniature import program, valid

_ID = "NG003"


def check(case: Case) -> RuleResult:
    """Asks the trace for counts of past tokens that take part in a score without a hash."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    kinds = {d.kind for d in case.trace.departures}
    exact = [d for d in case.trace.departures if d.kind is Kind.EXACT_TABLE]
    if not exact:
        return answer.not_applicable("No counts of past tokens take part in a score.")
    if kinds & {Kind.HASHED_KEY, Kind.TARGET_GATE, Kind.TARGET_CLASS}:
        return answer.not_applicable(
            "Other rules decide on the cache that takes part in the score."
        )
    return answer.needs_ruling(
        "Exact counts of past tokens take part in a score; nothing in the code speaks against "
        "their being normalised.",
        departure_findings(case.trace, exact, "counts of past tokens are read"),
        strict="No cache of this kind was merged, and smoothing or backing off must be shown to "
        "give probabilities that add up to one for every context.",
        lenient="A causal cache that yields a normalised distribution is allowed in principle.",
    )


_LAPLACE = """
def evaluate(model, tokens, window=1024, vocab=1024):
    counts = {}
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        with torch.no_grad():
            losses = loss_of(model, x[None, : y.numel()], y[None], "none").tolist()
        for before, target, loss in zip(x.tolist(), y.tolist(), losses):
            seen = counts.setdefault(before, {})
            cached = (seen.get(target, 0) + 1) / (sum(seen.values()) + vocab)
            total -= math.log(0.9 * math.exp(-loss) + 0.1 * cached)
            count += 1
            seen[target] = seen.get(target, 0) + 1
    return total / count

"""

RULE = Rule(
    id=_ID,
    title="Exact caches: causal and normalised",
    family=Family.NG,
    severity=Severity.INVALID,
    requirement=(
        "A cache that counts exactly may take part in a score if it knows only tokens already "
        "scored, gives a distribution that sums to one whatever the target, and counts towards "
        "the size where it was carried over from training."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 3, 27),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/issues/677",
            "valerio-oai on caches that are exact and normalised.",
            date(2026, 3, 27),
        ),
        Source("https://github.com/openai/parameter-golf/pull/1185", "An exact cache, not merged."),
    ),
    fix="Show that the cache's probabilities sum to one over the vocabulary for any context.",
    check=check,
    examples=(
        valid("no cache", program()),
        valid(
            "add-one smoothing over the vocabulary is left to a ruling", program(evaluate=_LAPLACE)
        ),
    ),
)
