"""A table that a helper changes under another name was still read before in the same loop."""

from __future__ import annotations

import pytest

from auditor.audit import audit
from auditor.deep import deeply
from auditor.findings import TttOrder
from rules.miniature import program
from tests.memory import submission_of

TABLE = """
def remember(where, ids):
    {how}

def evaluate(model, tokens, window=1024):
    total, count = 0.0, 0
    history = np.zeros(1024)
    for start in range(0, tokens.numel() - 1, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        x = x[: y.numel()]
        {first}
        logits = model(x[None]) + torch.from_numpy(history)
        total += F.cross_entropy(logits[0], y, reduction="sum").item()
        count += y.numel()
        {then}
    return total / count

"""
CALL = "remember(history, y.numpy())"


@pytest.mark.parametrize(
    "how", ["np.add.at(where, ids, 1)", "where[ids] += 1", "where[ids] = where[ids] + 1"]
)
def test_the_order_is_seen_through_the_helper(how: str) -> None:
    legal = TABLE.format(how=how, first="pass", then=CALL)
    early = TABLE.format(how=how, first=CALL, then="pass")
    assert order(legal) is TttOrder.SCORE_FIRST
    assert order(early) is TttOrder.ADAPT_THEN_SCORE


def order(evaluate: str) -> TttOrder:
    files = {"train_gpt.py": program(evaluate=evaluate)}
    return deeply(lambda: audit(submission_of(files)).ttt_order)
