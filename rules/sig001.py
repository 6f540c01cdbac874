"""SIG001: a record beats the standing one by 0.005 nats per token at p < 0.01."""

from __future__ import annotations

import json
from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.evidence.gains import Gain, claims_record, gain_of, p_as_text
from auditor.evidence.leaderboard import Policy
from auditor.evidence.significance import Variance
from auditor.findings import Confidence, RuleResult
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source

_ID = "SIG001"
#: A single run has no spread of its own. It fails only where the record's own spread would explain
#: the gain, not where one run could merely not show it.
_NOISE = 0.1


def check(case: Case) -> RuleResult:
    """Compares the claimed results with the record that stood, under the README's policy."""
    if not claims_record(case.submission, case.facts, case.texts.titles):
        return Answer(_ID).not_applicable("Only a record has to beat one.")
    gain = gain_of(case.submission, case.facts)
    if gain is None:
        return Answer(_ID).unknown(
            "No claimed score, or no pull request and no date: nothing says which record stood."
        )
    answer = Answer(_ID, Confidence.HIGH if gain.numbered else Confidence.MEDIUM)
    return _judge(answer, gain)


def _judge(answer: Answer, gain: Gain) -> RuleResult:
    summary = f"{gain.in_words()}: {gain.p_in_words()}."
    findings = gain.findings()
    policies = tuple(gain.board.in_force(gain.day)) if gain.day else gain.board.policy
    readme = gain.board.policy[0]
    if gain.nats <= 0 or _is_noise(gain, policies):
        return answer.fails(summary, findings)
    test = gain.test()
    if gain.nats >= readme.margin and not gain.single and test and test.p < readme.p:
        return answer.passes(summary)
    return answer.needs_ruling(
        summary,
        findings,
        strict=f"The README asks for {readme.says}{_beyond_margin(gain, readme)}.",
        lenient="Rows with smaller gains were listed, and changes that only make training faster "
        "need none.",
    )


def _is_noise(gain: Gain, policies: tuple[Policy, ...]) -> bool:
    """Whether the gain may be chance under the kindest policy that was in force."""
    p = gain.lowest_p
    if p is None:
        return False
    return p >= max(policy.p for policy in policies) if not gain.single else p >= _NOISE


def _beyond_margin(gain: Gain, policy: Policy) -> str:
    tests = [gain.test(policy, variance) for variance in Variance]
    if tests[0] is None or tests[1] is None:
        return ""
    sample, population = p_as_text(tests[0].p), p_as_text(tests[1].p)
    return f"; p {sample} ({population.removeprefix('= ')}) for a gain beyond that margin"


def example(*scores: float) -> dict[str, str]:
    """The files of an example that claims a record with these scores."""
    claim = {
        "name": "Record: an example",
        "github_id": "someone",
        "val_bpb": round(sum(scores) / len(scores), 8),
        "seed_results": {str(seed): {"val_bpb": score} for seed, score in enumerate(scores)},
    }
    return {"submission.json": json.dumps(claim, indent=2)}


RULE = Rule(
    id=_ID,
    title="A record beats the standing one by 0.005 nats at p < 0.01",
    family=Family.SIG,
    severity=Severity.INVALID,
    requirement=(
        "A record is at least 0.005 nats per token better than the record that stood when its "
        "pull request was opened, over enough runs to show it at p < 0.01. Scores on different "
        "tokenizers are compared in bits per byte and converted with the bytes per token of the "
        "record. Changes of the systems alone, which make training faster, need no such gain."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "Margin and significance of a new record; records count in the order of their pull "
            "requests.",
            date(2026, 3, 18),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/549",
            "Accepted with 0.0057 nats per token, which is 0.0024 nats per byte: the margin is "
            "meant per token.",
            date(2026, 3, 24),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/374",
            "Closed as not significantly better than the record before it.",
            date(2026, 3, 23),
        ),
    ),
    fix=(
        "Run more seeds, or file the work in the non-record track. State the result of every seed "
        "in the JSON."
    ),
    check=check,
    examples=(
        Example(
            ExampleKind.VALID,
            "a clear gain over three seeds",
            example(1.0951, 1.0957, 1.0954),
        ),
        Example(
            ExampleKind.VALID,
            "a gain below the margin is a question",
            example(1.1206, 1.1207, 1.1205),
            "2026-03-23_Example",
        ),
        Example(
            ExampleKind.INVALID,
            "worse than the record that stood",
            example(1.1200, 1.1205, 1.1195),
        ),
        Example(
            ExampleKind.INVALID,
            "one run, and no better than the record's own runs",
            example(1.1060),
        ),
    ),
)
