"""PKG002: the submission's JSON is valid, complete and agrees with itself."""

from __future__ import annotations

import posixpath
import re
from datetime import date

from auditor.case import Case
from auditor.evidence.headline import claimed_bpb, claimed_scores, is_plain, seed_scores
from auditor.evidence.jsontext import JsonText
from auditor.evidence.metadata import read_metadata
from auditor.facts import Fact, Quantity, Standing
from auditor.findings import Confidence, Finding, Location, RuleResult, Status
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source

_ID = "PKG002"
#: Rounding and a change of the evaluated subset of seeds stay below this, in bits per byte.
_SLACK = 0.0005


def check(case: Case) -> RuleResult:
    """Reads the JSON, looks for the demanded fields, and compares the score with its seeds."""
    path = case.submission.metadata
    document = read_metadata(case.submission)
    if path is None:
        return RuleResult(
            _ID,
            Status.NOT_APPLICABLE,
            Confidence.HIGH,
            "There is no submission.json to check.",
        )
    if document is None:
        return RuleResult(
            _ID, Status.UNKNOWN, Confidence.LOW, "The content of submission.json is missing."
        )
    broken = [*_syntax(document, path), *_score(case, path), *_contradiction(case)]
    if broken:
        summary = "; ".join(finding.message for finding in broken[:3]) + "."
        return RuleResult(_ID, Status.FAIL, Confidence.HIGH, summary, tuple(broken))
    missing = _missing_fields(document)
    if missing:
        gaps = tuple(Finding(f"no `{name}`", (Location(path, 1, 1),)) for name in missing)
        listed = ", ".join(f"`{name}`" for name in missing)
        return RuleResult(
            _ID,
            Status.PASS,
            Confidence.MEDIUM,
            f"The score is stated; {listed} missing, as in some merged records.",
            gaps,
        )
    return RuleResult(_ID, Status.PASS, Confidence.HIGH, "Valid, with all demanded fields.")


def _syntax(document: JsonText, path: str) -> list[Finding]:
    name = posixpath.basename(path)
    found = [
        Finding(
            f"{name} is not valid JSON: {problem.message} (line {problem.line})",
            (Location(path, problem.line, problem.line),),
        )
        for problem in document.problems[:3]
    ]
    if not document.problems and document.kind != "object":
        found.append(Finding(f"{name} is not a JSON object", (Location(path, 1, 1),)))
    return found


def _score(case: Case, path: str) -> list[Finding]:
    if claimed_scores(case.facts):
        return []
    if case.facts.of(Quantity.VAL_LOSS, Standing.CLAIMED):
        return []  # a merged record has its score under `val_loss`
    return [Finding("no score is stated: `val_bpb` has no value", (Location(path, 1, 1),))]


def _contradiction(case: Case) -> list[Finding]:
    """The headline score lies outside every list of scores by seed."""
    headline = claimed_bpb(case.facts)
    lists = _scores_by_seed(case)
    if headline is None or headline.label != "val_bpb" or not lists:
        return []
    spans = [
        (min(scores, key=lambda fact: fact.number), max(scores, key=lambda fact: fact.number))
        for scores in lists
    ]
    # Which stage the headline is of differs: quantised, sliding, adapted. Any list will do, and
    # so will the score of one seed alone.
    if any(low.number - _SLACK <= headline.number <= high.number + _SLACK for low, high in spans):
        return []
    singles = (fact for scores in seed_scores(case.facts).values() for fact in scores)
    if any(abs(fact.number - headline.number) <= _SLACK for fact in singles):
        return []
    low, high = spans[0]
    return [
        Finding(
            f"`val_bpb` is {headline.number:g}, and its seeds lie between {low.number:g} and "
            f"{high.number:g}",
            (headline.source, low.source, high.source),
        )
    ]


def _scores_by_seed(case: Case) -> list[list[Fact]]:
    """The lists of scores by seed, one per key, those under a plain key first."""
    lists: dict[str, list[Fact]] = {}
    for scores in seed_scores(case.facts).values():
        for fact in scores:
            lists.setdefault(re.sub(r"\d+", "#", fact.label), []).append(fact)
    several = [scores for scores in lists.values() if len(scores) > 1]
    return sorted(several, key=lambda scores: not is_plain(scores[0]))


def _missing_fields(document: JsonText) -> list[str]:
    present = {
        str(leaf.path[0])
        for leaf in document.leaves
        if leaf.path and leaf.value is not None and leaf.value != ""
    }
    wanted = {
        "name": {"name", "title", "submission_name", "run_name", "submission"},
        "author": {"author", "authors", "github_id", "github", "github_username", "submitter"},
        "github_id": {"github_id", "github", "github_username", "github_handle", "author_github"},
        "val_bpb": {key for key in present if "bpb" in key.lower()},
    }
    return [name for name, spellings in wanted.items() if not spellings & present]


def _json(*lines: str) -> str:
    return "{\n" + ",\n".join(f"  {line}" for line in lines) + "\n}\n"


_WHO = ('"name": "Example"', '"author": "A"', '"github_id": "a"')
_SEEDS = '"seed_results": {"1": {"val_bpb": 1.0661}, "2": {"val_bpb": 1.0649}}'

RULE = Rule(
    id=_ID,
    title="submission.json is valid and complete",
    family=Family.PKG,
    severity=Severity.UNGRADABLE,
    requirement=(
        "`submission.json` is a JSON object that names the submission, its author and GitHub ID, "
        "and states `val_bpb`. A score over several seeds lies among the scores it lists for them."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "submission.json carries name, GitHub ID, val_bpb and related metadata.",
            date(2026, 3, 18),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/8",
            "Closed: neither a training log nor a measured val_bpb.",
            date(2026, 3, 19),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1981",
            "The stated score is the measured one less a constant, below every seed that the file "
            "lists.",
        ),
    ),
    fix=(
        "Make the file valid JSON, fill in name, author, github_id and val_bpb, and state the mean "
        "of the scores that the logs show."
    ),
    check=check,
    examples=(
        Example(
            ExampleKind.VALID,
            "the mean of two seeds",
            {"submission.json": _json(*_WHO, '"val_bpb": 1.0655', _SEEDS)},
        ),
        Example(
            ExampleKind.INVALID,
            "a trailing comma",
            {"submission.json": '{\n  "name": "Example",\n  "val_bpb": 1.2,\n}\n'},
        ),
        Example(
            ExampleKind.INVALID,
            "no score",
            {"submission.json": _json(*_WHO, '"val_bpb": null')},
        ),
        Example(
            ExampleKind.INVALID,
            "a score that none of its seeds reaches",
            {"submission.json": _json(*_WHO, '"val_bpb": 1.0607', _SEEDS)},
        ),
    ),
)
