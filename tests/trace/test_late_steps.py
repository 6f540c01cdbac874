"""Steps on training tokens that follow the clock of training are asked about."""

from __future__ import annotations

import pytest

from auditor.audit import audit
from auditor.deep import deeply
from auditor.findings import RuleResult, Status
from rules.cal001 import MORE_STEPS, SECOND_PHASE
from rules.miniature import program
from tests.memory import submission_of


def test_steps_without_a_clock_after_the_limit_are_asked_about() -> None:
    result = cal001(program(before_saving=MORE_STEPS))
    assert result.status is Status.NEEDS_RULING
    assert "further steps" in result.summary


@pytest.mark.parametrize("more", ["", SECOND_PHASE])
def test_steps_under_a_clock_are_not(more: str) -> None:
    assert cal001(program(before_saving=more)).status is Status.PASS


def test_a_variation_of_the_command_does_not_switch_them_off() -> None:
    switched = "import os\nif int(os.environ.get('MORE_EPOCHS', '6')) > 0:\n" + "\n".join(
        f"    {line}" for line in MORE_STEPS.splitlines()
    )
    readme = (
        "```sh\ntorchrun train_gpt.py\nSEED=2 torchrun train_gpt.py\n"
        "MORE_EPOCHS=0 torchrun train_gpt.py\n```\n"
    )
    result = cal001(program(before_saving=switched), readme)
    assert result.status is Status.NEEDS_RULING


def cal001(source: str, readme: str = "# Example\n") -> RuleResult:
    submission = submission_of({"train_gpt.py": source, "README.md": readme})
    results = deeply(lambda: audit(submission).results)
    return next(result for result in results if result.rule_id == "CAL001")
