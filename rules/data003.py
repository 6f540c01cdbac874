"""DATA003: the validation set is the official partition."""

from __future__ import annotations

import json
from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.evidence.attribution import attribute
from auditor.evidence.denominator import (
    Count,
    Reading,
    claimed_denominators,
    filled_shards,
    read_denominator,
)
from auditor.findings import Confidence, Finding, RuleResult
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source

_ID = "DATA003"


def check(case: Case) -> RuleResult:
    """Looks for validation sets that some preparation cut by itself."""
    text = case.ruleset.validation
    attribution = attribute(case.facts)
    answer = Answer(_ID, Confidence.HIGH if attribution.sure else Confidence.MEDIUM)
    found = claimed_denominators(case.facts, attribution)
    read = [read_denominator(denominator, text) for denominator in found]
    own = [reading for reading in read if _own_partition(reading)]
    if own and (attribution.sure or len(own) == len(read)):
        return _cut(answer, own, text.documents)
    if read and all(reading.count in (Count.RIGHT, Count.CLOSE) for reading in read):
        return answer.passes("Tokens and bytes are those of the official validation text.")
    if any(reading.count is Count.PART for reading in read):
        return answer.not_applicable("Only a part of the validation text is scored: see BPB003.")
    return Answer(_ID, Confidence.LOW).passes(
        "Nothing shows a validation set of its own; no log of the claimed runs identifies the set."
    )


def _own_partition(reading: Reading) -> bool:
    if reading.partial is not None and reading.partial.documents is None:
        return True
    tokens = reading.denominator.tokens
    unknown = reading.count in (Count.WRONG, Count.PART) and reading.export is None
    return unknown and tokens is not None and filled_shards(tokens) is not None


def _cut(answer: Answer, own: list[Reading], documents: int) -> RuleResult:
    worst = own[0]
    tokens = worst.denominator.tokens
    total = f"{worst.denominator.bytes or 0:,.0f} bytes"
    if worst.partial is not None:
        summary = f"The scored tokens are those of {worst.partial.cause}: {total}."
    else:
        filled = filled_shards(tokens) if tokens is not None else None
        summary = (
            f"The validation set ends after {filled or 0:,} tokens ({total}), not after the first "
            f"{documents:,} documents."
        )
    return answer.fails(summary, [_finding(reading) for reading in own])


def _finding(reading: Reading) -> Finding:
    tokens = reading.denominator.tokens
    score = reading.denominator.bpb.source
    where = (score,) if tokens is None else (tokens.source, score)
    return Finding(
        f"scores {tokens.number if tokens else 0:,.0f} tokens, {reading.off:+.1%} of the bytes",
        where,
    )


def _example(tokens: int, bpb: float) -> dict[str, str]:
    claim = {"name": "Example", "github_id": "someone", "val_bpb": bpb, "seeds": [42]}
    log = (
        f"seed:42\nval_tokens: {tokens}\n"
        f"quantized_ttt val_loss:2.40073153 val_bpb:{bpb:.8f} eval_time:401000ms\n"
    )
    return {"submission.json": json.dumps(claim, indent=2), "train_seed42.log": log}


RULE = Rule(
    id=_ID,
    title="The validation set is the official partition",
    family=Family.DATA,
    severity=Severity.INVALID,
    requirement=(
        "Scores are measured on the first 50,000 documents of the frozen list, in their order. A "
        "preparation that cuts a validation set of its own, by tokens or in parallel, scores "
        "another text."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 5, 2),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/2109",
            "Held out: a parallel preparation had emitted a validation set of its own.",
            date(2026, 5, 2),
        ),
    ),
    fix=(
        "Take the validation shards of the official export, or tokenize the first 50,000 documents "
        "of the frozen list in one pass, and print how many tokens they have."
    ),
    check=check,
    examples=(
        Example(ExampleKind.VALID, "50,000 documents", _example(47_851_520, 1.0970556)),
        Example(
            ExampleKind.INVALID, "a shard filled to fifty million", _example(49_999_872, 0.8748)
        ),
        Example(ExampleKind.INVALID, "a partition made in parallel", _example(36_562_944, 1.0034)),
    ),
)
