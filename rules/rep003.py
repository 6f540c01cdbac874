"""REP003: the figures of a log can all be true."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.findings import Confidence, Finding, RuleResult
from auditor.provenance.contradictions import contradictions
from auditor.provenance.evidence import claimed_logs, printers
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source
from rules.miniature import program

_ID = "REP003"
_MOST_SHOWN = 12


def check(case: Case) -> RuleResult:
    """Looks for clocks that run backwards, inner timers above outer ones, impossible means."""
    answer = Answer(_ID)
    logs, _ = claimed_logs(case)
    if not logs:
        return answer.not_applicable("No log of a claimed run is shipped.")
    grammar = printers(case).grammar
    found = [contradiction for log in logs for contradiction in contradictions(log, grammar)]
    if not found:
        return Answer(_ID, Confidence.MEDIUM).passes("No two figures of a log exclude each other.")
    kinds = list(dict.fromkeys(contradiction.kind for contradiction in found))
    findings = [Finding(each.message, each.places) for each in found[:_MOST_SHOWN]]
    if len(kinds) > 1:
        return answer.fails(f"In the log {kinds[0]}, and {kinds[1]}.", findings)
    return answer.needs_ruling(
        f"In the log {kinds[0]}: {found[0].message}.",
        findings,
        strict="No run prints both figures: the log was edited or put together.",
        lenient="A clock that was set back, or two runs in one log, may explain it.",
    )


_TIMED = """
import time


@torch.no_grad()
def evaluate(model, tokens, window=1024):
    started = time.perf_counter()
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        total += loss_of(model, x[None, : y.numel()], y[None], "sum").item()
        count += y.numel()
    bpb = total / count / math.log(2.0) * 0.41
    print(f"sliding:done val_bpb={bpb:.6f} elapsed={time.perf_counter() - started:.1f}s")
    return total / count


def report_time(bpb, seconds):
    print(f"final val_bpb:{bpb:.4f} eval_time:{1000 * seconds:.0f}ms")

"""
_CLAIM = '{"name": "Example", "github_id": "someone", "val_bpb": 1.1234}'


def _example(kind: ExampleKind, title: str, log: str) -> Example:
    script = program(evaluate=_TIMED)
    return Example(
        kind, title, {"train_gpt.py": script, "submission.json": _CLAIM, "train.log": log}
    )


RULE = Rule(
    id=_ID,
    title="The figures of a log can all be true",
    family=Family.REP,
    severity=Severity.UNGRADABLE,
    requirement=(
        "Within the log of a claimed run clocks run forwards, a timer inside another shows no more "
        "than that one, and running means lead to those after them."
    ),
    authority=Authority.INFERENCE,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/861",
            "An evaluation of 178.5 s inside one of 178.175 s.",
        ),
    ),
    fix="Ship the log as the run printed it.",
    check=check,
    examples=(
        _example(
            ExampleKind.VALID,
            "the outer timer shows more",
            "sliding:done val_bpb=1.123400 elapsed=178.1s\n"
            "final val_bpb:1.1234 eval_time:178175ms\n",
        ),
        _example(
            ExampleKind.VALID,
            "one impossible pair is a question",
            "sliding:done val_bpb=1.123400 elapsed=178.5s\n"
            "final val_bpb:1.1234 eval_time:178175ms\n",
        ),
        _example(
            ExampleKind.INVALID,
            "a clock that runs backwards as well",
            "step:100/9000 train_loss:3.1 train_time:20000ms step_avg:200.00ms\n"
            "step:200/9000 train_loss:2.9 train_time:19000ms step_avg:95.00ms\n"
            "sliding:done val_bpb=1.123400 elapsed=178.5s\n"
            "final val_bpb:1.1234 eval_time:178175ms\n",
        ),
    ),
)
