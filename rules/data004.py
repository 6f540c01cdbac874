"""DATA004: the evaluation reads no training data."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import late_read_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from rules.miniature import invalid, program, valid
from rules.ttt002 import FITTED, TEMPERED

_ID = "DATA004"


def check(case: Case) -> RuleResult:
    """Asks the trace for training tokens read after the artifact that still reach a score."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    late = [read for read in case.trace.late_reads if read.evaluating]
    if late:
        return answer.fails(
            "Training tokens are read after the artifact was written, and what they teach is "
            "used to score.",
            late_read_findings(case.trace, late),
        )
    return answer.passes("No training tokens are read after the artifact was written.")


_UNIGRAM = """
counts = torch.bincount(train_shard, minlength=1024).float()
prior = torch.log((counts + 1) / (counts.sum() + 1024))


def with_prior(model, tokens, window=1024):
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        logits = model(x[None, : y.numel()])[0] + 0.1 * prior
        total += F.cross_entropy(logits, y, reduction="sum").item()
        count += y.numel()
    return total / count


evaluate = with_prior
"""

_FITTED = """
train_shard = load("data/fineweb_train_000000.bin")
bias = torch.zeros(1024, requires_grad=True)
opt = torch.optim.AdamW([bias], lr=0.003)
for start in range(0, 100_000, 1024):
    x, y = train_shard[start : start + 1024], train_shard[start + 1 : start + 1025]
    with torch.no_grad():
        logits = model(x[None])[0]
    opt.zero_grad()
    F.cross_entropy(logits + bias, y).backward()
    opt.step()


def with_bias(model, tokens, window=1024):
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        logits = model(x[None, : y.numel()])[0] + bias.detach()
        total += F.cross_entropy(logits, y, reduction="sum").item()
        count += y.numel()
    return total / count


evaluate = with_bias
"""

RULE = Rule(
    id=_ID,
    title="No training data at evaluation",
    family=Family.DATA,
    severity=Severity.INVALID,
    requirement=(
        "The evaluation works from the artifact alone: no training shard may be read for tables, "
        "statistics or calibration unless the result is part of the artifact."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "No training data during evaluation unless its bits are paid for.",
            date(2026, 3, 18),
        ),
    ),
    fix="Compute the table inside the training time and save it with the model.",
    check=check,
    examples=(
        valid("the artifact alone", program()),
        invalid(
            "a unigram table counted from a training shard before scoring",
            program(
                before_scoring='train_shard = load("data/fineweb_train_000000.bin")\n' + _UNIGRAM
            ),
        ),
        invalid(
            "a bias fitted by steps on a training shard before scoring",
            program(before_scoring=_FITTED),
        ),
        invalid(
            "a temperature chosen on training tokens before scoring",
            program(evaluate=TEMPERED, before_scoring=FITTED.replace("TOKENS", "train_tokens")),
        ),
    ),
)
