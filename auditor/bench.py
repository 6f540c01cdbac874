"""How often the auditor agrees with judgements that are known: recall, false alarms, places."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from auditor.fleet import Outcome

#: Families in which a failure on accepted work is a false alarm. Sizes, clocks, bytes,
#: significance and packaging may fail on accepted rows where a cited line shows it.
ALARM_FAMILIES = frozenset({"TTT", "SLOT", "CAUS", "NG", "DIST", "PPM", "CAL", "DATA"})

_JUDGED_LEGAL = ("accepted", "fixed_at_head", "legal_code")


class RulingsUnreadable(ValueError):
    """The file of rulings is not what it should be; the message says where and what to do."""


class Evidence(BaseModel):
    """Lines in which a ruling's reason can be seen."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    file: str
    line_start: int
    line_end: int
    line_basis: str = "committed"


class Ruling(BaseModel):
    """One pull request with a known judgement; see the benchmark's documentation."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pr: int
    head_sha: str | None = None
    label: Literal["violation", "accepted", "fixed_at_head", "legal_code"]
    tier: str
    families: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class Ratio(BaseModel):
    """A count out of a number of cases."""

    numerator: int
    denominator: int

    @property
    def share(self) -> float:
        """The count as a share of the cases, 0 where there are none."""
        return self.numerator / self.denominator if self.denominator else 0.0

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator} ({self.share:.1%})"


class Row(BaseModel):
    """What the auditor answered for one ruling."""

    pr: int
    label: str
    tier: str
    families: tuple[str, ...]
    categories: tuple[str, ...]
    verdict: str
    ttt_order: str
    failing: tuple[str, ...]
    rulings: tuple[str, ...]
    undecided: tuple[str, ...]
    hit: bool
    located: bool | None
    unknown: bool


class Recall(BaseModel):
    """Violations that were found."""

    recall: Ratio


class Accepted(BaseModel):
    """Failures on work that was judged legal."""

    false_alarms: Ratio


class Family(BaseModel):
    """The figures of one family of rules."""

    recall: Ratio
    false_alarms: Ratio


class Benchmark(BaseModel):
    """All figures, and the rows that missed."""

    core: Recall
    records: Recall
    secondary: Recall
    accepted: Accepted
    localisation: Ratio
    unknown: Ratio
    families: dict[str, Family]
    missed: tuple[Row, ...]
    rows: tuple[Row, ...]


def bundled_rulings(name: str = "parameter-golf-2026") -> list[Ruling]:
    """The rulings of a round of the challenge that come with the project."""
    with resources.as_file(resources.files("rules").joinpath("rulings", f"{name}.jsonl")) as path:
        return read_rulings(path)


def read_rulings(path: Path) -> list[Ruling]:
    """The rulings of a file with one JSON object per line.

    Raises:
        RulingsUnreadable: the file or a line of it cannot be read.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulingsUnreadable(f"{path} cannot be read: {error}") from error
    found: list[Ruling] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(Ruling.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the line"
            message = f"{path}:{number}: {where}: {first['msg']}; one JSON object per line"
            raise RulingsUnreadable(message) from error
    if not found:
        raise RulingsUnreadable(f"{path} holds no rulings; one JSON object per line")
    return found


def measure(rulings: Sequence[Ruling], outcomes: Mapping[int, Outcome]) -> Benchmark:
    """The figures for rulings and what was answered for each pull request."""
    rows = [_row(ruling, outcomes[ruling.pr]) for ruling in rulings if ruling.pr in outcomes]
    violations = [row for row in rows if row.label == "violation"]
    legal = [row for row in rows if row.label in _JUDGED_LEGAL]
    located = [row for row in violations if row.located is not None]
    return Benchmark(
        core=Recall(recall=_hits(row for row in violations if row.tier == "core")),
        records=Recall(recall=_hits(row for row in violations if row.tier == "records")),
        secondary=Recall(recall=_hits(row for row in violations if row.tier == "secondary")),
        accepted=Accepted(false_alarms=_hits(legal)),
        localisation=_ratio(bool(row.located) for row in located),
        unknown=_ratio(row.unknown for row in rows),
        families=_families(violations, legal),
        missed=tuple(row for row in rows if row.hit != (row.label == "violation")),
        rows=tuple(rows),
    )


def _hits(rows: Iterable[Row]) -> Ratio:
    return _ratio(row.hit for row in rows)


def _ratio(flags: Iterable[bool]) -> Ratio:
    known = list(flags)
    return Ratio(numerator=sum(known), denominator=len(known))


def _families(violations: Sequence[Row], legal: Sequence[Row]) -> dict[str, Family]:
    by_family: dict[str, list[Row]] = defaultdict(list)
    for row in violations:
        for family in row.families:
            by_family[family].append(row)
    return {
        family: Family(
            recall=_ratio(_fails_in(row, {family}) for row in rows),
            false_alarms=_ratio(_fails_in(row, {family}) for row in legal),
        )
        for family, rows in sorted(by_family.items())
    }


def _fails_in(row: Row, families: Iterable[str]) -> bool:
    return any(family_of(rule) in families for rule in row.failing)


def family_of(rule_id: str) -> str:
    """The family that a rule's id names."""
    return rule_id.rstrip("0123456789")


def _row(ruling: Ruling, outcome: Outcome) -> Row:
    rules: Sequence[Mapping[str, Any]] = outcome.report["rules"] if outcome.report else ()
    wanted = set(ruling.families) if ruling.label == "violation" else ALARM_FAMILIES
    failing = [rule for rule in rules if rule["status"] == "fail"]
    telling = [rule for rule in failing if family_of(rule["id"]) in wanted]
    undecided = [rule["id"] for rule in rules if rule["status"] == "unknown"]
    open_question = not rules or any(family_of(rule) in wanted for rule in undecided)
    located = None
    if telling and ruling.evidence and ruling.label == "violation":
        located = any(_overlaps(place, ruling.evidence) for place in _places(telling))
    return Row(
        pr=ruling.pr,
        label=ruling.label,
        tier=ruling.tier,
        families=ruling.families,
        categories=ruling.categories,
        verdict=outcome.report["verdict"] if outcome.report else "none",
        ttt_order=outcome.report["ttt_order"] if outcome.report else "unknown",
        failing=tuple(rule["id"] for rule in failing),
        rulings=tuple(rule["id"] for rule in rules if rule["status"] == "needs-ruling"),
        undecided=tuple(undecided),
        hit=bool(telling),
        located=located,
        unknown=not telling and open_question,
    )


def _places(rules: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for rule in rules:
        for finding in rule["findings"]:
            yield from finding["locations"]


def _overlaps(place: Mapping[str, Any], evidence: Iterable[Evidence]) -> bool:
    return any(
        place["file"] == lines.file
        and (place["layer"] is not None) == (lines.line_basis == "unpacked")
        and place["line_start"] <= lines.line_end
        and place["line_end"] >= lines.line_start
        for lines in evidence
    )


def moved(old: Benchmark, new: Benchmark) -> list[tuple[Row, Row]]:
    """Rows whose verdict, order or failing rules differ between two runs."""
    before = {row.pr: row for row in old.rows}
    return [
        (before[row.pr], row)
        for row in new.rows
        if row.pr in before and _answer(before[row.pr]) != _answer(row)
    ]


def _answer(row: Row) -> tuple[object, ...]:
    return (row.verdict, row.ttt_order, row.failing, row.rulings, row.undecided)


def read_benchmark(path: Path) -> Benchmark:
    """An earlier run's figures, as `bench --format json` printed them.

    Raises:
        RulingsUnreadable: the file is no such output.
    """
    try:
        return Benchmark.model_validate(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        message = f"{path} is not the output of `auditor bench --format json`"
        raise RulingsUnreadable(message) from error
