"""Figures of one log that cannot all be true: backward clocks, parts above their whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from auditor.findings import Location
from auditor.program import ir
from auditor.provenance.foreign import shape_of
from auditor.provenance.grammar import Grammar, Line
from auditor.texts import TextLines

_STEP = re.compile(
    r"(?:^|\s)(?:step[:= ]+)?(?P<step>\d{1,7})/(?P<of>\d{1,7})[^\n]*?\btrain_time[:=]\s*"
    r"(?P<time>\d+(?:\.\d+)?)(?P<unit>ms|s)(?![a-z])(?:[^\n]*?\bstep_avg[:=]\s*"
    r"(?P<average>\d+(?:\.\d+)?)ms)?"
)
_TIMED = re.compile(
    r"\b(?:eval_time|elapsed|time|eval)[:=]\s*(?P<time>\d+(?:\.\d+)?)\s?(?P<unit>ms|s)(?![a-z/])"
)
_SCORE = re.compile(r"(?:\b|_)bpb[:=]\s*(?P<score>\d\.\d{3,10})")
_PROGRESS = re.compile(r"\[?(?P<done>\d{1,7})/(?P<all>\d{1,7})\]?")
_LONGEST_LINE = 400
#: Lines between the two reports of one evaluation; farther apart they are of different ones.
_CLOSE = 12
#: No text has been predicted better than this, in bits per byte, over any stretch of a stream.
_LOWEST = 0.0
#: How far an average may be from its total: the clock goes on while the line is put together.
_LOOSE_AVERAGE = 0.02
_MOST_FINDINGS = 20
_COUNT = re.compile(r"(?:^|\s)model_params[:=]\s?(?P<count>\d[\d,]{0,14})(?=\s|$)")
_PLAIN = re.compile(r"(?:^|\s)Serialized model:\s?(?P<size>\d[\d,]{0,14}) bytes")
_LEAST_BYTES, _MOST_BYTES = 0.45, 8.5


class Kind(StrEnum):
    """What is impossible."""

    BACKWARDS = "the training clock runs backwards"
    AVERAGE = "the average time per step is not the total over the steps"
    INNER = "an inner timer shows more than the outer one around it"
    RUNNING = "a running mean cannot lead to the next one"
    PARAMETERS = "the plain model does not have the bytes of its parameters"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two figures of a log that exclude each other.

    Attributes:
        kind: what is impossible.
        message: the two figures, as one sentence.
        places: their lines.
    """

    kind: Kind
    message: str
    places: tuple[Location, ...]


def contradictions(log: TextLines, grammar: Grammar) -> Iterator[Contradiction]:
    """What a log says that cannot all be true.

    Args:
        log: its lines.
        grammar: the texts of the program, which tell the function that printed a line.
    """
    yield from _first(_clock(log, grammar))
    yield from _first(_inner(log, grammar))
    yield from _first(_running(log))
    yield from _first(_parameters(log))


def _first(found: Iterator[Contradiction]) -> Iterator[Contradiction]:
    for _, one in zip(range(_MOST_FINDINGS), found, strict=False):
        yield one


# --- the training clock --------------------------------------------------------------------------


def _clock(log: TextLines, grammar: Grammar) -> Iterator[Contradiction]:
    """Steps whose clock is below that of an earlier step, or is not its average times its number.

    A smaller step number starts another run.
    """
    quotients: dict[str, bool] = {}
    last: tuple[int, float, int] | None = None
    for number, line in log.lines:
        match = _STEP.search(line) if "train_time" in line and len(line) <= _LONGEST_LINE else None
        if match is None:
            continue
        step, of = int(match["step"]), int(match["of"])
        seconds = float(match["time"]) / (1000 if match["unit"] == "ms" else 1)
        if last and last[0] < step and last[2] == of and seconds < last[1]:
            yield Contradiction(
                Kind.BACKWARDS,
                f"step {step} at {seconds:,.3f} s follows a step at {last[1]:,.3f} s",
                (_at(log, number),),
            )
        last = (step, seconds, of)
        average = float(match["average"]) / 1000 if match["average"] else None
        if average is None or step == 0 or seconds <= 1:
            continue
        shape = shape_of(line)
        if shape not in quotients:
            quotients[shape] = _prints_quotient(line, grammar)
        if not _agrees(average, step, seconds, exact=quotients[shape]):
            yield Contradiction(
                Kind.AVERAGE,
                f"{step} steps at {average * 1000:.2f} ms make {average * step:,.1f} s, not "
                f"{seconds:,.1f} s",
                (_at(log, number),),
            )


def _agrees(average: float, step: int, seconds: float, *, exact: bool) -> bool:
    if exact:
        # The clock is printed to the millisecond, the average to a hundredth of one.
        return abs(average * step - seconds) <= 0.00001 * step + 0.002
    # Some scripts average since a compilation or over a window: only clear multiples are wrong.
    return abs(average * step - seconds) <= _LOOSE_AVERAGE * seconds or average * step < seconds


