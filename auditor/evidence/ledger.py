"""Claimed, logged and recomputed figures side by side, with a mark where they disagree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from auditor.evidence.attribution import Attribution, attribute, tolerance
from auditor.evidence.clocks import evaluation_clock
from auditor.evidence.denominator import denominator_of_claim
from auditor.evidence.gains import gain_of
from auditor.evidence.headline import claimed_bpb
from auditor.evidence.loaded import loaded_files
from auditor.evidence.runs import Run
from auditor.evidence.samples import claimed_sample
from auditor.evidence.sizing import ShippedCode, shipped_code, sizings
from auditor.facts import Fact, Facts, Quantity, Standing
from auditor.findings import Location
from auditor.submission.model import Submission

#: Durations are rounded by people and by the moment at which they are printed.
_SECONDS = 1.0
_SCORE = 2e-4


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        value: the number, in the unit of its row.
        where: the line that states it, `None` for a sum of several.
        how: how it came about, where it was recomputed.
        open: how far its digits leave it open.
    """

    value: float
    where: Location | None = None
    how: str = ""
    open: float = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One quantity as the submission claims it, as its logs show it, and as it comes out.

    Attributes:
        what: the quantity in words.
        unit: its unit.
        seed: the run it is of; `None` for the submission as a whole.
        claimed: what JSON or README state.
        logged: what the logs show.
        recomputed: what follows from other figures.
        slack: by how much two figures may differ and still be one.
    """

    what: str
    unit: str
    seed: int | None = None
    claimed: Figure | None = None
    logged: Figure | None = None
    recomputed: Figure | None = None
    slack: float = 0.0

    @property
    def agrees(self) -> bool | None:
        """Whether the figures are one, `None` where there are not two to compare."""
        figures = [f for f in (self.claimed, self.logged, self.recomputed) if f is not None]
        if len(figures) < 2:
            return None
        return all(
            abs(one.value - other.value) <= self.slack + one.open + other.open
            for one in figures
            for other in figures
        )


def ledger(submission: Submission, facts: Facts) -> tuple[Entry, ...]:
    """All figures of a submission that are stated more than once or can be recomputed."""
    attribution = attribute(facts)
    shipped = shipped_code(submission, facts, loaded_files(submission))
    entries = [
        *_score(submission, facts),
        *_totals(facts, attribution, shipped),
        *_clocks(facts, attribution),
    ]
    if len(attribution.runs) > 1 or not attribution.sure:
        entries += [entry for run in attribution.runs for entry in _of_run(run, facts, shipped)]
    elif attribution.runs:
        entries += _details(attribution.runs[0], facts)
    return tuple(entry for entry in entries if _says_something(entry))


def _says_something(entry: Entry) -> bool:
    return any(f is not None for f in (entry.claimed, entry.logged, entry.recomputed))


# --- the submission as a whole -------------------------------------------------------------------


def _score(submission: Submission, facts: Facts) -> Iterator[Entry]:
    headline, sample = claimed_bpb(facts), claimed_sample(facts)
    if headline is None or sample is None:
        return
    logged = [fact for fact in sample.results if fact.standing is Standing.LOGGED]
    count = len(sample.results)
    mean = Figure(sample.mean, None, f"mean of {count} runs") if count > 1 else None
    single = _figure(logged[0]) if len(logged) == 1 else None
    slack = max(tolerance(headline), _SCORE)
    yield Entry("score", "bits per byte", None, _figure(headline), single, mean, slack)
    gain = gain_of(submission, facts)
    if gain is not None:
        record = f"#{gain.row.pr}" if gain.row.pr else "the baseline"
        how = f"against {gain.row.mean:.5f} of {record}; {gain.p_in_words()}"
        figure = Figure(gain.nats, None, how)
        yield Entry("gain over the standing record", "nats per token", recomputed=figure)


def _totals(facts: Facts, attribution: Attribution, shipped: ShippedCode | None) -> Iterator[Entry]:
    sizes = sizings(facts, attribution)
    claimed = [
        fact
        for quantity in (Quantity.TOTAL_BYTES, Quantity.ARTIFACT_BYTES)
        for fact in facts.of(quantity, Standing.CLAIMED)
    ]
    logged = [sizing.total for sizing in sizes if sizing.total is not None]
    summed = [total for sizing in sizes if (total := sizing.shipped_total(shipped)) is not None]
    recomputed = None
    if summed and shipped is not None:
        recomputed = Figure(max(summed), None, f"logged model and {shipped.size:,} of shipped code")
    artifact = _largest([f for f in (*logged, *claimed) if f.quantity is Quantity.ARTIFACT_BYTES])
    if recomputed is None and artifact is not None and shipped is not None:
        how = f"the artifact and {shipped.size:,} of shipped code, if it leaves that out"
        recomputed = Figure(artifact.value + shipped.size, None, how)
    yield Entry(
        "code and model, largest run",
        "bytes",
        None,
        _largest(claimed),
        _largest(logged),
        recomputed,
    )
    codes = [sizing.code for sizing in sizes if sizing.code is not None]
    measured = facts.of(Quantity.CODE_BYTES, Standing.MEASURED)
    yield Entry(
        "code",
        "bytes",
        None,
        _largest(facts.of(Quantity.CODE_BYTES, Standing.CLAIMED)),
        _largest(codes),
        Figure(shipped.size, measured[0].source, "as shipped") if shipped and measured else None,
    )


def _clocks(facts: Facts, attribution: Attribution) -> Iterator[Entry]:
    trained = [clock for run in attribution.runs if (clock := run.train_clock) is not None]
    evaluated = [
        clock for run in attribution.runs if (clock := evaluation_clock(run, facts)) is not None
    ]
    claimed = facts.of(Quantity.TRAIN_SECONDS, Standing.CLAIMED)
    yield Entry(
        "training, longest run", "s", None, _largest(claimed), _largest(trained), None, _SECONDS
    )
    claimed = facts.of(Quantity.EVAL_SECONDS, Standing.CLAIMED)
    yield Entry(
        "evaluation, longest run", "s", None, _largest(claimed), _largest(evaluated), None, _SECONDS
    )


# --- each run ------------------------------------------------------------------------------------


def _of_run(run: Run, facts: Facts, shipped: ShippedCode | None) -> Iterator[Entry]:
    """The figures of one run; what is claimed without a seed is in the entries of the whole."""
    sample = claimed_sample(facts)
    results = sample.results if sample is not None else ()
    claimed = _claimed(facts, Quantity.VAL_BPB, run.seed)
    logged = [fact for fact in results if fact.source.file == run.log]
    yield Entry(
        "score",
        "bits per byte",
        run.seed,
        claimed,
        _figure(logged[-1]) if logged else None,
        slack=_SCORE,
    )
    total = run.totals[-1] if run.totals else None
    model = run.model
    recomputed = None
    if model is not None and shipped is not None:
        recomputed = Figure(model.number + shipped.size, None, "logged model and shipped code")
    yield Entry(
        "code and model",
        "bytes",
        run.seed,
        _claimed(facts, Quantity.TOTAL_BYTES, run.seed)
        or _claimed(facts, Quantity.ARTIFACT_BYTES, run.seed),
        _figure(total),
        recomputed,
    )
    for what, quantity, clock in (
        ("training", Quantity.TRAIN_SECONDS, run.train_clock),
        ("evaluation", Quantity.EVAL_SECONDS, evaluation_clock(run, facts)),
    ):
        stated = _claimed(facts, quantity, run.seed)
        yield Entry(what, "s", run.seed, stated, _figure(clock), slack=_SECONDS)
    yield from _details(run, facts)


def _details(run: Run, facts: Facts) -> Iterator[Entry]:
    yield Entry(
        "steps",
        "",
        run.seed,
        _claimed(facts, Quantity.STEPS, run.seed),
        _figure(run.last(Quantity.STEPS)),
    )
    denominator = denominator_of_claim(run, facts)
    if denominator is not None and denominator.bytes is not None:
        how = "loss times tokens over ln 2 times score"
        figure = Figure(denominator.bytes, denominator.where.source, how)
        yield Entry("scored text", "bytes", run.seed, recomputed=figure)


def _claimed(facts: Facts, quantity: Quantity, seed: int | None) -> Figure | None:
    if seed is None:
        return None
    found = (f for f in facts.of(quantity, Standing.CLAIMED) if f.seed == seed)
    return _figure(next(found, None))


def _figure(fact: Fact | None) -> Figure | None:
    return None if fact is None else Figure(fact.number, fact.source, "", fact.precision)


def _largest(facts: Sequence[Fact]) -> Figure | None:
    number: Callable[[Fact], float] = lambda fact: fact.number  # noqa: E731
    return _figure(max(facts, key=number, default=None))
