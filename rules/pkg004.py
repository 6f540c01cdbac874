"""PKG004: a submission is judged as it stood within the round."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.findings import Finding, Location, RuleResult
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source

_ID = "PKG004"


def check(case: Case) -> RuleResult:
    """Compares the day by which the code is judged with the last day of the round."""
    answer = Answer(_ID)
    opened, closes = case.submission.opened, case.ruleset.closes
    if opened is None:
        return answer.unknown("Neither a commit, nor the folder's name, nor the JSON has a date.")
    if opened <= closes:
        return answer.passes(f"The code is of {opened}; the round ended on {closes}.")
    where = Location(case.submission.folder, 1, 1)
    return answer.needs_ruling(
        f"The code is of {opened}; the round ended on {closes}.",
        [Finding(f"dated {opened}", (where,))],
        strict="What counts is the code as it stood when the round ended.",
        lenient="Logs and narrow repairs were accepted later where idea and code came in time.",
    )


def _example(kind: ExampleKind, title: str, day: str) -> Example:
    return Example(kind, title, {"train_gpt.py": "print()\n"}, folder=f"{day}_Example")


RULE = Rule(
    id=_ID,
    title="Judged as it stood within the round",
    family=Family.PKG,
    severity=Severity.UNGRADABLE,
    requirement=(
        "A submission is judged by its code when the pull request was opened, and at the latest "
        "when the round ended; later changes make a new submission."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 5, 2),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/2146",
            "Corrections after the end of the round, and which of them may count.",
            date(2026, 5, 2),
        ),
    ),
    fix="Point to the commit of the round that holds the code, and add nothing but logs after it.",
    check=check,
    examples=(
        _example(ExampleKind.VALID, "within the round", "2026-04-01"),
        _example(ExampleKind.VALID, "after it: left to a ruling", "2026-05-20"),
    ),
)