def _prints_quotient(line: str, grammar: Grammar) -> bool:
    """Whether every statement that prints a line divides the clock that it prints by a step."""
    found = list(grammar.printers(line))
    return bool(found) and all(_divides(own) for own in found)


def _divides(own: Line) -> bool:
    values: dict[str, ir.Expr | None] = {}
    before = ""
    for part in own.parts:
        if isinstance(part, str):
            before = part
        else:
            values[before.rpartition(" ")[2].rstrip(":=")] = part.value
    clock, average = values.get("train_time"), values.get("step_avg")
    return (
        isinstance(clock, ir.Name)
        and isinstance(average, ir.Bin)
        and average.op == "/"
        and isinstance(average.left, ir.Name)
        and average.left.id == clock.id
    )


# --- timers within timers ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Timed:
    """A line with a score and the time it took."""

    number: int
    score: str
    seconds: float
    coarse: float
    written: str
    line: str


def _inner(log: TextLines, grammar: Grammar) -> Iterator[Contradiction]:
    """Two neighbouring reports of one score of which the first, by a callee, took longer.

    Two reports of one function may be of two evaluations.
    """
    previous: _Timed | None = None
    for number, line in log.lines:
        timed = _timed(number, line)
        if timed is None:
            continue
        before, previous = previous, timed
        if before is None or number - before.number > _CLOSE or not _same_score(before, timed):
            continue
        if not _is_callee(before, timed, grammar):
            continue
        if before.seconds - before.coarse > timed.seconds + timed.coarse:
            yield Contradiction(
                Kind.INNER,
                f"the evaluation takes {before.written} by the timer that stops first and "
                f"{timed.written} by the one around it",
                (_at(log, before.number), _at(log, timed.number)),
            )


def _timed(number: int, line: str) -> _Timed | None:
    if "bpb" not in line or len(line) > _LONGEST_LINE or "train_time" in line:
        return None
    time, score = _TIMED.search(line), _SCORE.search(line)
    if time is None or score is None or _PROGRESS.search(line):
        return None
    scale = 1000.0 if time["unit"] == "ms" else 1.0
    decimals = len(time["time"].partition(".")[2])
    coarse = 0.5 * 10.0**-decimals / scale
    written = f"{time['time']} {time['unit']}"
    return _Timed(number, score["score"], float(time["time"]) / scale, coarse, written, line)


def _is_callee(one: _Timed, other: _Timed, grammar: Grammar) -> bool:
    """Whether two lines were printed by different functions."""
    first, second = (
        {own.text.place.function for own in grammar.printers(timed.line)} for timed in (one, other)
    )
    return bool(first and second) and first.isdisjoint(second)


def _same_score(one: _Timed, other: _Timed) -> bool:
    """Whether two scores are one, printed with different digits."""
    digits = min(len(one.score), len(other.score)) - 2
    return abs(float(one.score) - float(other.score)) <= 0.51 * 10.0**-digits


# --- running means -------------------------------------------------------------------------------


def _running(log: TextLines) -> Iterator[Contradiction]:
    """Progress of a mean over chunks: what lies between two reports has a mean of its own."""
    last: tuple[int, int, float, int] | None = None
    for number, line in log.lines:
        if "bpb" not in line or len(line) > _LONGEST_LINE or "val_bpb" in line or "step" in line:
            continue
        progress, score = _PROGRESS.search(line), _SCORE.search(line)
        if progress is None or score is None:
            continue
        done, every, mean = int(progress["done"]), int(progress["all"]), float(score["score"])
        if last and last[1] == every and last[0] < done <= every:
            between = (mean * done - last[2] * last[0]) / (done - last[0])
            if between < _LOWEST:
                yield Contradiction(
                    Kind.RUNNING,
                    f"from {last[2]:g} at {last[0]} of {every} to {mean:g} at {done}, what lies "
                    f"between would have to score {between:.3f} bits per byte",
                    (_at(log, last[3]), _at(log, number)),
                )
        last = (done, every, mean, number)


# --- parameters and bytes ------------------------------------------------------------------------


def _parameters(log: TextLines) -> Iterator[Contradiction]:
    """A plain model, before any compression, has between half a byte and eight per parameter."""
    counted: tuple[int, int] | None = None
    for number, line in log.lines:
        count, size = _COUNT.search(line[:_LONGEST_LINE]), _PLAIN.search(line[:_LONGEST_LINE])
        if count:
            counted = (number, int(count["count"].replace(",", "")))
        elif size and counted and counted[1] > 0:
            held = int(size["size"].replace(",", "")) / counted[1]
            if not _LEAST_BYTES <= held <= _MOST_BYTES:
                yield Contradiction(
                    Kind.PARAMETERS,
                    f"{counted[1]:,} parameters in a plain model of {size['size']} bytes",
                    (_at(log, counted[0]), _at(log, number)),
                )


def _at(log: TextLines, number: int) -> Location:
    return Location(log.file, number, number)
