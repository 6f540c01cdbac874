"""ART001: code and compressed model together fit the size limit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from auditor.case import Case
from auditor.evidence.attribution import Attribution, attribute
from auditor.evidence.loaded import loaded_files
from auditor.evidence.sizing import (
    ShippedCode,
    Sizing,
    claimed_totals,
    counts_packed_copy,
    largest_total,
    shipped_code,
    sizings,
)
from auditor.facts import Fact, Facts, Quantity, Standing
from auditor.findings import Confidence, Finding, RuleResult, Status
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source

_ID = "ART001"
#: How much more an "MB" holds for those who count in powers of two.
_BINARY_MEGABYTE = 2**20 / 10**6


def check(case: Case) -> RuleResult:
    """Adds up model and code of every claimed run and compares the largest with the limit."""
    view = _View.of(case)
    for decide in (_stated_over, _logged_over, _model_over, _shipped_over, _claimed_packed):
        result = decide(view)
        if result is not None:
            return result
    return _within(view)


@dataclass(frozen=True, slots=True)
class _View:
    """The figures that the decisions below share."""

    facts: Facts
    limit: int
    attribution: Attribution
    shipped: ShippedCode | None
    sizings: tuple[Sizing, ...]

    @classmethod
    def of(cls, case: Case) -> _View:
        attribution = attribute(case.facts)
        helpers = loaded_files(case.submission)
        return cls(
            case.facts,
            case.ruleset.limits.artifact_bytes,
            attribution,
            shipped_code(case.submission, case.facts, helpers),
            sizings(case.facts, attribution),
        )

    @property
    def decisive(self) -> bool:
        """Whether the runs at hand are those of the claim."""
        return self.attribution.sure


def _stated_over(view: _View) -> RuleResult | None:
    over = [
        fact
        for fact in (*claimed_totals(view.facts), *_models(view, Standing.CLAIMED))
        if fact.number - fact.precision > view.limit
    ]
    if not over:
        return None
    over.sort(key=lambda fact: -fact.number)
    logged = [sizing.total for sizing in view.sizings if sizing.total]
    doubted = logged and view.decisive and all(fact.number <= view.limit for fact in logged)
    summary = f"The submission's own figure of {_bytes(over[0])} is over {view.limit:,}."
    shipped = view.shipped
    if over[0].quantity is Quantity.MODEL_BYTES and shipped:
        summary += f" The shipped code adds {shipped.size:,}."
    if over[0].quantity is Quantity.ARTIFACT_BYTES and shipped:
        together = int(over[0].number) + shipped.size
        summary += f" If it leaves out the code of {shipped.size:,}, the total is {together:,}."
    return _fail(
        Confidence.MEDIUM if doubted else Confidence.HIGH,
        summary,
        [Finding(f"states {_bytes(fact)}", (fact.source,)) for fact in over],
    )


def _logged_over(view: _View) -> RuleResult | None:
    totals = [(sizing, sizing.total) for sizing in view.sizings if sizing.total]
    over = [(sizing, total) for sizing, total in totals if total.number > view.limit]
    if not over:
        return None
    if not view.decisive and len(over) < len(totals):
        claimed = largest_total(view.facts)
        if claimed and any(total.number == claimed.number for _, total in totals):
            return None  # the claim names one of the logs that fit
        return RuleResult(
            _ID,
            Status.UNKNOWN,
            Confidence.LOW,
            f"{len(over)} of {len(totals)} logs total more than {view.limit:,} bytes, and nothing "
            "tells which of them the claim rests on: name the seeds and scores in the JSON.",
            tuple(_total_finding(total) for _, total in over),
        )
    over.sort(key=lambda pair: -pair[1].number)
    sizing, total = over[0]
    summary = f"The run's own log totals {_bytes(total)}, over {view.limit:,}."
    confidence = Confidence.HIGH if view.decisive else Confidence.MEDIUM
    shipped_total = sizing.shipped_total(view.shipped)
    if view.shipped and _differs_by_code(sizing, total) and (shipped_total or 0) <= view.limit:
        confidence = Confidence.MEDIUM
        summary += (
            f" With the code as shipped ({view.shipped.size:,}) it would be {shipped_total:,}, but "
            "what ran was larger, and maintainers went by the logged total."
        )
    findings = [_total_finding(total) for _, total in over]
    return _fail(confidence, summary, [*findings, *_other_logs_over(view)])


def _other_logs_over(view: _View) -> Iterator[Finding]:
    for run in view.attribution.others:
        total = next(iter(reversed(run.totals)), None)
        if total is not None and total.number > view.limit:
            yield Finding(f"another log totals {_bytes(total)}", (total.source,))


def _differs_by_code(sizing: Sizing, total: Fact) -> bool:
    """Whether the logged total is nothing but the logged model and code."""
    if sizing.model is None or sizing.code is None:
        return False
    return total.number == sizing.model.number + sizing.code.number


def _model_over(view: _View) -> RuleResult | None:
    over = [fact for fact in _models(view, Standing.MEASURED) if fact.number > view.limit]
    if view.decisive:
        models = [sizing.model for sizing in view.sizings if sizing.total is None]
        artifacts = [f for run in view.attribution.runs for f in run.of(Quantity.ARTIFACT_BYTES)]
        over += [fact for fact in (*models, *artifacts) if fact and fact.number > view.limit]
    if not over:
        return None
    largest = max(over, key=lambda fact: fact.number)
    return _fail(
        Confidence.HIGH,
        f"The model alone takes {_bytes(largest)}, over {view.limit:,} before any code.",
        [Finding(f"{_bytes(fact)} before code", (fact.source,)) for fact in over],
    )


def _shipped_over(view: _View) -> RuleResult | None:
    """The log fits, and the files as they lie in the folder do not."""
    shipped = view.shipped
    if shipped is None or not view.decisive:
        return None
    sums = [(total, sizing) for sizing in view.sizings if (total := sizing.shipped_total(shipped))]
    total, sizing = max(sums, key=lambda pair: pair[0], default=(0, None))
    if sizing is None or sizing.model is None or total <= view.limit:
        return None
    arithmetic = f"model {sizing.model.number:,.0f} + code as shipped {shipped.size:,} = {total:,}"
    findings = [Finding(arithmetic, (sizing.model.source,))]
    if sizing.code:
        counted = f"the log counts {sizing.code.number:,.0f} bytes of code"
        findings.append(Finding(counted, (sizing.code.source,)))
    if counts_packed_copy(sizing.code, shipped) or _claims_packed_code(view, shipped):
        return _packed_copy(arithmetic, sizing.total, findings)
    return _fail(
        Confidence.MEDIUM, f"With the script as shipped: {arithmetic}, over the limit.", findings
    )


def _claimed_packed(view: _View) -> RuleResult | None:
    """No log gives the model; the claimed total and code let it be inferred."""
    total = largest_total(view.facts)
    codes = view.facts.of(Quantity.CODE_BYTES, Standing.CLAIMED)
    if view.shipped is None or total is None or not codes or view.sizings:
        return None
    code = min(codes, key=lambda fact: fact.number)
    model = int(total.number - code.number)
    together = model + view.shipped.size
    if together <= view.limit:
        return None
    arithmetic = (
        f"model {model:,} (claimed total less claimed code) + code as shipped "
        f"{view.shipped.size:,} = {together:,}"
    )
    return _packed_copy(arithmetic, total, [Finding(arithmetic, (total.source, code.source))])


def _packed_copy(arithmetic: str, total: Fact | None, findings: list[Finding]) -> RuleResult:
    counted = f" and give {_bytes(total)}" if total else ""
    return RuleResult(
        _ID,
        Status.NEEDS_RULING,
        Confidence.HIGH,
        "A packed copy of the code is counted while the readable script is shipped.",
        tuple(findings),
        strict_side=f"The files as shipped are over the limit: {arithmetic}.",
        lenient_side="Leaderboard rows since April count a compressed copy that a wrapper of that "
        f"size could carry{counted}.",
    )


def _within(view: _View) -> RuleResult:
    logged = [sizing.total or sizing.model for sizing in view.sizings]
    best = max((fact for fact in logged if fact), key=lambda fact: fact.number, default=None)
    if best is not None:
        confidence = Confidence.HIGH if view.decisive else Confidence.MEDIUM
        return _pass(confidence, f"The largest log states {_bytes(best)}.", best)
    claims = claimed_totals(view.facts)
    exact = [fact for fact in claims if fact.precision == 0 and not fact.written]
    if exact:
        largest = max(exact, key=lambda fact: fact.number)
        return _pass(
            Confidence.MEDIUM, f"{_bytes(largest)} claimed; no log states a size.", largest
        )
    for fact in claims:
        if fact.number * _BINARY_MEGABYTE + fact.precision <= view.limit:
            return _pass(Confidence.LOW, f"Only `{fact.written}` is claimed.", fact)
        return _unknown(
            f"Only `{fact.written}` is claimed, which is over the limit if it counts binary "
            "megabytes: state the size in bytes."
        )
    return _unknown("Neither the JSON nor a log states the size of the submission in bytes.")


def _models(view: _View, standing: Standing) -> Iterator[Fact]:
    # A model several times the limit is the uncompressed one, which some JSON files list as well.
    for fact in view.facts.of(Quantity.MODEL_BYTES, standing):
        if fact.number < 2 * view.limit:
            yield fact


def _claims_packed_code(view: _View, shipped: ShippedCode) -> bool:
    codes = view.facts.of(Quantity.CODE_BYTES, Standing.CLAIMED)
    return any(counts_packed_copy(code, shipped) for code in codes)


def _bytes(fact: Fact) -> str:
    written = f" (written `{fact.written}`)" if fact.written else ""
    return f"{fact.number:,.0f} bytes{written}"


def _total_finding(total: Fact) -> Finding:
    return Finding(f"totals {_bytes(total)}", (total.source,))


def _fail(confidence: Confidence, summary: str, findings: list[Finding]) -> RuleResult:
    return RuleResult(_ID, Status.FAIL, confidence, summary, tuple(findings))


def _pass(confidence: Confidence, summary: str, fact: Fact) -> RuleResult:
    return RuleResult(
        _ID, Status.PASS, confidence, summary, (Finding(_bytes(fact), (fact.source,)),)
    )


def _unknown(summary: str) -> RuleResult:
    return RuleResult(_ID, Status.UNKNOWN, Confidence.LOW, summary)


def _example_json(total: int, code: int) -> str:
    return json.dumps(
        {
            "name": "Example",
            "github_id": "someone",
            "val_bpb": 1.1234,
            "seeds": [42],
            "bytes_total": total,
            "bytes_code": code,
        },
        indent=2,
    )


def _example_log(model: int, code: int) -> str:
    return (
        "seed:42\n"
        f"Code size: {code} bytes\n"
        f"Serialized model int6+zstd: {model} bytes\n"
        f"Total submission size int6+zstd: {model + code} bytes\n"
        "final_int6_roundtrip_exact val_loss:1.89680000 val_bpb:1.12340000\n"
    )


_SCRIPT = "print('trains')\n"

RULE = Rule(
    id=_ID,
    title="Code and compressed model fit 16,000,000 bytes",
    family=Family.ART,
    severity=Severity.INVALID,
    requirement=(
        "The code as shipped and the compressed model of every claimed seed together take at most "
        "16,000,000 bytes. The limit is decimal: 16 MiB is already over it."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "The artifact is code bytes plus compressed model bytes; the cap is 16,000,000, "
            "decimal and not 16 MiB.",
            date(2026, 3, 18),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1835",
            "The size check took the total that the log prints, which counts the unpacked code.",
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1959",
            "Model and unpacked code as logged were added up and found to be over the cap.",
            date(2026, 5, 2),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1530",
            "The first of several accepted rows that count a compressed copy of a script which "
            "is shipped readable.",
        ),
    ),
    fix=(
        "Count every seed in decimal bytes, ship the code in the form that was counted (for "
        "example as a self-extracting script, also for the run that writes the log), and shrink "
        "the model or the code until the largest seed fits."
    ),
    check=check,
    examples=(
        Example(
            ExampleKind.VALID,
            "log and claim agree, and both fit",
            {
                "submission.json": _example_json(15_900_016, 16),
                "train_seed42.log": _example_log(15_900_000, 16),
                "train_gpt.py": _SCRIPT,
            },
        ),
        Example(
            ExampleKind.VALID,
            "a packed copy of a readable script is counted: not a failure, but a question",
            {
                "submission.json": _example_json(15_999_500, 1_000),
                "train_seed42.log": _example_log(15_998_500, 1_000).replace(
                    "Code size:", "Code size (compressed):"
                ),
                "train_gpt.py": _SCRIPT * 200,
            },
        ),
        Example(
            ExampleKind.INVALID,
            "15.7 MB counted in powers of two",
            {
                "submission.json": _example_json(16_463_001, 16),
                "train_seed42.log": _example_log(16_462_985, 16),
                "train_gpt.py": _SCRIPT,
            },
        ),
        Example(
            ExampleKind.INVALID,
            "the claim fits, the log of the claimed run does not",
            {
                "submission.json": _example_json(15_990_000, 16),
                "train_seed42.log": _example_log(16_000_000, 16),
                "train_gpt.py": _SCRIPT,
            },
        ),
    ),
)
