"""ORD001: what a position learned from comes earlier in the original stream."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import use_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.order import reordered
from rules.miniature import program, valid
from rules.ttt001 import SCORE_FIRST

_ID = "ORD001"


def check(case: Case) -> RuleResult:
    """Asks the trace whether documents are visited in another order while a state is kept."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    trace = case.trace
    if not trace.uses:
        return answer.not_applicable("Nothing is adapted, so the order of scoring does not matter.")
    sorted_uses = [use for use in trace.uses if not use.early and reordered(use)]
    if sorted_uses:
        return answer.needs_ruling(
            "Documents are scored in another order than that of the stream, while something "
            "learned is kept from one to the next.",
            use_findings(trace, sorted_uses),
            strict="A position may only know tokens that come earlier in the original stream.",
            lenient="Every token is scored before anything learns from it, and rows that visit "
            "documents by length were merged.",
        )
    return answer.passes("Tokens are visited in the order of the stream.")


_BY_LENGTH = """
def evaluate(model, tokens):
    starts = (tokens == 1).nonzero()[:, 0].tolist()
    documents = sorted(zip(starts, starts[1:]), key=lambda d: d[1] - d[0])
    opt = torch.optim.SGD(model.parameters(), lr=0.01)
    total, count = 0.0, 0
    for first, last in documents:
        x, y = tokens[first:last], tokens[first + 1 : last + 1]
        with torch.no_grad():
            total += loss_of(model, x[None], y[None], "sum").item()
            count += y.numel()
        opt.zero_grad()
        loss_of(model, x[None], y[None]).backward()
        opt.step()
    return total / count

"""

RULE = Rule(
    id=_ID,
    title="The order of the stream",
    family=Family.TTT,
    severity=Severity.NOTICE,
    requirement=(
        "State that a position reads may come only from tokens earlier in the original stream; "
        "the evaluation set is not re-ordered. With a full reset per document the order of "
        "documents does not matter."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 3, 23),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/issues/402",
            "0hq: the evaluation is one stream, in its order.",
            date(2026, 3, 23),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1855",
            "Merged, although documents are visited by length.",
        ),
    ),
    fix="Visit the documents in the order of the stream, or reset what was learned between them.",
    check=check,
    examples=(
        valid("in the order of the stream", program(evaluate=SCORE_FIRST)),
        valid("documents by length are left to a ruling", program(evaluate=_BY_LENGTH)),
    ),
)
