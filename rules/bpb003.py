"""BPB003: the whole validation set is scored, once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.evidence.attribution import Attribution, attribute
from auditor.evidence.denominator import (
    Count,
    Reading,
    claimed_denominators,
    known_partial,
    read_denominator,
)
from auditor.facts import Fact, Quantity
from auditor.findings import Confidence, Finding, RuleResult
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source
from auditor.ruleset import Partial, Validation
from auditor.trace.bytecounts import bounds
from auditor.trace.places import place
from rules.miniature import invalid, program

_ID = "BPB003"


def check(case: Case) -> RuleResult:
    """Compares the tokens behind the claimed scores, and their bytes, with the whole text."""
    text = case.ruleset.validation
    attribution = attribute(case.facts)
    answer = Answer(_ID, Confidence.HIGH if attribution.sure else Confidence.MEDIUM)
    found = claimed_denominators(case.facts, attribution)
    read = [read_denominator(denominator, text) for denominator in found]
    parts = [reading for reading in read if reading.count is Count.PART]
    if parts and (attribution.sure or len(parts) == len(read)):
        return _in_part(answer, parts, text)
    counts = list(_token_counts(attribution))
    known = [(fact, partial) for fact in counts if (partial := known_partial(fact, text))]
    if known and (attribution.sure or len(known) == len(counts)):
        return _known_part(answer, known)
    if read and all(reading.count in (Count.RIGHT, Count.CLOSE) for reading in read):
        return _whole(answer, read[0])
    bounded = _bounded(case)
    if bounded is not None:
        return bounded
    return answer.unknown(
        "The logs of the claimed runs do not tell how much of the validation text was scored: "
        "print the number of tokens, and the loss with the score."
    )


def _in_part(answer: Answer, parts: list[Reading], text: Validation) -> RuleResult:
    least = min(parts, key=lambda reading: reading.denominator.bytes or 0.0)
    total = least.denominator.bytes or 0.0
    summary = (
        f"{total:,.0f} bytes are scored, {total / text.bytes:.1%} of the validation text of "
        f"{text.bytes:,}."
    )
    if least.partial is not None:
        summary += f" Its tokens are those of {least.partial.cause}."
    return answer.fails(summary, [_finding(reading) for reading in parts])


def _known_part(answer: Answer, known: list[tuple[Fact, Partial]]) -> RuleResult:
    fact, partial = known[0]
    return answer.fails(
        f"{fact.number:,.0f} validation tokens are those of {partial.cause}, not of the whole.",
        [Finding(f"scores {f.number:,.0f} tokens", (f.source,)) for f, _ in known],
    )


def _bounded(case: Case) -> RuleResult | None:
    """A loop over the scored tokens that stops after so many turns, whatever the text needs."""
    for bound in bounds(case.trace.scores):
        where = place(bound.node, "bounds the loop over the scored tokens")
        if where is not None:
            return Answer.on_trace(_ID, case).fails(
                f"The scoring loop turns at most {bound.turns:,} times, however long the text is.",
                [Finding(f"stops after {bound.turns:,} turns", (where,))],
            )
    return None


def _whole(answer: Answer, reading: Reading) -> RuleResult:
    tokens = reading.denominator.tokens
    if tokens is None:
        return Answer(_ID, Confidence.LOW).passes(
            "No log gives the number of tokens; the bytes per token are those of the whole text."
        )
    return answer.passes(
        f"{tokens.number:,.0f} tokens with {reading.denominator.bytes:,.0f} bytes are scored, "
        "the whole of the validation text."
    )


def _token_counts(attribution: Attribution) -> Iterator[Fact]:
    for run in attribution.runs:
        fact = run.last(Quantity.VAL_TOKENS)
        if fact is not None:
            yield fact


def _finding(reading: Reading) -> Finding:
    denominator = reading.denominator
    tokens = denominator.tokens
    where = (denominator.bpb.source,) if tokens is None else (tokens.source, denominator.bpb.source)
    return Finding(
        f"{tokens.number if tokens else 0:,.0f} tokens of {denominator.per_token:.5f} bytes are "
        f"{denominator.bytes or 0:,.0f} bytes",
        where,
    )


_FIRST_WINDOWS = """
@torch.no_grad()
def evaluate(model, tokens, window=1024):
    total, count = 0.0, 0
    for i in range(min(500, (tokens.numel() - 1) // window)):
        x = tokens[i * window : (i + 1) * window]
        y = tokens[i * window + 1 : (i + 1) * window + 1]
        total += loss_of(model, x[None], y[None], "sum").item()
        count += y.numel()
    return total / count

"""


def _example(tokens: int, bpb: float) -> dict[str, str]:
    claim = {"name": "Example", "github_id": "someone", "val_bpb": bpb, "seeds": [42]}
    log = (
        f"seed:42\nval_tokens: {tokens}\n"
        f"quantized_ttt val_loss:2.32177184 val_bpb:{bpb:.8f} eval_time:401000ms\n"
    )
    return {"submission.json": json.dumps(claim, indent=2), "train_seed42.log": log}


RULE = Rule(
    id=_ID,
    title="The whole validation set is scored, once",
    family=Family.BPB,
    severity=Severity.INVALID,
    requirement=(
        "The score counts every token of all validation shards exactly once: no subset of the "
        "documents, no random batches, no extrapolation. A tail that does not fill a sequence may "
        "be left out."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "Scores are on the full, fixed validation split.",
            date(2026, 3, 18),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1835",
            "Not accepted: only the first three million tokens were scored.",
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/2109",
            "Held out: the validation set was not the official partition.",
            date(2026, 5, 2),
        ),
    ),
    fix=(
        "Evaluate on all shards that match `fineweb_val_*`, made from the first 50,000 documents, "
        "and print how many tokens they have."
    ),
    check=check,
    examples=(
        Example(ExampleKind.VALID, "all 50,000 documents", _example(47_851_520, 1.06095913)),
        Example(ExampleKind.INVALID, "the first 10,000 documents", _example(9_662_464, 1.0803)),
        invalid("the first 500 windows", program(evaluate=_FIRST_WINDOWS)),
        Example(ExampleKind.INVALID, "one shard cut to a million", _example(1_048_576, 1.06095913)),
    ),
)
