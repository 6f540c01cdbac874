"""TTT005: warm-up steps before scoring use tokens that are not scored."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import event_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from rules.miniature import program, valid
from rules.ttt001 import SCORE_FIRST

_ID = "TTT005"


def check(case: Case) -> RuleResult:
    """Asks the trace for steps on validation tokens before the score, and what became of them."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unscored(case)
    if unread is not None:
        return unread
    trace = case.trace
    if trace.breaches and trace.warmups:
        return answer.not_applicable("Other rules decide on the steps before the score.")
    if trace.warmups:
        return answer.needs_ruling(
            "Steps are taken on validation tokens before they are scored, and undone: the score "
            "does not depend on them.",
            event_findings(trace.warmups, "a step on validation tokens whose result is dropped"),
            strict="Validation tokens are touched by training before they are scored.",
            lenient="Weights and optimiser are restored or thrown away, and such a row was merged.",
        )
    return answer.passes("No step before the score uses validation tokens.")


_COPY = """
import copy

trial = copy.deepcopy(model)
opt = torch.optim.SGD(trial.parameters(), lr=0.01)
x, y = {tokens}[:1024], {tokens}[1:1025]
loss_of(trial, x[None], y[None]).backward()
opt.step()
"""

RULE = Rule(
    id=_ID,
    title="Warm-up on tokens that are not scored",
    family=Family.TTT,
    severity=Severity.NOTICE,
    requirement=(
        "Steps that only warm up compilation or caches should use random or training tokens. On "
        "validation tokens they must at least leave no trace in anything a score reads."
    ),
    authority=Authority.PRACTICE,
    in_force=date(2026, 4, 11),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/1530",
            "Warm-up on validation tokens was questioned; the row was merged.",
            date(2026, 4, 11),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1855",
            "Warms up on random tokens.",
        ),
    ),
    fix="Draw the warm-up batch from `torch.randint` or from training shards.",
    check=check,
    examples=(
        valid("no warm-up", program(evaluate=SCORE_FIRST)),
        valid(
            "a copy is trained on training tokens",
            program(before_scoring=_COPY.format(tokens="train_tokens")),
        ),
        valid(
            "a copy is trained on validation tokens and dropped: left to a ruling",
            program(before_scoring=_COPY.format(tokens="val_tokens")),
        ),
    ),
)
