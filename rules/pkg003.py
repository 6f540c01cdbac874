"""PKG003: the record folder sits in the track its run belongs to."""

from __future__ import annotations

import json
import re
from datetime import date

from auditor.case import Case
from auditor.evidence.attribution import attribute
from auditor.facts import Fact, Quantity, Standing
from auditor.findings import Confidence, Finding, Location, RuleResult, Status
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source
from auditor.submission.model import Track

_ID = "PKG003"
#: A run this many times over the limit was never meant for the ten-minute track.
_FAR_OVER = 1.5
_NON_RECORD = re.compile(r"non[-_ ]?record|unlimited|over[-_ ]?16", re.IGNORECASE)


def check(case: Case) -> RuleResult:
    """Compares the folder's track with how long the claimed runs trained and with the JSON."""
    submission = case.submission
    if submission.track is Track.OTHER:
        summary = (
            "The folder lies in neither `records/track_10min_16mb` nor "
            "`records/track_non_record_16mb`."
        )
        finding = Finding("an unknown track", (Location(submission.folder, 1, 1),))
        return RuleResult(_ID, Status.FAIL, Confidence.HIGH, summary, (finding,))
    if submission.track is Track.NONE:
        summary = "There is no record folder with a track."
        return RuleResult(_ID, Status.NOT_APPLICABLE, Confidence.HIGH, summary)
    if submission.track is Track.NON_RECORD:
        summary = "In the non-record track, where time is free and the size limit still binds."
        return RuleResult(_ID, Status.PASS, Confidence.HIGH, summary)
    return _ten_minutes(case)


def _ten_minutes(case: Case) -> RuleResult:
    long = _far_over(case)
    if long:
        longest = max(long, key=lambda fact: fact.number)
        return RuleResult(
            _ID,
            Status.FAIL,
            Confidence.HIGH,
            f"A run that trains for {longest.number:,.0f} s is filed in the ten-minute track.",
            tuple(Finding(f"{fact.number:,.1f} s", (fact.source,)) for fact in long),
        )
    named = [
        fact
        for fact in case.facts.of(Quantity.TRACK, Standing.CLAIMED)
        if _NON_RECORD.search(str(fact.value))
    ]
    if named:
        return RuleResult(
            _ID,
            Status.NEEDS_RULING,
            Confidence.MEDIUM,
            f"The folder is in the ten-minute track, its JSON says `{named[0].value}`.",
            (Finding("names another track", (named[0].source,)),),
            strict_side="The submission itself does not claim a record and belongs in the "
            "non-record track.",
            lenient_side="The folder decides, and the run keeps to the limits of its track.",
        )
    summary = "Nothing speaks against the ten-minute track."
    return RuleResult(_ID, Status.PASS, Confidence.MEDIUM, summary)


def _far_over(case: Case) -> list[Fact]:
    """Training times of the claimed runs, logged or claimed, that no rounding explains."""
    limits = case.ruleset.limits
    attribution = attribute(case.facts)
    clocks = []
    for run in attribution.runs_with(Quantity.TRAIN_SECONDS):
        clock = run.train_clock
        # Fewer accelerators stretch a run without making it another kind of run.
        share = min(run.world_size or limits.world_size, limits.world_size) / limits.world_size
        if clock and clock.number * share > _FAR_OVER * limits.train_seconds:
            clocks.append(clock)
    if clocks and not attribution.sure and len(clocks) < len(attribution.runs):
        clocks = []
    claimed = case.facts.of(Quantity.TRAIN_SECONDS, Standing.CLAIMED)
    return clocks + [
        fact
        for fact in claimed
        if "train" in fact.label and fact.number > _FAR_OVER * limits.train_seconds
    ]


def _example_json(seconds: int) -> str:
    claim = {
        "name": "Example",
        "github_id": "someone",
        "val_bpb": 1.1234,
        "training_time_seconds": seconds,
    }
    return json.dumps(claim, indent=2)


RULE = Rule(
    id=_ID,
    title="The right track for the run",
    family=Family.PKG,
    severity=Severity.INVALID,
    requirement=(
        "Runs that keep to ten minutes on 8xH100 go to `records/track_10min_16mb`, all others to "
        "`records/track_non_record_16mb`. The size limit binds both tracks."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "Runs that are not meant to meet the compute limit go to the non-record track and say "
            "so.",
            date(2026, 3, 18),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/861",
            "Filed in the ten-minute folder with a log of 1,386 s and a statement of 2,222 s.",
        ),
    ),
    fix="Move the folder to `records/track_non_record_16mb/`, and say there what the run took.",
    check=check,
    examples=(
        Example(
            ExampleKind.VALID,
            "ten minutes",
            {"submission.json": _example_json(600)},
        ),
        Example(
            ExampleKind.INVALID,
            "two hours in the ten-minute track",
            {"submission.json": _example_json(7_200)},
        ),
    ),
)
