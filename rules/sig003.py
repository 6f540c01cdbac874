"""SIG003: the seeds of a claim are separate runs of one configuration."""

from __future__ import annotations

import json
from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.evidence.gains import claims_record
from auditor.evidence.repeats import (
    Difference,
    Reuse,
    differences,
    equal_scores,
    reused,
    stated_seed_count,
)
from auditor.evidence.samples import claimed_sample
from auditor.facts import Fact
from auditor.findings import Finding, RuleResult
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source

_ID = "SIG003"
_USUAL_RUNS = 3


def check(case: Case) -> RuleResult:
    """Looks for runs that are counted twice, differ in more than their seed, or are too few."""
    answer = Answer(_ID)
    twice = reused(case.facts, case.texts.logs)
    if twice:
        return answer.fails(
            f"The logs of different seeds show one and the same run: {twice[0].in_words()}.",
            [_reuse_finding(reuse) for reuse in twice],
        )
    equal = equal_scores(case.facts)
    if equal:
        return answer.fails(
            f"Seeds {equal[0].seed} and {equal[1].seed} are given one and the same score.",
            [Finding(f"{score.number} for seed {score.seed}", (score.source,)) for score in equal],
        )
    sample = claimed_sample(case.facts)
    if sample is None:
        return answer.unknown("No score is claimed that seeds could support.")
    stated = stated_seed_count(case.texts)
    shown = len(sample.results)
    if stated is not None and stated[0] > shown == 1:
        return _missing(answer, stated, sample.results[0])
    unlike = differences(case.facts, case.texts.logs, case.trace.settings)
    if unlike:
        return answer.needs_ruling(
            f"The runs differ in more than their seed: {unlike[0].in_words()}.",
            [_difference_finding(difference) for difference in unlike],
            strict="The seeds of a claim are runs of one configuration of the shipped code.",
            lenient="The difference may not reach the score.",
        )
    if not claims_record(case.submission, case.facts, case.texts.titles):
        return answer.passes("Only a record needs several seeds.")
    if shown < _USUAL_RUNS:
        runs = "one run" if shown == 1 else f"{shown} runs"
        return answer.needs_ruling(
            f"The claim rests on {runs}.",
            [Finding("the claimed score", (sample.headline.source,))],
            strict=f"A record takes {_USUAL_RUNS} runs as a rule, and p < 0.01 cannot be shown "
            "with fewer.",
            lenient="Rows with a single run were listed where the gain was large, or where others "
            "repeated it.",
        )
    return answer.passes(f"{shown} runs with results of their own, alike but for the seed.")


def _missing(answer: Answer, stated: tuple[int, Finding], result: Fact) -> RuleResult:
    count, where = stated
    return answer.unknown(
        f"A mean over {count} seeds is stated, and the results of one are shown.",
        [where, Finding("the only result shown", (result.source,))],
    )


def _reuse_finding(reuse: Reuse) -> Finding:
    return Finding(reuse.in_words(), (reuse.later, reuse.earlier))


def _difference_finding(difference: Difference) -> Finding:
    return Finding(difference.in_words(), (difference.later, difference.earlier))


def _log(seed: int, losses: tuple[float, ...], score: float, layers: int = 11) -> str:
    steps = "".join(
        f"step:{500 * i}/20000 train_loss:{loss:.4f} train_time:{44_000 * i}ms\n"
        for i, loss in enumerate(losses, start=1)
    )
    return (
        f"num_layers:{layers}\nseed:{seed}\n{steps}"
        f"final_int6_roundtrip_exact val_loss:{score * 1.68846:.8f} val_bpb:{score:.8f}\n"
    )


_CLAIM = json.dumps(
    {
        "name": "Example",
        "github_id": "someone",
        "val_bpb": 1.1020,
        "seed_results": {"42": {"val_bpb": 1.1019}, "43": {"val_bpb": 1.1021}},
    },
    indent=2,
)
_LOSSES = (3.1021, 2.6655, 2.4432, 2.3391, 2.2803, 2.2417, 2.2109, 2.1874)
_OTHERS = (3.1107, 2.6702, 2.4410, 2.3402, 2.2811, 2.2409, 2.2118, 2.1869)

RULE = Rule(
    id=_ID,
    title="Seeds are separate runs of one configuration",
    family=Family.SIG,
    severity=Severity.INVALID,
    requirement=(
        "The mean of a claim is over separate runs of the shipped script, usually three, that "
        "differ in their seed and in nothing else. A log that is there under two seeds counts "
        "once."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 19),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "Significance is usually shown with three runs.",
            date(2026, 3, 19),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/2124",
            "Held back as one of its seeds was run with other settings.",
            date(2026, 5, 2),
        ),
        Source(
            "https://github.com/openai/parameter-golf/issues/1594",
            "A seed's log that was printed by another revision of the script.",
        ),
    ),
    fix="Run every seed with the shipped script and one command, and ship each log.",
    check=check,
    examples=(
        Example(
            ExampleKind.VALID,
            "two seeds of one configuration",
            {
                "submission.json": _CLAIM,
                "train_seed42.log": _log(42, _LOSSES, 1.1019),
                "train_seed43.log": _log(43, _OTHERS, 1.1021),
            },
        ),
        Example(
            ExampleKind.VALID,
            "another depth in one seed is a question",
            {
                "submission.json": _CLAIM,
                "train_seed42.log": _log(42, _LOSSES, 1.1019),
                "train_seed43.log": _log(43, _OTHERS, 1.1021, layers=10),
            },
        ),
        Example(
            ExampleKind.INVALID,
            "one training run under two seeds",
            {
                "submission.json": _CLAIM,
                "train_seed42.log": _log(42, _LOSSES, 1.1019),
                "train_seed43.log": _log(43, _LOSSES, 1.1021),
            },
        ),
    ),
)
