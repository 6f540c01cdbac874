"""REP005: claimed figures are those of the logs."""

from __future__ import annotations

import json
from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.evidence.attribution import attribute
from auditor.evidence.headline import claimed_bpb
from auditor.findings import Confidence, Finding, RuleResult
from auditor.provenance.figures import (
    Mismatch,
    RepeatedRow,
    repeated_figures,
    repeated_rows,
    score_mismatch,
)
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source

_ID = "REP005"


def check(case: Case) -> RuleResult:
    """Looks for the claimed score, and the figures claimed per seed, in the logs."""
    answer = Answer(_ID)
    if not case.texts.logs or claimed_bpb(case.facts) is None:
        return answer.not_applicable("There are no logs, or no claim, to compare.")
    attribution = attribute(case.facts)
    score = score_mismatch(case.facts, attribution)
    if score is not None:
        return _score(answer, score)
    repeated = list(repeated_figures(case.facts, attribution))
    rows = [row for document in case.texts.documents for row in repeated_rows(document)]
    if repeated or rows:
        what = repeated[0].what if repeated else _row(rows[0])
        return answer.needs_ruling(
            f"A figure is claimed that the log of its seed does not have: {what}."
            if repeated
            else f"Two rows of a table repeat each other: {what}.",
            [
                *(_finding(each) for each in repeated),
                *(Finding(_row(row), row.places) for row in rows),
            ],
            strict="The claimed figures are not those of the runs.",
            lenient="A figure was copied into the wrong row; the logs show the right one.",
        )
    return answer.passes("The claimed score is in the logs, or is their mean.")


def _score(answer: Answer, score: Mismatch) -> RuleResult:
    nearest = score.logged[0]
    summary = (
        f"The claimed score of {score.claim.number:g} is in no log; the nearest result is "
        f"{nearest.number:g} ({nearest.label or 'no label'})."
    )
    if score.better:
        return answer.fails(summary, [_finding(score)])
    return Answer(_ID, Confidence.MEDIUM).needs_ruling(
        summary,
        [_finding(score)],
        strict="A score that no log shows is not shown at all.",
        lenient="The claim is no better than what the logs show.",
    )


def _row(row: RepeatedRow) -> str:
    return f"seeds {row.seeds[0]} and {row.seeds[1]} share {', '.join(row.cells)}"


def _finding(mismatch: Mismatch) -> Finding:
    logged = ", ".join(f"{fact.number:,.10g}" for fact in mismatch.logged)
    places = (mismatch.claim.source, *(fact.source for fact in mismatch.logged))
    return Finding(
        f"{mismatch.what}: {mismatch.claim.number:,.10g} claimed, logged {logged}", places
    )


def _example(kind: ExampleKind, title: str, claimed: float) -> Example:
    claim = {"name": "Example", "github_id": "someone", "val_bpb": claimed}
    return Example(
        kind,
        title,
        {
            "submission.json": json.dumps(claim, indent=2),
            "train.log": "seed:42\nfinal_exact val_loss:1.89680000 val_bpb:1.12340000\n",
        },
    )


RULE = Rule(
    id=_ID,
    title="Claimed figures are those of the logs",
    family=Family.REP,
    severity=Severity.UNGRADABLE,
    requirement=(
        "The claimed score is a result of a shipped log or the mean of several, and a figure that "
        "is claimed for a seed is in the log of that seed."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "A submission comes with the logs that show its score.",
            date(2026, 3, 18),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1981",
            "Held back with a claim below everything that its logs show.",
            date(2026, 5, 2),
        ),
    ),
    fix="State what the logs show, and ship the log of every run that a figure is from.",
    check=check,
    examples=(
        _example(ExampleKind.VALID, "the score is in the log", 1.1234),
        _example(ExampleKind.VALID, "a claim worse than the log is a question", 1.1301),
        _example(ExampleKind.INVALID, "a claim below everything in the log", 1.1042),
    ),
)
