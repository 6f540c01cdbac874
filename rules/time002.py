"""TIME002: evaluation takes at most ten minutes."""

from __future__ import annotations

import json
from datetime import date

from auditor.case import Case
from auditor.evidence.attribution import Attribution, attribute
from auditor.evidence.clocks import denied_limits, evaluation_clock, outside_timer
from auditor.evidence.runs import Run
from auditor.facts import Fact, Quantity, Standing
from auditor.findings import Confidence, Finding, RuleResult, Status
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source

_ID = "TIME002"


def check(case: Case) -> RuleResult:
    """Compares the time behind each claimed score with the limit for evaluation."""
    if not case.submission.is_record_claim:
        return RuleResult(
            _ID,
            Status.NOT_APPLICABLE,
            Confidence.HIGH,
            "The limit binds the ten-minute track only.",
        )
    limit = case.ruleset.limits.eval_seconds
    attribution = attribute(case.facts)
    clocked = [
        (run, clock)
        for run in attribution.runs_with(Quantity.EVAL_SECONDS)
        if (clock := evaluation_clock(run, case.facts))
    ]
    over = [(run, clock) for run, clock in clocked if clock.number > limit]
    if over:
        return _over_by_log(case, attribution, over, len(clocked))
    claimed = [
        fact
        for fact in case.facts.of(Quantity.EVAL_SECONDS, Standing.CLAIMED)
        if fact.number - fact.precision > limit
    ]
    if claimed:
        return _over_by_claim(case, claimed, clocked)
    return _denied(case) or _outside_the_timer(case, clocked) or _within(case, attribution, clocked)


def _over_by_log(
    case: Case, attribution: Attribution, over: list[tuple[Run, Fact]], clocked: int
) -> RuleResult:
    limits = case.ruleset.limits
    findings = tuple(_finding(run, clock) for run, clock in over)
    if not attribution.sure and len(over) < clocked:
        return RuleResult(
            _ID,
            Status.UNKNOWN,
            Confidence.LOW,
            f"{len(over)} of {clocked} logs evaluate for longer than the limit, and nothing tells "
            "which of them the claim rests on: name the seeds and scores in the JSON.",
            findings,
        )
    run, clock = max(over, key=lambda pair: pair[1].number)
    seconds = f"{clock.number:,.1f} s"
    if all(_fits_on_all(case, run, clock) for run, clock in over):
        return RuleResult(
            _ID,
            Status.NEEDS_RULING,
            Confidence.MEDIUM,
            f"Evaluation takes {seconds} on {run.world_size}x.",
            findings,
            strict_side=f"{seconds} is over {limits.eval_seconds:g} s, and the limit is stated for "
            f"{limits.world_size} accelerators: a projection is no evidence.",
            lenient_side=f"Spread over {limits.world_size} accelerators the same work would fit.",
        )
    return RuleResult(
        _ID,
        Status.FAIL,
        Confidence.HIGH if attribution.sure else Confidence.MEDIUM,
        f"Evaluation takes {seconds}, over {limits.eval_seconds:g} s.",
        findings,
    )


def _over_by_claim(case: Case, claimed: list[Fact], clocked: list[tuple[Run, Fact]]) -> RuleResult:
    longest = max(claimed, key=lambda fact: fact.number)
    findings = [Finding(f"states {fact.number:,.1f} s", (fact.source,)) for fact in claimed]
    limit = case.ruleset.limits.eval_seconds
    if not clocked:
        summary = f"The submission's own figure is {longest.number:,.1f} s, over {limit:g} s."
        return RuleResult(_ID, Status.FAIL, Confidence.HIGH, summary, tuple(findings))
    run, clock = max(clocked, key=lambda pair: pair[1].number)
    return RuleResult(
        _ID,
        Status.NEEDS_RULING,
        Confidence.MEDIUM,
        f"The submission states {longest.number:,.1f} s of evaluation, its logs "
        f"{clock.number:,.1f} s.",
        (*findings, _finding(run, clock)),
        strict_side=f"By its own figure the evaluation is over {limit:g} s.",
        lenient_side="The timer of the claimed score stays within the limit; the stated figure may "
        "include compilation or diagnostics.",
    )


def _denied(case: Case) -> RuleResult | None:
    denied = denied_limits(case.facts, "eval")
    if not denied:
        return None
    findings = tuple(Finding(f"states `{fact.value}`: false", (fact.source,)) for fact in denied)
    summary = "The submission says itself that the evaluation took longer than the limit."
    return RuleResult(_ID, Status.FAIL, Confidence.MEDIUM, summary, findings)


