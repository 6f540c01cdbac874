"""ART002: code that runs besides the main script counts."""

from __future__ import annotations

import json
import posixpath
from datetime import date

from auditor.case import Case
from auditor.evidence.attribution import attribute
from auditor.evidence.loaded import STUB_BYTES, LoadedFile, loaded_files
from auditor.evidence.sizing import largest_total, shipped_code, sizings
from auditor.facts import Fact
from auditor.findings import Confidence, Finding, Location, RuleResult, Status
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source

_ID = "ART002"


def check(case: Case) -> RuleResult:
    """Names the helper files that run with the main script and adds them to the stated total."""
    helpers = loaded_files(case.submission)
    if not helpers:
        return _pass("The main script loads no other code file of its folder.", ())
    findings = tuple(_finding(helper) for helper in helpers)
    extra = sum(helper.size or 0 for helper in helpers)
    names = ", ".join(posixpath.basename(helper.path) for helper in helpers)
    stated = _stated_total(case, helpers)
    if stated is None:
        summary = (
            f"{names} ({extra:,} bytes) run with the main script, and no total is stated to add "
            "them to."
        )
        return RuleResult(_ID, Status.UNKNOWN, Confidence.LOW, summary, findings)
    limit = case.ruleset.limits.artifact_bytes
    total, counted = stated
    evidence = (*findings, Finding(f"states {total.number:,.0f} bytes", (total.source,)))
    if counted:
        return _pass(f"{names} ({extra:,} bytes) are part of the counted code.", evidence)
    if total.number > limit:
        summary = f"The stated total is over the limit already without {names}: see ART001."
        return RuleResult(_ID, Status.NOT_APPLICABLE, Confidence.HIGH, summary, evidence)
    together = int(total.number) + extra
    arithmetic = f"{total.number:,.0f} + {extra:,} = {together:,}"
    if together <= limit:
        return _pass(f"With {names} the total is still within the limit: {arithmetic}.", evidence)
    return _over(case, names, arithmetic, evidence)


def _over(case: Case, names: str, arithmetic: str, evidence: tuple[Finding, ...]) -> RuleResult:
    limit = case.ruleset.limits.artifact_bytes
    if _is_stub(case):
        return RuleResult(
            _ID,
            Status.FAIL,
            Confidence.HIGH,
            f"The main script only starts {names}, which the stated total leaves out: "
            f"{arithmetic}, over {limit:,}.",
            evidence,
        )
    return RuleResult(
        _ID,
        Status.NEEDS_RULING,
        Confidence.MEDIUM,
        f"{names} run with the main script and are not counted.",
        evidence,
        strict_side="All counted code belongs in `train_gpt.py`, so code that runs counts "
        f"wherever it lies: {arithmetic}, over {limit:,}.",
        lenient_side="Helpers, kernels and tokenizers next to the script were not counted in any "
        "accepted row, and without them the total is within the limit.",
    )


def _stated_total(case: Case, helpers: tuple[LoadedFile, ...]) -> tuple[Fact, bool] | None:
    """The largest stated total, and whether the code in it includes the helpers."""
    facts = case.facts
    runs = sizings(facts, attribute(facts))
    candidates = [(sizing.total, sizing.code) for sizing in runs if sizing.total]
    claimed = largest_total(facts)
    pairs = [(total, code) for total, code in candidates if total is not None]
    if claimed is not None and not pairs:
        pairs = [(claimed, None)]
    if not pairs:
        return None
    total, code = max(pairs, key=lambda pair: pair[0].number)
    shipped = shipped_code(case.submission, facts, ())
    if code is None or shipped is None:
        return total, False
    extra = sum(helper.size or 0 for helper in helpers)
    # What a stub executes counts itself and knows nothing of the stub.
    needed = extra if shipped.size < STUB_BYTES else shipped.size + extra
    return total, code.number >= needed


def _is_stub(case: Case) -> bool:
    shipped = shipped_code(case.submission, case.facts, ())
    return shipped is not None and shipped.size < STUB_BYTES


def _finding(helper: LoadedFile) -> Finding:
    size = "of unknown size" if helper.size is None else f"{helper.size:,} bytes"
    return Finding(
        f"loads {posixpath.basename(helper.path)}, {size}",
        (helper.where, Location(helper.path, 1, 1)),
    )


def _pass(summary: str, findings: tuple[Finding, ...]) -> RuleResult:
    return RuleResult(_ID, Status.PASS, Confidence.MEDIUM, summary, findings)


def _example_json(total: int) -> str:
    claim = {"name": "Example", "github_id": "someone", "val_bpb": 1.1, "bytes_total": total}
    return json.dumps(claim, indent=2)


_TRAINER = "def train():\n    return 'weights'\n\n\nprint(train())\n"
_HELPER = "TABLE = [0]\n" * 100

RULE = Rule(
    id=_ID,
    title="Code outside the main script counts too",
    family=Family.ART,
    severity=Severity.INVALID,
    requirement=(
        "All code that training or evaluation executes counts towards the size limit. It belongs "
        "in `train_gpt.py`; what that script imports, executes or compiles from its folder is "
        "added to it. Libraries, tokenizer files and data preparation have not been counted."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "All counted code should live in the train_gpt.py script.",
            date(2026, 3, 18),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1412",
            "A listed row whose 74-byte train_gpt.py executes an 80 kB neighbour that the claimed "
            "total leaves out and the log counts.",
        ),
        Source(
            "https://github.com/openai/parameter-golf/issues/43",
            "Whether a tokenizer counts was asked; no accepted row has counted one.",
        ),
    ),
    fix="Move the code into `train_gpt.py`, or add the helpers' bytes to `bytes_total`.",
    check=check,
    examples=(
        Example(
            ExampleKind.VALID,
            "a small helper that still fits",
            {
                "submission.json": _example_json(15_000_000),
                "train_gpt.py": "import helper\n\n" + _TRAINER * 80,
                "helper.py": _HELPER,
            },
        ),
        Example(
            ExampleKind.VALID,
            "data preparation is not loaded by the script",
            {
                "submission.json": _example_json(15_999_500),
                "train_gpt.py": _TRAINER,
                "prepare_data.py": _HELPER,
            },
        ),
        Example(
            ExampleKind.INVALID,
            "a stub executes its neighbour, and only the stub is counted",
            {
                "submission.json": _example_json(15_999_500),
                "train_gpt.py": "exec(open('real_trainer.py').read())\n",
                "real_trainer.py": _HELPER,
            },
        ),
    ),
)
