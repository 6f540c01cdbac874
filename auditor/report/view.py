"""What the reports for people pick out of an audit, and the words they use for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from auditor.facts import Fact, Quantity
from auditor.findings import Location, RuleResult, Status, TttOrder
from auditor.report.escape import json_number, one_line
from auditor.report.links import span
from auditor.rule import Family, Rule, Severity
from auditor.submission.model import Submission
from auditor.verdict import Audit, Verdict

TOOL: Final = "parameter-golf-auditor"

# What is audited where there is no record folder.
ROOT = "files at the root"

_PATH_LIMIT = 120

ORDER = {
    TttOrder.NONE: "no adaptation on validation tokens",
    TttOrder.SCORE_FIRST: "validation tokens are scored first, then adapted on",
    TttOrder.ADAPT_THEN_SCORE: "validation tokens are adapted on first, then scored",
    TttOrder.RESCORED: "validation tokens are scored again after adapting on them",
    TttOrder.UNKNOWN: "the order of scoring and adapting could not be decided",
}

_UNITS = {
    Quantity.VAL_BPB: "bits per byte",
    Quantity.VAL_LOSS: "nats per token",
    Quantity.VAL_TOKENS: "tokens",
    Quantity.TRAIN_SHARDS: "files",
    Quantity.WORLD_SIZE: "processes",
}

_SEVERITIES = list(Severity)
_FAMILIES = list(Family)


@dataclass(frozen=True, slots=True)
class Answer:
    """A rule together with what it answered."""

    rule: Rule
    result: RuleResult


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one audit, grouped in the order in which a reader needs them.

    Attributes:
        failing: rules that are not met, those that decide first.
        rulings: rules whose answer depends on a reading that is for the organisers.
        unknown: rules that could not be decided.
        passed: rules that are met.
        not_applicable: rules that do not concern the submission.
        waived: rules all of whose findings the organisers have set aside.
    """

    failing: tuple[Answer, ...]
    rulings: tuple[Answer, ...]
    unknown: tuple[Answer, ...]
    passed: tuple[Answer, ...]
    not_applicable: tuple[Answer, ...]
    waived: tuple[Answer, ...]

    @property
    def open(self) -> Iterator[Answer]:
        """All answers that ask for somebody's attention, the most urgent first."""
        yield from self.failing
        yield from self.rulings
        yield from self.unknown

    @property
    def applicable(self) -> int:
        """How many rules concern the submission."""
        return len(tuple(self.open)) + len(self.passed) + len(self.waived)


def group(audit: Audit, rules: Mapping[str, Rule]) -> Answers:
    """The answers by status; in each group those first that decide most.

    Raises:
        KeyError: a result belongs to no rule in `rules`.
    """
    answers = [Answer(rules[result.rule_id], result) for result in audit.results]
    answers.sort(key=_weight)

    def having(status: Status) -> tuple[Answer, ...]:
        return tuple(answer for answer in answers if answer.result.status is status)

    return Answers(
        failing=having(Status.FAIL),
        rulings=having(Status.NEEDS_RULING),
        unknown=having(Status.UNKNOWN),
        passed=having(Status.PASS),
        not_applicable=having(Status.NOT_APPLICABLE),
        waived=having(Status.WAIVED),
    )


def _weight(answer: Answer) -> tuple[int, int, str]:
    """What follows from a failure, then the family: order of scoring before form of the folder."""
    rule = answer.rule
    return _SEVERITIES.index(rule.severity), _FAMILIES.index(rule.family), rule.id


def headline(audit: Audit, answers: Answers) -> str:
    """The verdict as a clause; says what was seen and leaves the decision to the reader."""
    waived = f"; {plural(len(audit.waived), 'finding')} waived" if audit.waived else ""
    return _seen(audit.verdict, answers) + waived


def _seen(verdict: Verdict, answers: Answers) -> str:
    total = answers.applicable
    # A rule may be a notice by the organisers' file: then it can fail without deciding.
    none = "no failure was found"
    if answers.failing:
        none = f"{_of(len(answers.failing), total)} not met, which decides nothing"
    match verdict:
        case Verdict.VIOLATION:
            return f"{_of(len(answers.failing), total)} not met, as far as the files show"
        case Verdict.NEEDS_RULING:
            return f"{_of(len(answers.rulings), total)} open to two readings; {none}"
        case Verdict.INSUFFICIENT_EVIDENCE:
            return f"{_of(len(answers.unknown), total)} undecided; {none}"
        case Verdict.COMPLIANT if any(answers.open):
            return f"nothing that decides is open; {none}"
        case Verdict.COMPLIANT if answers.waived:
            return f"{none} beside what is waived"
        case Verdict.COMPLIANT:
            return f"all {total} rules that apply are met, as far as the files show"


def amount(fact: Fact) -> str:
    """The value of a fact with its unit; text in it is not yet escaped."""
    value = json_number(fact.value)
    unit = _unit(fact.quantity)
    if unit in ("bytes", "tokens") and isinstance(value, float) and value.is_integer():
        value = int(value)
    # Sizes are long enough to need separators; a seed or a score is shown as it was stated.
    text = f"{value:,}" if unit in ("bytes", "tokens") and isinstance(value, int) else str(value)
    return f"{text} {unit}" if unit else text


def place(location: Location, submission: Submission) -> str:
    """Where a location is, short enough for a line: the record folder is left out."""
    path = within(location.file, submission.folder)
    if len(path) > _PATH_LIMIT:
        path = "…" + path[-_PATH_LIMIT:]  # the end of a path tells more than its beginning
    first, last = span(location)
    lines = f"{first}-{last}" if last > first else str(first)
    layer = f" in {one_line(location.layer, _PATH_LIMIT)}" if location.layer is not None else ""
    return f"{one_line(path)}:{lines}{layer}"


def within(path: str, folder: str) -> str:
    """The path as seen from the record folder, where it lies in it."""
    return path.removeprefix(f"{folder}/") if folder else path


def places(result: RuleResult) -> Iterator[Location]:
    """All places that a rule's answer names, the most telling first."""
    for finding in result.findings:
        yield from finding.locations or finding.flow


def plural(count: int, word: str) -> str:
    """A count with its noun."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _unit(quantity: Quantity) -> str:
    if quantity.endswith("_bytes"):
        return "bytes"
    return "s" if quantity.endswith("_seconds") else _UNITS.get(quantity, "")


def _of(count: int, total: int) -> str:
    return f"{count} of {plural(total, 'rule')} that {'applies' if total == 1 else 'apply'} " + (
        "is" if count == 1 else "are"
    )
