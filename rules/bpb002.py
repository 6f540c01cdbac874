"""BPB002: text that was transformed before it was tokenized is charged by its original bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from itertools import islice

from auditor.answer import Answer
from auditor.case import Case
from auditor.evidence.attribution import attribute
from auditor.evidence.denominator import (
    Count,
    Reading,
    claimed_denominators,
    read_denominator,
)
from auditor.findings import Confidence, Finding, RuleResult
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source
from auditor.trace.bytecounts import piece_sizes
from auditor.trace.places import place

_ID = "BPB002"
#: The total of the transformed text matches up to this share.
_SAME = 0.004
_MOST_PLACES = 3


def check(case: Case) -> RuleResult:
    """Tells by the number of tokens whether the text was transformed, then checks its bytes."""
    attribution = attribute(case.facts)
    answer = Answer(_ID, Confidence.HIGH if attribution.sure else Confidence.MEDIUM)
    found = claimed_denominators(case.facts, attribution)
    read = [read_denominator(denominator, case.ruleset.validation) for denominator in found]
    on_transform = [r for r in read if r.export is not None and r.export.transformed_bytes]
    if not on_transform:
        return answer.not_applicable("No log shows a known transformed export of the text.")
    charged = [reading for reading in on_transform if _by_transformed_bytes(reading)]
    if charged:
        return _transformed(case, answer, charged)
    if all(reading.count in (Count.RIGHT, Count.CLOSE, Count.PART) for reading in on_transform):
        return answer.passes("The bytes are those of the text before the transform.")
    return answer.unknown(
        "The bytes are neither those of the original nor of the transformed text."
    )


def _by_transformed_bytes(reading: Reading) -> bool:
    total = reading.denominator.bytes
    wrong = reading.export.transformed_bytes if reading.export else None
    return total is not None and wrong is not None and abs(total / wrong - 1.0) <= _SAME


def _transformed(case: Case, answer: Answer, charged: list[Reading]) -> RuleResult:
    worst = charged[0]
    name = worst.export.name if worst.export else "the export"
    return answer.fails(
        f"The tokens are those of {name}, and the score is divided by "
        f"{worst.denominator.bytes or 0:,.0f} bytes: those of the transformed text "
        f"({worst.off:+.1%}).",
        [*(_finding(reading) for reading in charged), *_counted_from_pieces(case)],
    )


def _counted_from_pieces(case: Case) -> Iterator[Finding]:
    nodes = piece_sizes(case.trace.cone) if case.trace.cone is not None else ()
    places = dict.fromkeys(found for node in nodes if (found := place(node)))
    for where in islice(places, _MOST_PLACES):
        yield Finding("the bytes are put together from the tokens' pieces", (where,))


def _finding(reading: Reading) -> Finding:
    denominator = reading.denominator
    where = [denominator.bpb.source]
    if denominator.tokens is not None:
        where.append(denominator.tokens.source)
    return Finding(
        f"{denominator.per_token:.5f} bytes per token, where the original text has "
        f"{reading.export.bytes_per_token if reading.export else 0:.5f}",
        tuple(where),
    )


def _example(bpb: float) -> dict[str, str]:
    claim = {"name": "Example", "github_id": "someone", "val_bpb": bpb, "seeds": [42]}
    log = (
        "seed:42\nval_tokens: 47851520\n"
        f"quantized_ttt val_loss:2.40073153 val_bpb:{bpb:.8f} eval_time:401000ms\n"
    )
    return {"submission.json": json.dumps(claim, indent=2), "train_seed42.log": log}


RULE = Rule(
    id=_ID,
    title="A transformed text is charged by its original bytes",
    family=Family.BPB,
    severity=Severity.INVALID,
    requirement=(
        "Where the text is transformed without loss before it is tokenized, for example with "
        "operators for capital letters, bits are divided by the bytes of the original text. The "
        "operators have no bytes. The byte counts come from the sidecar of the export, in every "
        "evaluation path."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 4, 19),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/1736",
            "Accepted: byte counts per token are read from the sidecar of the original text.",
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/2071",
            "Not accepted: a transformed export was scored with byte counts of its pieces.",
            date(2026, 5, 2),
        ),
    ),
    fix=(
        "Switch the sidecar on for every evaluation path, stop when the file is missing, and do "
        "not put a transformed export under the path of the plain one."
    ),
    check=check,
    examples=(
        Example(ExampleKind.VALID, "original bytes of the export", _example(1.0970556)),
        Example(ExampleKind.INVALID, "bytes of the pieces with operators", _example(1.00692894)),
    ),
)
