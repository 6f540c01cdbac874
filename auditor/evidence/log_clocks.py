"""Lines of a log that report how long something took, in seconds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.evidence.amounts import seconds_of
from auditor.evidence.stated import Stated, tidy_label
from auditor.facts import Quantity

_VALUE = r"\s*[:=]\s*(?P<value>\d+(?:\.\d+)?)\s?(?P<unit>ms|s|m|min)(?![A-Za-z0-9/])"
_TRAIN = re.compile(r"(?<![A-Za-z_])(?:train_time|training_time|tt)" + _VALUE)
_EVAL = re.compile(r"(?<![A-Za-z])(?P<key>(?:total_)?eval_time|eval)" + _VALUE)
_TOTAL_EVAL = re.compile(
    r"(?P<key>total_eval_time(?:_with_compile)?|TTT eval time|ttt:total_time)" + _VALUE
)
#: Short keys that mean a duration only next to a score: `slot val_bpb:1.1 time:301798ms`.
_BESIDE_SCORE = re.compile(r"(?<![A-Za-z_])(?:elapsed|time|t)" + _VALUE)
_ADAPT = re.compile(
    r"^\s*(?P<label>[a-z_]{0,20}ttt[a-z_]{0,20}(?::\w{1,20})?)\b[^=\n]{0,40}?"
    r"(?:elapsed=|done in )\s*"
    r"(?P<value>\d+(?:\.\d+)?)\s?(?P<unit>ms|s)\b"
)
_WARMUP = re.compile(
    r"(?P<label>\b[\w:]{0,40}(?:compile|warmup)[\w: ]{0,40}?) done "
    r"\((?P<value>\d+(?:\.\d+)?)(?P<unit>s)\)"
)
_PRECOMPUTE = re.compile(
    r"(?P<label>\b\w{1,40}:precompute_outside\w{0,40}) elapsed="
    r"(?P<value>\d+(?:\.\d+)?)(?P<unit>s)\b"
)
_PROCESS = re.compile(
    r"(?P<label>artifact_production_wallclock|total_wall(?:_time|clock)?)" + _VALUE
)
_CALIBRATION = re.compile(
    r"(?P<label>^\s*(?:gptq|hessian|[\w ]{0,40}calibrat)[^\n]{0,120}?)"
    r"(?:\bin |\btime=|post_time:|elapsed=)\s*"
    r"(?P<value>\d+(?:\.\d+)?)\s?(?P<unit>ms|s)\b",
    re.IGNORECASE,
)
_CALIBRATING = re.compile(
    r"^\s*(?:gptq|hessian)\w{0,40}:[^\n]{0,80}?(?:collect|calibrat|generat|using )", re.IGNORECASE
)
_STATISTICS = re.compile(r"collect|calibrat|generat|hessian", re.IGNORECASE)
_RESERVE = re.compile(
    r"(?P<label>\b(?:\w+_)?reserv(?:e|ing)(?P<suffix>_ms|_seconds)?)\s*[:=]?\s*"
    r"(?P<value>\d+(?:\.\d+)?)\s?(?P<unit>ms|s)?\b",
    re.IGNORECASE,
)
_CAP = re.compile(
    r"(?<![A-Za-z_])max_wallclock_seconds\s*[:=]\s*(?P<value>\d{1,9}(?:\.\d{1,9})?)", re.IGNORECASE
)
_STOP_STEP = re.compile(r"step[: ]+(?P<value>\d{1,9})/\d+")


def read_train_clock(line: str) -> Stated | None:
    """The training time that a line reports.

    It is labelled `stopping_early` where training ended there, otherwise `step`: the time so far.
    """
    match = _TRAIN.search(line)
    if match is None:
        return None
    label = "stopping_early" if "stopping_early" in line else "step"
    return _stated(Quantity.TRAIN_SECONDS, match, label)


def read_stop_step(line: str) -> Stated | None:
    """The number of steps taken, from the line that says why training stopped."""
    match = _STOP_STEP.search(line) if "stopping_early" in line else None
    return Stated(Quantity.STEPS, int(match["value"]), "stopping_early") if match else None


def read_eval_clocks(line: str, label: str, *, scored: bool) -> Iterator[Stated]:
    """The evaluation times that a line reports.

    Args:
        line: the line.
        label: the words that introduce the score in the same line.
        scored: whether the line also reports a score, which makes its `time:` an evaluation's.
    """
    total = _TOTAL_EVAL.search(line)
    if total:
        wide = "with_compile" in total["key"]
        quantity = Quantity.PROCESS_SECONDS if wide else Quantity.EVAL_SECONDS
        key = total["key"] if wide else "total_eval_time"
        yield from _some(_stated(quantity, total, key))
        return
    beside = scored and not label.startswith("step")
    match = _EVAL.search(line) or (_BESIDE_SCORE.search(line) if beside else None)
    if match:
        yield from _some(_stated(Quantity.EVAL_SECONDS, match, label))
    elif not scored:
        adapt = _ADAPT.search(line)
        if adapt:
            yield from _some(_stated(Quantity.ADAPT_SECONDS, adapt, adapt["label"]))


def read_side_clocks(line: str) -> Iterator[Stated]:
    """Durations beside training and evaluation: calibration, reserve, warm-up, wider spans."""
    for pattern, quantity in (
        (_WARMUP, Quantity.UNTIMED_SECONDS),
        (_PRECOMPUTE, Quantity.UNTIMED_SECONDS),
        (_PROCESS, Quantity.PROCESS_SECONDS),
    ):
        match = pattern.search(line)
        if match:
            yield from _some(_stated(quantity, match, tidy_label(match["label"])))
    cap = _CAP.search(line)
    if cap:
        yield Stated(Quantity.CAP_SECONDS, float(cap["value"]), "max_wallclock_seconds")
    reserve = _RESERVE.search(line)
    if reserve and (reserve["unit"] or reserve["suffix"]):
        unit = reserve["unit"] or ("ms" if reserve["suffix"].lower() == "_ms" else "s")
        yield from _some(_stated(Quantity.RESERVE_SECONDS, reserve, reserve["label"], unit))
    yield from _calibration(line)


def _calibration(line: str) -> Iterator[Stated]:
    timed = _CALIBRATION.search(line) if _STATISTICS.search(line) else None
    if timed:
        yield from _some(_stated(Quantity.CALIBRATION_SECONDS, timed, tidy_label(timed["label"])))
    elif _CALIBRATING.match(line) and "without" not in line:
        words = tidy_label(line)
        yield Stated(Quantity.CALIBRATION, words, words)


def _stated(quantity: Quantity, match: re.Match[str], label: str, unit: str = "") -> Stated | None:
    unit = unit or match["unit"]
    amount = seconds_of(match["value"], unit)
    if amount is None:
        return None
    written = "" if unit == "s" else f"{match['value']}{unit}"
    # Milliseconds and seconds are printed finer than any limit; only minutes are coarse.
    precision = amount.precision if unit in ("m", "min") else 0.0
    return Stated(quantity, amount.value, label, written, precision)


def _some(stated: Stated | None) -> Iterator[Stated]:
    if stated is not None:
        yield stated
