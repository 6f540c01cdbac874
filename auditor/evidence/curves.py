"""How losses and running scores went, as points for a plot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.evidence.amounts import number_of
from auditor.texts import TextLines

_STEP = re.compile(r"(?:^|\s|\[)(?:step|iter|s)?[:= ]*(?P<step>\d{1,9})/\d{1,9}\b")
_VALUES = (
    ("training loss", re.compile(r"\btrain_loss[:=]\s*(?P<value>\d{1,3}\.\d+)")),
    ("validation, bits per byte", re.compile(r"\bval_bpb[:=]\s*(?P<value>\d{1,3}\.\d+)")),
)
_RUNNING = re.compile(
    r"(?<![a-z_])(?:(?:running_|r)?bpb|rb)[:=]\s*(?P<value>\d{1,3}\.\d+)", re.IGNORECASE
)
_PROGRESS = re.compile(r"(?P<done>\d{1,9})/(?P<all>\d{1,9})")
#: More points than a figure has pixels, kept evenly.
_MOST_POINTS = 4_000
_LONGEST_LINE = 1_000
RUNNING = "running score, bits per byte"


@dataclass(frozen=True, slots=True)
class Curve:
    """The points of one quantity in one log.

    Attributes:
        log: path of the log.
        what: the quantity; `RUNNING` is over the share of the evaluation that is done.
        points: position and value, in the order of the log.
    """

    log: str
    what: str
    points: tuple[tuple[float, float], ...]


def curves(logs: Iterable[TextLines]) -> Iterator[Curve]:
    """The curves of some logs that have at least two points."""
    for log in logs:
        found: dict[str, list[tuple[float, float]]] = {}
        for _, line in log.lines:
            if len(line) <= _LONGEST_LINE and "/" in line:
                for what, position, value in _points(line):
                    found.setdefault(what, []).append((position, value))
        for what, stated in found.items():
            points = _in_order(stated) if what == RUNNING else stated
            if len(points) > 1:
                every = -(-len(points) // _MOST_POINTS)
                yield Curve(log.file, what, tuple(points[::every]))


def _in_order(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Progress as stated, or in the order of the lines where batches are counted out of order."""
    positions = [position for position, _ in points]
    if positions == sorted(positions):
        return points
    return [((i + 1) / len(points), value) for i, (_, value) in enumerate(points)]


def _points(line: str) -> Iterator[tuple[str, float, float]]:
    step = _STEP.search(line)
    stated = False
    for what, pattern in _VALUES:
        match = pattern.search(line) if step else None
        value = number_of(match["value"]) if match else None
        if step and value is not None:
            stated = True
            yield what, float(step["step"]), value
    progress, running = _PROGRESS.search(line), _RUNNING.search(line)
    if not stated and progress and running and int(progress["all"]):
        value = number_of(running["value"])
        if value is not None:
            yield RUNNING, int(progress["done"]) / int(progress["all"]), value
