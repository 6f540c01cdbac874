"""NET001: the evaluation reaches for nothing outside the artifact."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import event_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.events import EventKind
from rules.miniature import invalid, program, valid

_ID = "NET001"


def check(case: Case) -> RuleResult:
    """Asks the trace for downloads after training, and before it."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    trace = case.trace
    reached = trace.of(EventKind.NETWORK)
    if not reached:
        return answer.passes("The program reaches for no network.")
    trained = trace.deadline.last_step if trace.deadline is not None else trace.last_training_step
    late = [event for event in reached if event.seq > trained]
    if late:
        return answer.fails(
            "Something is fetched over the network after training, where only the artifact counts.",
            event_findings(late, f"reaches for the network: {late[0].data}"),
        )
    return answer.passes("The network is used before training only, as data preparation does.")


_TOKENIZER = """
import urllib.request

urllib.request.urlretrieve("https://example.org/table.bin", "table.bin")
"""

RULE = Rule(
    id=_ID,
    title="No network at evaluation",
    family=Family.NET,
    severity=Severity.INVALID,
    requirement=(
        "The artifact is self-contained: no downloads, network calls or package installations "
        "while the score is computed."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "No external downloads, training data or network calls during evaluation.",
            date(2026, 3, 18),
        ),
    ),
    fix="Fetch what is needed before training, and ship or pay for what the evaluation reads.",
    check=check,
    examples=(
        valid("no network", program()),
        valid(
            "a download before training",
            program(_TOKENIZER),
        ),
        invalid("a download before scoring", program(before_scoring=_TOKENIZER)),
        invalid(
            "a package installed before scoring",
            program(
                before_scoring="import subprocess\n"
                'subprocess.run(["pip", "install", "zstandard"], check=True)'
            ),
        ),
    ),
)
