"""REP001: the logs show the shipped code."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.findings import Finding, RuleResult
from auditor.provenance.dumps import Dump, dumps
from auditor.provenance.evidence import claimed_logs, shipped_code
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source
from rules.miniature import program

_ID = "REP001"


def check(case: Case) -> RuleResult:
    """Compares the copies of source in the claimed logs with the code that is shipped."""
    answer = Answer(_ID)
    logs, _ = claimed_logs(case)
    if not logs:
        return answer.not_applicable("No log of a claimed run is shipped.")
    shipped = shipped_code(case)
    if not shipped:
        return answer.not_applicable("No code is shipped that a log could show.")
    found = list(dumps(case.submission.snapshot, [log.file for log in logs], shipped))
    if not found:
        return answer.not_applicable("The logs carry no copy of their source.")
    other = [dump for dump in found if dump.differs]
    if not other:
        return answer.passes(f"{len(found)} logs carry a copy of the shipped code.")
    worst = max(other, key=lambda dump: dump.own)
    return answer.needs_ruling(
        f"The log carries a script of {worst.size:,} bytes, of which {worst.own:,} of "
        f"{worst.lines:,} lines of code are not in the shipped code; {worst.nearest} has "
        f"{worst.lacking:,} lines that the log's script lacks.",
        [_finding(dump) for dump in other],
        strict="The result is of other code than is shipped, and cannot be reproduced from it.",
        lenient="The author may have removed or renamed parts that the run did not use.",
    )


def _finding(dump: Dump) -> Finding:
    places = (dump.where,) if dump.first is None else (dump.first, dump.where)
    return Finding(
        f"a copy of {dump.size:,} bytes with {dump.own:,} lines of its own; the first is the one "
        "cited",
        places,
    )


_SCRIPT = program()
_RESULT = "final_exact val_loss:1.89680000 val_bpb:1.12340000\n"

RULE = Rule(
    id=_ID,
    title="Logs show the shipped code",
    family=Family.REP,
    severity=Severity.UNGRADABLE,
    requirement=(
        "Where a log carries the source of its run, that source is the code in the record folder: "
        "a result can be reproduced from what is shipped."
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
            "https://github.com/openai/parameter-golf/issues/1594",
            "A log that was printed by another revision of the script.",
        ),
    ),
    fix="Ship the script that printed the log, or run the shipped one again.",
    check=check,
    examples=(
        Example(
            ExampleKind.VALID,
            "the log begins with the shipped script",
            {"train_gpt.py": _SCRIPT, "train.log": _SCRIPT + "=" * 100 + "\n" + _RESULT},
        ),
        Example(
            ExampleKind.VALID,
            "the log begins with another script, which is a question",
            {
                "train_gpt.py": _SCRIPT,
                "train.log": _SCRIPT.replace("dim=64", "dim=96") + "=" * 100 + "\n" + _RESULT,
            },
        ),
    ),
)
