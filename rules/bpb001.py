"""BPB001: the score is divided by the bytes of the validation text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.evidence.attribution import Attribution, attribute
from auditor.evidence.denominator import (
    Count,
    Denominator,
    Reading,
    claimed_denominators,
    denominator_of_claim,
    denominators,
    drifting,
    read_denominator,
    stated_denominators,
)
from auditor.evidence.runs import Run, is_step
from auditor.facts import Facts
from auditor.findings import Confidence, Finding, RuleResult
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source
from auditor.ruleset import Validation
from auditor.trace.bytecounts import doubled_spaces, fixed_ratio
from auditor.trace.graph import Node
from auditor.trace.places import place
from rules.miniature import invalid, program

_ID = "BPB001"
_MOST_SHOWN = 20
_FEWEST_ODD = 2


def check(case: Case) -> RuleResult:
    """Recomputes the byte denominator of the claimed scores from what the logs print."""
    text = case.ruleset.validation
    attribution = attribute(case.facts)
    found = claimed_denominators(case.facts, attribution)
    answer = Answer(_ID, Confidence.HIGH if attribution.sure else Confidence.MEDIUM)
    if not found:
        return _by_code(case) or _by_claim(case, text)
    read = [read_denominator(denominator, text) for denominator in found]
    wrong = [reading for reading in read if reading.count is Count.WRONG]
    if wrong and (attribution.sure or len(wrong) == len(read)):
        more = [reading for reading in wrong if reading.off > 0]
        return _wrong(answer, more, text, attribution) if more else _fewer(answer, wrong, text)
    return (
        _close(answer, read, text)
        or _drift(answer, case.facts, attribution)
        or _right(answer, read)
        or _by_code(case)
        or _open(answer, read)
    )


def _wrong(
    answer: Answer, wrong: Sequence[Reading], text: Validation, attribution: Attribution
) -> RuleResult:
    worst = max(wrong, key=lambda reading: reading.off)
    summary = _implied(worst, text)
    if worst.miscount is not None:
        summary += f" That is the total when {worst.miscount.cause}."
    elif any(_has_right_line(run, text) for run in attribution.runs):
        summary += (
            " Other lines of the logs have the right one: the claimed loss and score do not come "
            "from one sum."
        )
    elif worst.export is None:
        summary += " The bytes are miscounted, or another text is scored."
    return answer.fails(summary, [_finding(reading) for reading in wrong])


def _fewer(answer: Answer, wrong: Sequence[Reading], text: Validation) -> RuleResult:
    worst = min(wrong, key=lambda reading: reading.off)
    return answer.needs_ruling(
        _implied(worst, text),
        [_finding(reading) for reading in wrong],
        strict="The score is not the bits per byte of the validation text.",
        lenient="Dividing by fewer bytes makes the score worse than it is.",
    )


def _implied(reading: Reading, text: Validation) -> str:
    whole = (reading.export.bytes if reading.export else None) or text.bytes
    return (
        f"Loss, score and tokens imply {reading.denominator.bytes or 0:,.0f} bytes, where the "
        f"validation text has {whole:,} ({reading.off:+.1%})."
    )


def _has_right_line(run: Run, text: Validation) -> bool:
    results = (line for line in denominators(run) if not is_step(line.bpb))
    return any(read_denominator(line, text).count is Count.RIGHT for line in results)


def _close(answer: Answer, read: Sequence[Reading], text: Validation) -> RuleResult | None:
    more = [reading for reading in read if reading.count is Count.CLOSE and reading.off > 0]
    if not more:
        return None
    worst = max(more, key=lambda reading: reading.off)
    return answer.needs_ruling(
        f"The score is divided by {worst.off:.2%} more bytes than the validation text has.",
        [_finding(reading) for reading in more],
        strict=f"{worst.denominator.bytes:,.0f} bytes are not the {text.bytes:,} of the text, and "
        "the score is lower by that share.",
        lenient="A share this small can come from how a tokenizer treats rare characters or from "
        "a tail that is not scored.",
    )


def _drift(answer: Answer, facts: Facts, attribution: Attribution) -> RuleResult | None:
    """One loop over the same tokens cannot have several denominators."""
    for run in attribution.runs:
        lines = denominators(run)
        # One line may be of another evaluation; several are not of one loop.
        if len(drifting(lines)) < _FEWEST_ODD:
            continue
        odd = drifting(lines, denominator_of_claim(run, facts))
        return answer.needs_ruling(
            f"{len(odd)} validation lines of one run imply other bytes per token than the rest of "
            "its log, beyond what their digits leave open.",
            [_per_token(line) for line in odd[:_MOST_SHOWN]],
            strict="A loop that scores the same tokens each time has one denominator: these lines "
            "were not printed by one.",
            lenient="A loop that scores another part of the text each time has a denominator that "
            "changes with it.",
        )
    return None


def _right(answer: Answer, read: Sequence[Reading]) -> RuleResult | None:
    if any(reading.count is Count.OPEN for reading in read):
        return None
    return replace(answer.passes(_told(read[0])), findings=(_finding(read[0]),))


def _by_code(case: Case) -> RuleResult | None:
    """What the program counts, where no log tells the outcome."""
    trace = case.trace
    if trace.cone is None or trace.claimed is None:
        return None
    answer = Answer.on_trace(_ID, case)
    doubled = next(doubled_spaces(trace.cone), None)
    if doubled is not None:
        return answer.fails(
            "The space before a word is counted in the table of sizes and again when scoring.",
            _places((doubled.table, "in the table"), (doubled.scoring, "added again")),
        )
    fixed = fixed_ratio(trace.claimed.node, trace.scores)
    if fixed is not None:
        return answer.fails(
            f"The number of bytes is not counted: {fixed.value:.4g} bytes per token are assumed.",
            _places((fixed.node, f"{fixed.value:.4g} bytes per token, a constant")),
        )
    return None


def _places(*nodes: tuple[Node, str]) -> list[Finding]:
    found = [(place(node, note), note) for node, note in nodes]
    return [Finding(note, (where,)) for where, note in found if where is not None]


def _open(answer: Answer, read: Sequence[Reading]) -> RuleResult:
    known = next((reading for reading in read if reading.miscount is not None), None)
    if known is not None and known.miscount is not None:
        return answer.unknown(
            f"{known.denominator.per_token:.4f} bytes per token would follow if "
            f"{known.miscount.cause}: print the number of validation tokens.",
            [_finding(known)],
        )
    return answer.unknown(
        "No log says how many tokens were scored, and the bytes per token are those of no known "
        "export: print the number of validation tokens.",
        [_finding(read[0])],
    )


def _by_claim(case: Case, text: Validation) -> RuleResult:
    answer = Answer(_ID, Confidence.LOW)
    stated = stated_denominators(case.facts)
    for denominator in stated[:1]:
        reading = read_denominator(denominator, text)
        if reading.count is Count.RIGHT:
            return answer.passes(f"By the JSON alone: {_told(reading)}")
    return answer.unknown(
        "No line of a log of the claimed runs prints a loss with its score, so the denominator "
        "cannot be recomputed."
    )


def _told(reading: Reading) -> str:
    per_token = f"{reading.denominator.per_token:.4f} bytes per token"
    export = f", as for {reading.export.name}" if reading.export else ""
    if reading.denominator.bytes is None:
        return f"The score implies {per_token}{export}."
    return f"The score implies {reading.denominator.bytes:,.0f} bytes, {per_token}{export}."


def _finding(reading: Reading) -> Finding:
    denominator = reading.denominator
    locations = [denominator.bpb.source]
    message = _arithmetic(denominator)
    if denominator.tokens is not None:
        locations.append(denominator.tokens.source)
    return Finding(message, tuple(locations))


def _arithmetic(denominator: Denominator) -> str:
    per_token = (
        f"{denominator.loss.number:g} / (ln 2 * {denominator.bpb.number:g}) = "
        f"{denominator.per_token:.5f} bytes per token"
    )
    if denominator.tokens is None:
        return per_token
    return f"{per_token}, times {denominator.tokens.number:,.0f} = {denominator.bytes:,.0f}"


def _per_token(line: Denominator) -> Finding:
    return Finding(
        f"{line.per_token:.5f} bytes per token, give or take {line.rounding:.0e}",
        (line.bpb.source,),
    )


_PIECES = """
def sizes_of(model_file):
    import sentencepiece

    sp = sentencepiece.SentencePieceProcessor(model_file=model_file)
    sizes = torch.zeros(1024)
    spaced = torch.zeros(1024, dtype=torch.bool)
    first = torch.zeros(1024, dtype=torch.bool)
    for i in range(1024):
        piece = sp.id_to_piece(i)
        if sp.is_control(i):
            first[i] = True
        elif piece.startswith("\u2581"):
            spaced[i] = True
            sizes[i] = len(piece[1:].encode("utf-8")){space}
        else:
            sizes[i] = len(piece.encode("utf-8"))
    return sizes, spaced, first


