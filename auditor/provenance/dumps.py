"""Copies of a run's own source in its log, compared with the code that is shipped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.findings import Location
from auditor.submission.model import Snapshot
from auditor.texts.echo import echoed_blocks
from auditor.texts.lines import read_text

#: A helper pasted into a log is no copy of the script.
_FEWEST_LINES = 50
_IGNORED = re.compile(r"\s*(?:#.*)?")


@dataclass(frozen=True, slots=True)
class Dump:
    """One copy of source in a log.

    Attributes:
        where: its lines in the log.
        size: its bytes.
        lines: its lines of code.
        own: how many of them the shipped code does not have.
        lacking: how many lines of the shipped file that is nearest to it the copy lacks.
        nearest: name of that file or layer.
        first: the first line that the shipped code does not have.
    """

    where: Location
    size: int
    lines: int
    own: int
    lacking: int
    nearest: str
    first: Location | None

    @property
    def differs(self) -> bool:
        """Whether the run used other code than what is shipped."""
        return self.own > 0


@dataclass(frozen=True, slots=True)
class Shipped:
    """One text of code that is shipped: a file, or a decoded layer of one."""

    name: str
    text: str


def dumps(snapshot: Snapshot, logs: Sequence[str], shipped: Sequence[Shipped]) -> Iterator[Dump]:
    """The copies of source in some logs, the longest of each.

    Args:
        snapshot: where the logs are read.
        logs: their paths.
        shipped: all code of the submission.
    """
    known = {line.strip() for each in shipped for line in each.text.splitlines()}
    sources = [each.text for each in shipped]
    for log in logs:
        text = read_text(snapshot, log)
        blocks = list(echoed_blocks(text, sources)) if text else []
        if not blocks:
            continue
        start, block = max(blocks, key=lambda found: len(found[1]))
        if len(block) >= _FEWEST_LINES:
            yield _dump(log, start, block, shipped, known)


def _dump(
    log: str, start: int, block: list[str], shipped: Sequence[Shipped], known: set[str]
) -> Dump:
    code = [i for i, line in enumerate(block) if not _IGNORED.fullmatch(line)]
    own = [i for i in code if block[i].strip() not in known]
    copied = {line.strip() for line in block}
    nearest = max(shipped, key=lambda each: len(copied & {x.strip() for x in _code(each.text)}))
    lacking = sum(1 for line in _code(nearest.text) if line.strip() not in copied)
    where = Location(log, start, start + len(block) - 1, note="a copy of the run's source")
    first = Location(log, start + own[0], start + own[0]) if own else None
    size = len("\n".join(block).encode("utf-8", "surrogatepass"))
    return Dump(where, size, len(code), len(own), lacking, nearest.name, first)


def _code(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if not _IGNORED.fullmatch(line))
