"""A checkpoint or a score that the best validation during training decided is a choice."""

from __future__ import annotations

from auditor.audit import audit
from auditor.deep import deeply
from auditor.findings import RuleResult, Status
from rules.dist001 import KEPT_BEST
from rules.miniature import program
from tests.memory import submission_of

_SAVED_BEST = (
    program()
    .replace("    position = 0\n", '    position, best = 0, float("inf")\n')
    .replace(
        "        position += 1024\n",
        "        position += 1024\n"
        "        loss = evaluate(model, val_tokens)\n"
        "        if loss < best:\n"
        "            best = loss\n"
        '            torch.save(model.state_dict(), "best.pt")\n',
    )
    .replace(
        "train(model, train_tokens)\n",
        'train(model, train_tokens)\nmodel.load_state_dict(torch.load("best.pt"))\n',
    )
)


def test_a_file_that_is_written_where_a_validation_was_better_is_a_choice() -> None:
    assert data001(_SAVED_BEST).status is Status.NEEDS_RULING


def test_a_file_that_is_written_every_time_is_none() -> None:
    every_time = _SAVED_BEST.replace("if loss < best:", "if position > 0:")
    assert data001(every_time).status is Status.PASS


def test_the_best_of_several_validations_is_a_choice() -> None:
    assert data001(KEPT_BEST).status is Status.NEEDS_RULING


def data001(source: str) -> RuleResult:
    submission = submission_of({"train_gpt.py": source})
    results = deeply(lambda: audit(submission).results)
    return next(result for result in results if result.rule_id == "DATA001")
