"""Audits built by hand, for the reports to render."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from auditor.case import Case
from auditor.facts import Fact, Facts, Quantity, Standing
from auditor.findings import Confidence, Finding, Location, RuleResult, Status, TttOrder
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.settings import Setting, SettingSource
from auditor.submission.model import (
    BlobMissing,
    Entry,
    EntryKind,
    Origin,
    Problem,
    ProblemKind,
    Submission,
    Track,
)
from auditor.verdict import Audit, LayerInfo, Waived, decide

FOLDER = "records/track_10min_16mb/2026-04-20_PackedTTT"
SCRIPT = f"{FOLDER}/train_gpt.py"
METADATA = f"{FOLDER}/submission.json"
LOG = f"{FOLDER}/train_seed42.log"
HEAD = "4f1c2d3e4b5a69788796a5b4c3d2e1f001122334"
THREADS = "https://github.com/openai/parameter-golf"


@dataclass(frozen=True)
class Files:
    """A snapshot that consists of the given files."""

    content: tuple[tuple[str, bytes], ...] = ()

    def entries(self) -> Iterable[Entry]:
        return [Entry(path, EntryKind.FILE, len(data)) for path, data in self.content]

    def find(self, path: str) -> Entry | None:
        return next((entry for entry in self.entries() if entry.path == path), None)

    def read(self, path: str, limit: int | None = None) -> bytes:
        for name, data in self.content:
            if name == path:
                return data[:limit]
        raise BlobMissing(path)


def _passes(case: Case) -> RuleResult:
    return RuleResult("TTT001", Status.PASS, Confidence.HIGH, "Fine.")


def rule(
    rule_id: str,
    title: str,
    requirement: str,
    fix: str,
    *,
    severity: Severity = Severity.INVALID,
    source: Source | None = None,
) -> Rule:
    return Rule(
        id=rule_id,
        title=title,
        family=Family(rule_id.rstrip("0123456789")),
        severity=severity,
        requirement=requirement,
        authority=Authority.RULING,
        in_force=date(2026, 3, 20),
        sources=(source,) if source else (),
        fix=fix,
        check=_passes,
    )


RULES = {
    each.id: each
    for each in (
        rule(
            "ART001",
            "Artifact fits the cap",
            "Code and compressed model together take at most 16,000,000 bytes.",
            "Make the model or the code smaller; count the files that are shipped.",
            source=Source(f"{THREADS}/blob/main/README.md", "README", date(2026, 3, 18)),
        ),
        rule(
            "NET001",
            "No network during the run",
            "Neither training nor evaluation reads from the network.",
            "Put what the run needs into the artifact.",
            severity=Severity.NOTICE,
        ),
        rule(
            "PPM001",
            "Byte mixer is a distribution",
            "Mixed probabilities sum to one over the token alphabet, see #1905 and @cocohearts.",
            "Normalise over all tokens before the target is known.",
            source=Source(f"{THREADS}/pull/1905", "Maintainer in #1905"),
        ),
        rule(
            "SIG001",
            "Improvement is significant",
            "A record beats the previous one by 0.005 nats at p < 0.01.",
            "Add runs with further seeds.",
            severity=Severity.UNGRADABLE,
            source=Source(f"{THREADS}/blob/main/README.md", "README", date(2026, 3, 18)),
        ),
        rule(
            "TIME001",
            "Training takes ten minutes",
            "Training ends within 600 s on 8xH100 SXM.",
            "Stop earlier.",
        ),
        rule(
            "TTT001",
            "Score before update",
            "A validation token changes weights only after its own score is final.",
            "Score each chunk under no_grad, add up its loss, and only then adapt on it.",
            source=Source(f"{THREADS}/issues/402", "Maintainer in #402", date(2026, 3, 23)),
        ),
    )
}


def submission(**changes: object) -> Submission:
    values: dict[str, object] = {
        "snapshot": Files(((SCRIPT, b"exec(...)\n"), (METADATA, b"{}\n"))),
        "origin": Origin(pr=1234, head=HEAD, base="0" * 40),
        "folder": FOLDER,
        "track": Track.TEN_MINUTES,
        "main_script": SCRIPT,
        "logs": (LOG,),
        "metadata": METADATA,
        "readme": f"{FOLDER}/README.md",
        "opened": date(2026, 4, 20),
    }
    return Submission(**(values | changes))  # type: ignore[arg-type]


def audit(results: Iterable[RuleResult], **changes: object) -> Audit:
    answered = tuple(results)
    values: dict[str, object] = {
        "submission": submission(),
        "verdict": decide(answered),
        "ttt_order": TttOrder.NONE,
        "results": answered,
        "settings": (),
        "facts": Facts(),
        "layers": (),
        "notes": (),
        "ruleset": "parameter-golf-2026",
    }
    return Audit(**(values | changes))  # type: ignore[arg-type]


def claimed(score: float) -> Fact:
    """The headline score in the metadata."""
    source = Location(METADATA, 5, 5)
    return Fact(Quantity.VAL_BPB, score, Standing.CLAIMED, source, label="val_bpb")


def inner(first: int, last: int, note: str = "") -> Location:
    """Lines of the script's decoded layer."""
    return Location(SCRIPT, first, last, "decoded:1", note)


