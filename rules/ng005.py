"""NG005: counts of training text that ride in the artifact."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import use_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.history import Mechanism
from rules.miniature import program, valid

_ID = "NG005"


def check(case: Case) -> RuleResult:
    """Asks the trace for tables of training tokens that the artifact carries into the score."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    carried = [
        use
        for use in case.trace.trained_on
        if use.mechanism is Mechanism.TABLE and use.through_artifact and use.learned.op == "store"
    ]
    if carried:
        return answer.needs_ruling(
            "Counts of training tokens are stored in the artifact and take part in the score.",
            use_findings(case.trace, carried),
            strict="Every entry that did so was closed, for the distribution that its table gave.",
            lenient="The table's bytes are paid for in the artifact; weights are counts of "
            "training text as well.",
        )
    return answer.passes("No table of training tokens takes part in the score.")


_COUNTS = """
def count(tokens):
    table = np.zeros((1024, 1024), dtype=np.int32)
    np.add.at(table, (tokens[:-1].numpy(), tokens[1:].numpy()), 1)
    return torch.from_numpy(table)


"""
_MIXED = """
@torch.no_grad()
def evaluate(model, tokens, window=1024):
    table = torch.load("table.pt").float() + 0.1
    table = table / table.sum(-1, keepdim=True)
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        p = 0.5 * model(x[None, : y.numel()])[0].softmax(-1) + 0.5 * table[x[: y.numel()]]
        total += F.nll_loss(p.log(), y, reduction="sum").item()
        count += y.numel()
    return total / count

"""

RULE = Rule(
    id=_ID,
    title="Tables of training text in the artifact",
    family=Family.NG,
    severity=Severity.INVALID,
    requirement=(
        "Counts that were collected on training text during training may be stored in the "
        "artifact, inside its size; what they give must be a distribution like any other."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 3, 27),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/944",
            "Closed for the hashed table's distribution, not for carrying it.",
            date(2026, 3, 27),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/982",
            "Closed likewise.",
            date(2026, 3, 27),
        ),
    ),
    fix="Nothing, where the table is exact and normalised; see NG001 where it is hashed.",
    check=check,
    examples=(
        valid("no table", program()),
        valid(
            "exact counts in the artifact: left to a ruling",
            program(
                _COUNTS,
                evaluate=_MIXED,
                before_saving='torch.save(count(train_tokens), "table.pt")',
            ),
        ),
    ),
)