def _outside_the_timer(case: Case, clocked: list[tuple[Run, Fact]]) -> RuleResult | None:
    """Work that the score needs and that the timer of the evaluation leaves out."""
    limit = case.ruleset.limits.eval_seconds
    spans = case.facts.of(Quantity.PROCESS_SECONDS, Standing.CLAIMED)
    wide = [fact for fact in spans if "eval" in fact.label or "ttt" in fact.label]
    findings: tuple[Finding, ...] = ()
    together = 0.0
    for run, clock in clocked:
        beside = outside_timer(run, clock)
        total = clock.number + sum(fact.number for fact in beside)
        if beside and total > max(limit, together):
            together = total
            findings = (_finding(run, clock), *(_beside(fact) for fact in beside))
    for fact in wide:
        if fact.number > max(limit, together):
            together = fact.number
            findings = (Finding(f"states {fact.number:,.1f} s", (fact.source,)),)
    if not findings:
        return None
    return RuleResult(
        _ID,
        Status.NEEDS_RULING,
        Confidence.HIGH,
        f"With what runs outside the timer the evaluation takes {together:,.1f} s.",
        findings,
        strict_side=f"Everything the score needs belongs to the {limit:g} s of evaluation.",
        lenient_side="Accepted rows time the evaluation alone and leave out compilation, as in "
        "training.",
    )


def _within(case: Case, attribution: Attribution, clocked: list[tuple[Run, Fact]]) -> RuleResult:
    if clocked:
        run, clock = max(clocked, key=lambda pair: pair[1].number)
        return RuleResult(
            _ID,
            Status.PASS,
            Confidence.HIGH if attribution.sure else Confidence.MEDIUM,
            f"The longest evaluation of a claimed run takes {clock.number:,.1f} s.",
            (_finding(run, clock),),
        )
    claimed = case.facts.of(Quantity.EVAL_SECONDS, Standing.CLAIMED)
    if claimed:
        longest = max(claimed, key=lambda fact: fact.number)
        return RuleResult(
            _ID,
            Status.PASS,
            Confidence.LOW,
            f"{longest.number:,.1f} s claimed; no log shows the clock.",
            (Finding(f"states {longest.number:,.1f} s", (longest.source,)),),
        )
    return RuleResult(
        _ID,
        Status.UNKNOWN,
        Confidence.LOW,
        "Neither a log of the claimed runs nor the JSON says how long evaluation took.",
    )


def _fits_on_all(case: Case, run: Run, clock: Fact) -> bool:
    limits = case.ruleset.limits
    if run.world_size is None or run.world_size >= limits.world_size:
        return False
    return clock.number * run.world_size / limits.world_size <= limits.eval_seconds


def _beside(fact: Fact) -> Finding:
    return Finding(f"{fact.label}: {fact.number:,.1f} s outside the timer", (fact.source,))


def _finding(run: Run, clock: Fact) -> Finding:
    where = f" on {run.world_size} processes" if run.world_size else ""
    return Finding(f"{clock.label or 'evaluation'}: {clock.number:,.1f} s{where}", (clock.source,))


def _example_json() -> str:
    claim = {"name": "Example", "github_id": "someone", "val_bpb": 1.0765, "seeds": [42]}
    return json.dumps(claim, indent=2)


def _example_log(milliseconds: int, diagnostic: int = 6_000) -> str:
    return (
        "world_size:8 grad_accum_steps:1\n"
        "seed:42\n"
        f"diagnostic pre-quantization val_loss:2.79000000 val_bpb:1.08000000 "
        f"eval_time:{diagnostic}ms\n"
        f"quantized_ttt val_loss:2.78100000 val_bpb:1.07650000 eval_time:{milliseconds}ms\n"
    )


RULE = Rule(
    id=_ID,
    title="Evaluation takes at most 600 s on 8xH100",
    family=Family.TIME,
    severity=Severity.INVALID,
    requirement=(
        "In the ten-minute track the evaluation that produces the score takes at most 600 seconds "
        "on 8xH100 SXM, in addition to training. Adaptation during evaluation is part of it."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "Evaluation has ten minutes of its own, besides those of training.",
            date(2026, 3, 18),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/529",
            "Closed among other reasons for a stated evaluation time of 616 s.",
            date(2026, 3, 24),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1855",
            "An accepted row whose compilation for 138 s lies outside the 509 s that it counts.",
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/2121",
            "Not accepted; among other points the process took longer than its timers.",
            date(2026, 5, 2),
        ),
    ),
    fix=(
        "Shorten the evaluation (larger stride, fewer epochs or chunks) until every claimed seed "
        "stays within 600 s with everything the score needs inside the timer."
    ),
    check=check,
    examples=(
        Example(
            ExampleKind.VALID,
            "a slow diagnostic is not the evaluation",
            {
                "submission.json": _example_json(),
                "train_seed42.log": _example_log(512_345, 700_000),
            },
        ),
        Example(
            ExampleKind.INVALID,
            "the submission's own list of limits says no",
            {"submission.json": '{"val_bpb": 1.0765, "compliance": {"eval_under_600s": false}}\n'},
        ),
        Example(
            ExampleKind.INVALID,
            "the claimed score took eleven minutes",
            {"submission.json": _example_json(), "train_seed42.log": _example_log(661_002)},
        ),
    ),
)
