"""How long the claimed runs trained and evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterable

from auditor.evidence.attribution import matching_scores
from auditor.evidence.headline import claimed_bpb, seed_scores
from auditor.evidence.runs import Run, is_step
from auditor.facts import Fact, Facts, Quantity

#: Evaluations that a script makes for its author to look at; the score does not depend on them.
_DIAGNOSTIC = re.compile(r"diagnostic|pre[-_]quant|post[-_]ema|swa_eval|ema_eval|_diag", re.I)

_PLAIN_LIMIT = r"(?:ing|uation)?_(?:under|within|below)_(?:600|10)_?(?:s|m|min)?"

#: Two timers around the same work differ by less than this share.
_SAME_SPAN = 0.02


def evaluation_clock(run: Run, facts: Facts) -> Fact | None:
    """How long the evaluation took that produced the claimed score of `run`.

    That is the longest of the run's `total_eval_time` and the times printed with the claimed
    score. Where no line carries the claimed score it is the time of the last evaluation that is
    not a diagnostic.
    """
    clocks = [fact for fact in run.of(Quantity.EVAL_SECONDS) if not is_step(fact)]
    claims = [*seed_scores(facts).get(run.seed if run.seed is not None else -1, ())]
    headline = claimed_bpb(facts)
    if headline:
        claims.append(headline)
    found = [fact for fact in clocks if fact.label == "total_eval_time"]
    found += _beside(clocks, matching_scores(run, claims))
    if found:
        return max(found, key=lambda fact: fact.number)
    final = [fact for fact in clocks if not _DIAGNOSTIC.search(fact.label)]
    return final[-1] if final else None


def calibration_after(run: Run, clock: Fact) -> tuple[Fact, ...]:
    """What the log says about collecting quantiser statistics below the line of `clock`."""
    return tuple(
        fact
        for fact in run.facts
        if fact.quantity in (Quantity.CALIBRATION_SECONDS, Quantity.CALIBRATION)
        and fact.source.line_start > clock.source.line_start
    )


def _beside(clocks: Iterable[Fact], scores: Iterable[Fact]) -> list[Fact]:
    """The clocks printed on the line of one of `scores`, or under the same name.

    Scripts print a result twice, with a time and four decimals, then as `..._exact` with eight.
    """
    lines = set()
    names = set()
    for score in scores:
        lines.add(score.source.line_start)
        names.add(_name(score))
    return [clock for clock in clocks if clock.source.line_start in lines or _name(clock) in names]


def _name(fact: Fact) -> str:
    return re.sub(r"[_ ]exact\b", "", fact.label)


def outside_timer(run: Run, clock: Fact) -> tuple[Fact, ...]:
    """Work that the evaluation timed by `clock` needed and that its timer leaves out.

    That is compilation and precomputation which the log times by themselves, and adaptation that
    ended before the evaluation began. Adaptation that took as long as the evaluation is the
    evaluation itself, timed twice.
    """
    adaptation = [
        fact
        for fact in run.of(Quantity.ADAPT_SECONDS)
        if fact.source.line_start < clock.source.line_start
        and abs(fact.number - clock.number) > _SAME_SPAN * clock.number
    ]
    return (*run.of(Quantity.UNTIMED_SECONDS), *adaptation[-1:])


def denied_limits(facts: Facts, subject: str) -> tuple[Fact, ...]:
    """Where the JSON says without reservation that `subject`, "train" or "eval", took too long."""
    pattern = re.compile(subject + _PLAIN_LIMIT)
    return tuple(fact for fact in facts.of(Quantity.DENIED) if pattern.fullmatch(str(fact.value)))


def production_clocks(runs: Iterable[Run]) -> tuple[Fact, ...]:
    """How long runs took from the start of training until the artifact was written."""
    return tuple(
        fact
        for run in runs
        for fact in run.of(Quantity.PROCESS_SECONDS)
        if fact.label.startswith("artifact_production")
    )
