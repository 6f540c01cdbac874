"""Lines of a log that no statement of the shipped code prints, or prints only in another form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from auditor.findings import Location
from auditor.provenance.grammar import Grammar, Line
from auditor.texts import TextLines

#: What only a training script reports: metrics, sizes, phases.
_REPORTS = re.compile(
    r"(?:val_loss|train_loss|bpb|BPB|_time|elapsed|loss)\s*[:=]\s*[\d.]|\d ?bytes\b|bytes[:=] ?\d"
    r"|\b(?:ttt|quant|gptq|hessian|swa|ema|qat|slot|ngram|final)\w*:|\bstep[:= ]\d|^\s*final_"
    r"|model_params:"
)
_VALUE = re.compile(r"(?<=[:=])\s*[^\s,;:=]*[/.][^\s,;]*")
_STAMP = re.compile(
    r"^\s*(?:\[?[\d:.,/TZ+ -]{8,40}\]?|\[?(?:rank|default)[: ]?\d+\]?:?"
    r"|(?:INFO|WARNING|DEBUG)\b[:\s]*)\s*"
)
_NOISE = re.compile(
    r"^\s*(?:[WEIF]\d{4} |\[rank\d|Traceback|File \"|[\w/.-]+\.py:\d+|\w*Warning|warn"
    r"|\||\+-|=+$|-+$|#|\$|\+ |torchrun|wandb|NCCL)|%\|"
)
_DIGITS = re.compile(r"(?<![\d.])\d+")
_FRACTION = re.compile(r"(?<=\.)\d+")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,}")
_LONGEST_LINE = 400
_SHORTEST_START = 6
_MOST_SHAPES = 1_500
_MOST_FINDINGS = 40


class Kind(StrEnum):
    """In which way a line does not fit the code."""

    UNKNOWN = "no statement of the shipped code prints this line"
    FORM = "the statement with these words prints its values in another form"


@dataclass(frozen=True, slots=True)
class Foreign:
    """A line that the shipped code does not print.

    Attributes:
        where: the line.
        text: its text.
        kind: in which way it does not fit.
        nearest: the statement with the same words, where there is one.
    """

    where: Location
    text: str
    kind: Kind
    nearest: Location | None = None


def foreign_lines(log: TextLines, grammar: Grammar, words: frozenset[str]) -> Iterator[Foreign]:
    """The reports in a log that the program cannot have printed as they stand.

    Args:
        log: the lines of the log, without echoed source.
        grammar: the texts of all code that was read.
        words: all words of the shipped files; a line whose words are all among them may have been
            put together in a way that the grammar does not follow, and is left alone.
    """
    verdicts: dict[str, tuple[Kind, Line | None] | None] = {}
    found = 0
    for number, line in log.lines:
        if len(line) > _LONGEST_LINE or not _REPORTS.search(line) or _NOISE.search(line):
            continue
        shape = shape_of(line)
        if shape not in verdicts:
            if len(verdicts) >= _MOST_SHAPES:
                return
            verdicts[shape] = _judge(line, grammar, words)
        verdict = verdicts[shape]
        if verdict is None:
            continue
        kind, nearest = verdict
        where = Location(log.file, number, number)
        yield Foreign(where, line.strip(), kind, None if nearest is None else nearest.where)
        found += 1
        if found == _MOST_FINDINGS:
            return


def shape_of(line: str) -> str:
    """A line with its integers made equal; the number of decimals stays."""
    return _DIGITS.sub("0", _FRACTION.sub(lambda match: "0" * len(match[0]), line))


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """All words of some texts."""
    return frozenset(word for text in texts for word in _WORD.findall(text))


def _judge(line: str, grammar: Grammar, words: frozenset[str]) -> tuple[Kind, Line | None] | None:
    unstamped = _STAMP.sub("", line)
    for candidate in (line, unstamped):
        if next(grammar.printers(candidate), None) is not None:
            return None
    like: Sequence[Line] = [p for c in {line, unstamped} for p in grammar.likenesses(c)]
    if like:
        return Kind.FORM, max(like, key=lambda own: len(own.anchor))
    if grammar.starts(unstamped, _SHORTEST_START):
        return None
    strange = [word for word in _WORD.findall(_VALUE.sub(" ", unstamped)) if word not in words]
    return (Kind.UNKNOWN, None) if strange else None
