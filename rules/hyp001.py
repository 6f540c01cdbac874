"""HYP001: nothing is chosen by what it scored on validation."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.evidence.headline import claimed_bpb, seed_scores
from auditor.facts import Fact, Facts
from auditor.findings import Confidence, Finding, Location, RuleResult
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source

_ID = "HYP001"
#: Searching over stored outcomes of the validation text. Trying a few settings is ordinary work.
_SEARCHED = re.compile(
    r"\b(?:swe(?:ep|pt)\w*|grid[- ]?search\w*|search(?:ed)?|optimi[sz]ed|tuned|fitted|"
    r"replay(?:ed)?)\b"
    r"[^.|\n]{0,120}\b(?:dump(?:ed)?|stored|saved|cached|recorded)\b[^.|\n]{0,60}"
    r"(?:nll|loss|logit|log-?prob|distribution|probabilit|target|token|val|score|\([a-z, ]+\))",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"\b(?:no|not|never|nothing|without|none)\b", re.IGNORECASE)
_LONGEST_LINE = 4_000
#: A mean over the best seeds of several agrees with the headline to its digits.
_SAME = 2e-5
_FEWEST = 2


def check(case: Case) -> RuleResult:
    """Looks for searches over dumped outcomes, and for a mean over the best of several seeds."""
    answer = Answer(_ID, Confidence.MEDIUM)
    searched = list(_searches(case))
    if searched:
        return answer.needs_ruling(
            "The documents say that settings were searched for on stored validation outcomes.",
            searched,
            strict="A gate, order or threshold that was chosen on the validation text has seen it.",
            lenient="Trying settings is allowed, and a handful of constants can hold little.",
        )
    chosen = _chosen_seeds(case.facts)
    if chosen:
        count, of = len(chosen), len(seed_scores(case.facts))
        return answer.needs_ruling(
            f"The claimed mean is over the best {count} of {of} seeds that were run.",
            [Finding(f"counted: {fact.number:g}", (fact.source,)) for fact in chosen],
            strict="Seeds are chosen by what they score, which the README bars.",
            lenient="The others are disclosed, and failed for another reason than their score.",
        )
    return Answer(_ID, Confidence.LOW).passes("Nothing says that a choice was made on validation.")


def _searches(case: Case) -> Iterator[Finding]:
    for document in case.texts.documents:
        for number, line in document.lines:
            match = _SEARCHED.search(line[:_LONGEST_LINE])
            if match and not _NEGATED.search(line[: match.end()]):
                where = Location(document.file, number, number)
                yield Finding(f"searched on stored outcomes: {match[0][:160]}", (where,))


def _chosen_seeds(facts: Facts) -> list[Fact]:
    """The seeds behind the headline, where they are the best of more and the mean of all is not."""
    headline = claimed_bpb(facts)
    scores = sorted((claims[0] for claims in seed_scores(facts).values()), key=lambda f: f.number)
    if headline is None or len(scores) <= _FEWEST or _is_mean(scores, headline):
        return []
    for count in range(_FEWEST, len(scores)):
        if _is_mean(scores[:count], headline):
            return scores[:count]
    return []


def _is_mean(scores: list[Fact], headline: Fact) -> bool:
    mean = math.fsum(score.number for score in scores) / len(scores)
    return abs(mean - headline.number) <= _SAME


def _example(kind: ExampleKind, title: str, readme: str = "", claimed: float = 1.1020) -> Example:
    seeds = {"1": 1.1000, "2": 1.1010, "3": 1.1020, "4": 1.1050}
    claim = {
        "name": "Example",
        "github_id": "someone",
        "val_bpb": claimed,
        "seed_results": {seed: {"val_bpb": score} for seed, score in seeds.items()},
    }
    files = {
        "submission.json": json.dumps(claim, indent=2),
        "README.md": f"# Example\n\n{readme}\n",
    }
    return Example(kind, title, files)


RULE = Rule(
    id=_ID,
    title="Nothing is chosen by what it scored on validation",
    family=Family.HYP,
    severity=Severity.INVALID,
    requirement=(
        "Trying settings is ordinary work. Gates, orders and thresholds that were searched for on "
        "stored validation targets or losses are no evidence for a record, and neither is a mean "
        "over the seeds that did best."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 5, 2),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "No searching over seeds.",
            date(2026, 3, 18),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/2098",
            "A gate that was tuned on dumped validation outcomes.",
            date(2026, 5, 2),
        ),
    ),
    fix="Choose settings on training text that was held out, and count every seed that was run.",
    check=check,
    examples=(
        _example(ExampleKind.VALID, "all seeds count", claimed=1.1020),
        _example(
            ExampleKind.VALID, "the best three of four are claimed, a question", claimed=1.1010
        ),
        _example(
            ExampleKind.VALID,
            "a gate from a sweep over stored losses, a question",
            "The gate comes from a sweep on the dumped validation losses.",
        ),
    ),
)
