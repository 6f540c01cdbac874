"""DATA006: the text is scored as it stands, without a lossy normalisation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.findings import Confidence, Finding, Location, RuleResult
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source
from auditor.texts import TextLines

_ID = "DATA006"
_FOLDED = re.compile(
    r"case[-_ ]?fold\w*|lower-?cas(?:ed|ing)\s+(?:the\s+)?(?:text|corpus|vocab\w*|tokens|data)",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:no|not|without|lossless|instead of|unlike|never|rejected)\b", re.IGNORECASE
)
_MOST = 6
_LONGEST_LINE = 4_000


def check(case: Case) -> RuleResult:
    """Looks for a tokenizer or an export that folds the case of the text."""
    answer = Answer(_ID, Confidence.MEDIUM)
    said = [finding for text in _stated(case) for finding in _lines(text)]
    if said:
        return answer.needs_ruling(
            "The text is folded to one case before it is tokenised, which loses bytes.",
            said[:_MOST],
            strict="The bytes that are charged must be recoverable from the tokens; folded text is "
            "an easier one.",
            lenient="The official tokenizers normalise as well, and bytes are counted on the "
            "folded text throughout.",
        )
    return Answer(_ID, Confidence.LOW).passes("Nothing says that the text is folded or rewritten.")


def _stated(case: Case) -> Iterator[TextLines]:
    """What names the data of the runs: the logs first, then the documents where a title agrees."""
    yield from case.texts.logs
    if any(_FOLDED.search(title) for title in case.texts.titles):
        yield from case.texts.documents


def _lines(text: TextLines) -> Iterator[Finding]:
    for number, line in text.lines:
        match = _FOLDED.search(line[:_LONGEST_LINE])
        if match and not _NOT.search(line[:_LONGEST_LINE]):
            where = Location(text.file, number, number)
            yield Finding(f"folded text: {match[0][:80]}", (where,))
            return


def _example(kind: ExampleKind, title: str, log: str) -> Example:
    return Example(kind, title, {"README.md": "# Example\n", "train_seed1.log": log})


RULE = Rule(
    id=_ID,
    title="No lossy normalisation of the text",
    family=Family.DATA,
    severity=Severity.INVALID,
    requirement=(
        "Other tokenizers and reversible transforms are allowed, charged by the bytes of the "
        "original text. Whether a lossy normalisation, such as folding case, may be scored on is "
        "for the organisers."
    ),
    authority=Authority.COMMUNITY,
    in_force=date(2026, 4, 13),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/issues/1604",
            "Asks whether text with folded case is still the validation text; unanswered.",
            date(2026, 4, 13),
        ),
    ),
    fix="Use a reversible transform, and charge the bytes of the text before it.",
    check=check,
    examples=(
        _example(ExampleKind.VALID, "the official export", "data_path:./data/fineweb10B_sp1024\n"),
        _example(
            ExampleKind.VALID,
            "an export with folded case: left to a ruling",
            "data_path:./data/fineweb10B_casefold_sp8192\n",
        ),
    ),
)