def count_bytes(tokens):
    sizes, spaced, first = sizes_of("tokenizer.model")
    before, scored = tokens[:-1], tokens[1:]
    return (sizes[scored] + (spaced[scored] & ~first[before])).sum().item()

"""


def _counting(space: str) -> str:
    """A program that counts bytes, with or without the space in the table of piece sizes."""
    return program(_PIECES.replace("{space}", space))


def _assuming(tokens_per_byte: str) -> str:
    counted = "val_tokens.numel() / count_bytes(val_tokens)"
    return program().replace(counted, tokens_per_byte)


def _example(bpb: float, tokens: int = 62_021_632, steps: Sequence[float] = ()) -> dict[str, str]:
    claim = {"name": "Example", "github_id": "someone", "val_bpb": bpb, "seeds": [42]}
    lines = ["seed:42", f"val_loader:shards pattern=fineweb_val_*.bin tokens:{tokens}"]
    lines += [
        f"step:{1000 * i}/5000 val_loss:1.9234 val_bpb:{score:.4f} train_time:{1000 * i}ms"
        for i, score in enumerate(steps)
    ]
    lines.append(f"final_int6_roundtrip_exact val_loss:1.91228074 val_bpb:{bpb:.8f}")
    return {
        "submission.json": json.dumps(claim, indent=2),
        "train_seed42.log": "\n".join(lines) + "\n",
    }


RULE = Rule(
    id=_ID,
    title="The score is divided by the bytes of the validation text",
    family=Family.BPB,
    severity=Severity.INVALID,
    requirement=(
        "The denominator of bits per byte is the number of UTF-8 bytes of the original validation "
        "text: the first 50,000 documents, 151.08 million bytes for every tokenizer. It follows "
        "from what a log prints: loss times tokens, over ln 2 times the score."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "Whoever changes the tokenizer or the data has to prove that the score is right.",
            date(2026, 3, 18),
        ),
        Source(
            "https://github.com/openai/parameter-golf/issues/1719",
            "Scores that counted the space before a word twice were found too low by a seventh.",
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1806",
            "A merged row was taken back because its denominator was wrong.",
            date(2026, 4, 26),
        ),
    ),
    fix=(
        "Count the bytes of each piece without its leading space, add that space once when "
        "scoring, give control pieces no bytes, and check that the sum over all of validation "
        "equals the size of its text."
    ),
    check=check,
    examples=(
        Example(ExampleKind.VALID, "2.43592 bytes per token of sp1024", _example(1.13256182)),
        Example(
            ExampleKind.VALID,
            "validation lines within their rounding",
            _example(1.13256182, steps=(1.1391, 1.1392, 1.1391)),
        ),
        Example(
            ExampleKind.VALID,
            "the space added once, when scoring",
            {**_example(1.13256182), "train_gpt.py": _counting("")},
        ),
        invalid("the space in the table of sizes and added when scoring", _counting(" + 1")),
        invalid("2.4 bytes per token, whatever the text", _assuming("0.41")),
        Example(ExampleKind.INVALID, "the space before a word counted twice", _example(0.97036)),
        Example(
            ExampleKind.INVALID,
            "bytes of another text",
            _example(0.9, tokens=64_000_000),
        ),
    ),
)
