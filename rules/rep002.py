"""REP002: the shipped code can print the lines of the logs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.findings import Confidence, Finding, Location, RuleResult
from auditor.provenance.cadence import OffBeat, off_beat
from auditor.provenance.evidence import claimed_logs, is_read, printers
from auditor.provenance.foreign import Foreign, Kind, foreign_lines, shape_of
from auditor.provenance.silent import Silence, silence
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source
from auditor.texts import TextLines
from auditor.trace.claimlines import claimed_lines
from rules.miniature import program

_ID = "REP002"
#: A launcher or a wrapper adds a line or two of its own.
_STRAY = 2
_MOST_SHOWN = 12


def check(case: Case) -> RuleResult:
    """Looks for lines that no statement prints, or only in another form or at other steps."""
    answer = Answer(_ID)
    logs, sure = claimed_logs(case)
    if not logs:
        return answer.not_applicable("No log of a claimed run is shipped.")
    if not is_read(case):
        return answer.unknown("Not all code that may have printed the logs could be read.")
    known = printers(case)
    foreign = [line for log in logs for line in foreign_lines(log, known.grammar, known.words)]
    beats = [line for log in logs for line in off_beat(log, known.grammar)]
    findings = _findings(foreign, beats, _excerpts(case, logs))
    carrying = _carrying_claim(case, foreign) if sure else []
    if carrying:
        summary = "The line that carries the claimed score is none of the shipped code"
        return answer.fails(f"{summary}: {carrying[0].kind}.", findings)
    if foreign and beats:
        return answer.fails(
            f"{_count(foreign)} no statement of the shipped code prints as they stand, and "
            f"{len(beats)} stand at steps that their statement does not print.",
            findings,
        )
    if beats or _telling(foreign):
        what = _count(foreign) if foreign else f"{len(beats)} lines at steps that"
        return Answer(_ID, Confidence.MEDIUM).needs_ruling(
            f"{what} the shipped code does not print.",
            findings,
            strict="The log was printed by other code, or was edited.",
            lenient="A launcher, a wrapper or an earlier revision of the script printed them.",
        )
    stray = len({shape_of(line.text) for line in foreign})
    but = f", but for {stray} stray ones" if stray else ""
    return answer.passes(f"The shipped code prints the lines of its logs{but}.")


def _telling(foreign: Sequence[Foreign]) -> bool:
    """Whether the lines are more than the stray ones of a launcher."""
    shapes = {shape_of(line.text) for line in foreign}
    return len(shapes) > _STRAY or any(line.kind is Kind.FORM for line in foreign)


def _carrying_claim(case: Case, foreign: Sequence[Foreign]) -> list[Foreign]:
    claimed = {
        (line.where.file, line.where.line_start) for line in claimed_lines(case.facts, case.texts)
    }
    found = {
        (line.where.file, line.where.line_start): line
        for line in foreign
        if (line.where.file, line.where.line_start) in claimed
    }
    # A result is often printed twice; one line that the code prints is enough.
    return list(found.values()) if found and len(found) == len(claimed) else []


def _excerpts(case: Case, logs: Sequence[TextLines]) -> list[tuple[TextLines, Silence]]:
    claimed = case.trace.claimed
    if claimed is None:
        return []
    found = [(log, silence(case.trace.reports, claimed.event.seq, log)) for log in logs]
    return [(log, silent) for log, silent in found if silent.is_excerpt]


def _count(foreign: Sequence[Foreign]) -> str:
    return "One line that" if len(foreign) == 1 else f"{len(foreign)} lines that"


def _findings(
    foreign: Sequence[Foreign],
    beats: Sequence[OffBeat],
    excerpts: Sequence[tuple[TextLines, Silence]],
) -> list[Finding]:
    found = []
    for line in foreign[:_MOST_SHOWN]:
        places = (line.where,) if line.nearest is None else (line.where, line.nearest)
        found.append(Finding(f"{line.kind}: {line.text[:160]}", places))
    found += [
        Finding(
            f"its statement prints no such step: {beat.text[:160]}", (beat.where, beat.statement)
        )
        for beat in beats[:_MOST_SHOWN]
    ]
    for log, silent in excerpts:
        message = (
            f"{len(silent.missing)} of {silent.always} lines that the program always prints before "
            "its result are not in the log"
        )
        first = log.lines[0][0] if log.lines else 1
        found.append(Finding(message, (Location(log.file, first, first), *silent.statements[:3])))
    return found


_PROGRESS = """
@torch.no_grad()
def evaluate(model, tokens, window=1024):
    total, count = 0.0, 0
    for i, start in enumerate(range(0, tokens.numel() - 1, window)):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        total += loss_of(model, x[None, : y.numel()], y[None], "sum").item()
        count += y.numel()
        if i % 10 == 0:
            print(f"window {i + 1} running_loss:{total / count:.4f}")
    return total / count

"""
_RESULT = "final_exact val_loss:1.89680000 val_bpb:1.12340000\n"
_CLAIM = '{"name": "Example", "github_id": "someone", "val_bpb": 1.1234}'


def _example(kind: ExampleKind, title: str, log: str) -> Example:
    script = program(evaluate=_PROGRESS)
    return Example(
        kind, title, {"train_gpt.py": script, "submission.json": _CLAIM, "train.log": log}
    )


RULE = Rule(
    id=_ID,
    title="The shipped code prints the lines of its logs",
    family=Family.REP,
    severity=Severity.UNGRADABLE,
    requirement=(
        "Every report in the log of a claimed run can be printed by the code in the record folder: "
        "some statement has its words, its number formats, and comes to print at its step. A log "
        "that was printed by other code shows nothing about the code that is shipped."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 19),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "Results that cannot be reproduced may be disqualified.",
            date(2026, 3, 19),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/861",
            "A log with lines that no statement of its script prints.",
        ),
    ),
    fix="Ship the script that printed the log together with every helper, and the log as it is.",
    check=check,
    examples=(
        _example(
            ExampleKind.VALID,
            "every line has its statement",
            "window 1 running_loss:7.1020\nwindow 11 running_loss:2.3011\n" + _RESULT,
        ),
        _example(
            ExampleKind.VALID,
            "another number format is a question",
            "window 1 running_loss:7.10\nwindow 11 running_loss:2.30\n" + _RESULT,
        ),
        _example(
            ExampleKind.INVALID,
            "a phase the script does not have, and progress it would not print",
            "window 5 running_loss:7.1020\nngram_cache: prefilled buckets:4194304\n" + _RESULT,
        ),
        _example(
            ExampleKind.INVALID,
            "nothing in the script prints the claimed score",
            "sliding_ttt val_loss:1.89680000 val_bpb:1.12340000 gain:0.0123\n",
        ),
    ),
)
