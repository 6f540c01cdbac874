"""Which value of the program is the claimed number.

The claim is a number in the metadata; the number stands in a line of a log; the line was printed by
one report of the program; the report's value is what the audit starts from. Where there is no log
the last score that the program reports is taken, and that this was an inference is said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from auditor.findings import Location
from auditor.trace.claimlines import LoggedScore
from auditor.trace.events import Event
from auditor.trace.graph import Const, Node
from auditor.trace.templates import Template
from auditor.trace.texts import Hole

_SCORE_WORD = re.compile(r"(?:bpb|bits[_ ]per[_ ]byte)\W{0,4}\Z", re.IGNORECASE)
_ASIDE = re.compile(
    r"delta|gain|diff(?!usion)|diagnostic|progress|running|pre[-_ ]?quant", re.IGNORECASE
)
_DIGITS = re.compile(r"\d[\d.,]*")
_ALIKE = 0.72
_WORDED = 3
_BRACKETS = (("{", "}"), ("[", "]"), ("(", ")"))
_MOST_COMPARED = 6
_MOST_LOOKED_AT = 6
_LOSS_WORD = re.compile(r"(?<!train_)(?<!train )(?:val_loss|nll|loss)\W{0,4}\Z", re.IGNORECASE)


class Basis(StrEnum):
    """How the claimed value was found in the program, the surest first."""

    LOGGED = "a log line carries the claimed score and the program prints that line"
    LABEL = "the program prints a line with the label that the log gives the claimed score"
    LAST = "no log line could be matched: the last score that the program reports"


@dataclass(frozen=True, slots=True, eq=False)
class Claimed:
    """The value that the claimed number is.

    Attributes:
        node: the value.
        event: the report that prints it.
        basis: how it was found.
        line: the line of the log that carries it, where there is one.
    """

    node: Node
    event: Event
    basis: Basis
    line: Location | None = None


def find_claimed(
    reports: Sequence[Template],
    logged: Sequence[LoggedScore],
    numbered: Sequence[LoggedScore] = (),
) -> Claimed | None:
    """The claimed value of a program, `None` where the program reports no score at all.

    Args:
        reports: the lines that the program can print.
        logged: the lines that say what the claimed number is.
        numbered: further lines that have the number in them.
    """
    worded = [report for report in reports if len(report.anchor) >= _WORDED]
    return (
        _by_line(worded, logged)
        or _by_line(worded, numbered)
        or _by_line(reports, [*logged, *numbered])
        or _by_label(worded, logged)
        or _by_likeness(worded, logged)
        or _last(worded)
    )


def _by_line(reports: Sequence[Template], logged: Sequence[LoggedScore]) -> Claimed | None:
    """The report that prints most of the lines with the number where they have it."""
    votes: Counter[Node] = Counter()
    first: dict[Node, tuple[Template, LoggedScore]] = {}
    for score in logged:
        for report, node in _printers(reports, score):
            votes[node] += 1
            first.setdefault(node, (report, score))
    if not votes:
        return None
    most = max(votes.values())
    node = max((n for n, count in votes.items() if count == most), key=lambda n: n.seq)
    report, score = first[node]
    return Claimed(node, report.event, Basis.LOGGED, score.where)


def _printers(reports: Sequence[Template], score: LoggedScore) -> Iterable[tuple[Template, Node]]:
    for report in reports:
        values = report.match(score.text)
        for node, text in values or ():
            if not isinstance(node, Const) and _states(text, score.value):
                yield report, node


def _states(text: str, value: float) -> bool:
    """Whether a printed value is a number, or is a collection with that number in it."""
    number = _number(text)
    if number is not None or (text.strip()[:1], text.strip()[-1:]) not in _BRACKETS:
        return number == value
    return any(_number(part) == value for part in _DIGITS.findall(text))


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def _by_label(reports: Sequence[Template], logged: Sequence[LoggedScore]) -> Claimed | None:
    """The report whose words introduce the score in the log, though its format differs."""
    for score in logged:
        label = score.text.split("val_loss")[0].split("val_bpb")[0].strip(" :=|")
        if len(label) < 6:
            continue
        for report in reversed(reports):
            if label in report.anchor or report.anchor.startswith(label):
                node = _score_hole(report)
                if node is not None:
                    return Claimed(node, report.event, Basis.LABEL, score.where)
    return None


def _by_likeness(reports: Sequence[Template], logged: Sequence[LoggedScore]) -> Claimed | None:
    """The report most like the line: another version of the script worded it differently."""
    best: tuple[float, Claimed] | None = None
    for score in logged[:_MOST_COMPARED]:
        shape = _DIGITS.sub("{}", score.text.strip())
        for report in reports:
            node = _score_hole(report)
            if node is None:
                continue
            likeness = SequenceMatcher(None, shape, _DIGITS.sub("{}", report.shape)).ratio()
            if likeness >= _ALIKE and (best is None or likeness > best[0]):
                best = (likeness, Claimed(node, report.event, Basis.LABEL, score.where))
    return None if best is None else best[1]


def _last(reports: Sequence[Template]) -> Claimed | None:
    """The last score that is reported; one inside a training loop only where there is no other."""
    candidates: list[tuple[tuple[bool, bool, int], Node, Event]] = []
    for report in reports:
        for words in (_SCORE_WORD, _LOSS_WORD):
            node = _hole_after(report, words)
            if node is not None and not _ASIDE.search(report.anchor):
                rank = (words is _SCORE_WORD, report.event.loop is None, report.event.seq)
                candidates.append((rank, node, report.event))
                break
    if not candidates:
        return None
    _, node, event = max(candidates, key=lambda item: item[0])
    return Claimed(node, event, Basis.LAST)


def last_values(reports: Sequence[Template]) -> Iterator[Claimed]:
    """The values that are reported last, for a program whose words do not say which is the score.

    Reports outside loops come first: a loop reports how far it is.
    """
    ordered = sorted(reports, key=lambda r: (r.event.loop is None, r.event.seq), reverse=True)
    for report in ordered[:_MOST_LOOKED_AT]:
        for part in report.parts:
            if isinstance(part, Hole) and not isinstance(report.ins[part.index], Const):
                yield Claimed(report.ins[part.index], report.event, Basis.LAST)


def _score_hole(report: Template) -> Node | None:
    """The value that a report introduces as a score in bits per byte, else as a loss."""
    return _hole_after(report, _SCORE_WORD) or _hole_after(report, _LOSS_WORD)


def _hole_after(report: Template, words: re.Pattern[str]) -> Node | None:
    before = ""
    for part in report.parts:
        if isinstance(part, Hole):
            node = report.ins[part.index]
            if words.search(before) and not isinstance(node, Const):
                return node
            before = ""
        else:
            before = part
    return None