_FLOW = (
    inner(640, 655, "weights are updated on val_tokens"),
    inner(701, 701, "the same tokens are scored"),
    inner(918, 918, "the score is printed as the result"),
)

FACTS = Facts(
    (
        claimed(1.0634),
        Fact(
            Quantity.MODEL_BYTES,
            15_930_000.0,
            Standing.CLAIMED,
            Location(METADATA, 9, 9),
            label="model_size_mb",
            written="15.93 MB",
            precision=5_000.0,
        ),
        Fact(
            Quantity.VAL_BPB,
            1.06341127,
            Standing.LOGGED,
            Location(LOG, 812, 812),
            seed=42,
            label="final_int6_sliding_window_exact",
        ),
        Fact(Quantity.TOTAL_BYTES, 16_024_793, Standing.LOGGED, Location(LOG, 806, 806), seed=42),
    )
)

VIOLATION = audit(
    [
        RuleResult(
            "ART001",
            Status.FAIL,
            Confidence.HIGH,
            "The artifact is 24,793 bytes over the cap of 16,000,000.",
            (
                Finding(
                    "The log counts 16,024,793 bytes.",
                    (Location(LOG, 806, 806, note="total of code and model"),),
                ),
            ),
        ),
        RuleResult("NET001", Status.PASS, Confidence.HIGH, "No network access was found."),
        RuleResult("PPM001", Status.NOT_APPLICABLE, Confidence.HIGH, "There is no byte mixer."),
        RuleResult(
            "SIG001", Status.UNKNOWN, Confidence.LOW, "One log is not enough to compare seeds."
        ),
        RuleResult("TIME001", Status.PASS, Confidence.HIGH, "The logs show 598.9 s."),
        RuleResult(
            "TTT001",
            Status.FAIL,
            Confidence.HIGH,
            "The reported score comes after the weights have been adapted to the scored tokens.",
            (
                Finding(
                    "`ttt_adapt` runs over all of `val_tokens` for 3 epochs before "
                    "`eval_val_sliding` scores them.",
                    (_FLOW[1], _FLOW[0]),
                    _FLOW,
                ),
            ),
        ),
    ],
    ttt_order=TttOrder.ADAPT_THEN_SCORE,
    facts=FACTS,
    settings=(
        Setting("TTT_ENABLED", "1", SettingSource.LOG, Location(LOG, 14, 14)),
        Setting("TTT_EPOCHS", "3", SettingSource.DEFAULT, inner(88, 88)),
        Setting("RUN_ID", None, SettingSource.DEFAULT),
    ),
    layers=(
        LayerInfo(SCRIPT, None, "ab" * 32, 16_932, 2),
        LayerInfo(SCRIPT, "decoded:1", "cd" * 32, 63_120, 1_402, ("b85", "lzma")),
    ),
)

COMPLIANT = audit(
    [
        RuleResult("ART001", Status.PASS, Confidence.HIGH, "15,998,200 bytes."),
        RuleResult("TTT001", Status.PASS, Confidence.MEDIUM, "Chunks are scored first."),
        RuleResult("PPM001", Status.NOT_APPLICABLE, Confidence.HIGH, "There is no byte mixer."),
    ],
    ttt_order=TttOrder.SCORE_FIRST,
    facts=Facts((claimed(1.0812),)),
    submission=submission(origin=Origin()),
)

UNDECIDED = audit(
    [
        RuleResult(
            "PPM001",
            Status.NEEDS_RULING,
            Confidence.MEDIUM,
            "The mixer normalises over bytes, not over tokens.",
            (
                Finding(
                    "`mix_bytes` divides by the sum over 256 bytes.",
                    (Location(SCRIPT, 410, 432, note="normalised here"),),
                ),
            ),
            strict_side="The rule asks for a sum over the token alphabet, which this never takes.",
            lenient_side="A byte distribution over all continuations codes the same text.",
        ),
        RuleResult("SIG001", Status.UNKNOWN, Confidence.LOW, "No log states a seed."),
        RuleResult("TTT001", Status.UNKNOWN, Confidence.LOW, "The script could not be parsed."),
        RuleResult("ART001", Status.PASS, Confidence.MEDIUM, "15,998,200 bytes."),
    ],
    ttt_order=TttOrder.UNKNOWN,
    submission=submission(
        chosen_because="Of 2 record folders, this one is added and the other is edited.",
        problems=(Problem(ProblemKind.SYMLINK, f"{FOLDER}/data", "It is a symbolic link."),),
    ),
    layers=(LayerInfo(SCRIPT, None, "ef" * 32, 51_200, 1_100, (), "nested too deeply to parse"),),
    notes=("`train_gpt.py` could not be parsed: 3,000 open parentheses.",),
)

WAIVED = audit(
    [
        RuleResult("ART001", Status.WAIVED, Confidence.HIGH, "Waived by the organisers."),
        RuleResult("TTT001", Status.PASS, Confidence.HIGH, "Chunks are scored first."),
    ],
    waived=(
        Waived(
            VIOLATION.results[0],
            dataclasses.replace(VIOLATION.results[0].findings[0], fingerprint="0" * 32 + ":1"),
            "Counted before the cap was clarified, see the thread.",
            date(2026, 6, 30),
        ),
    ),
)

AUDITS = {
    "violation": VIOLATION,
    "compliant": COMPLIANT,
    "undecided": UNDECIDED,
    "waived": WAIVED,
}
