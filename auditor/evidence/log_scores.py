"""Lines of a log that report a validation loss or a score in bits per byte."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.evidence.stated import Stated, tidy_label
from auditor.facts import Quantity

# Three decimals or more: what a program formats. A default in code (`best = 999.0`) has fewer.
_BPB = re.compile(
    r"(?<![A-Za-z0-9])(?P<key>[A-Za-z_]{0,40}bpb)(?: \([^()]{1,30}\))?\s*[:=]\s*"
    r"(?P<value>\d{1,3}\.\d{3,17})",
    re.IGNORECASE,
)
_LOSS = re.compile(r"(?<![A-Za-z0-9_])(?P<key>val_loss|vl)\s*[:=]\s*(?P<value>\d{1,3}\.\d{2,17})")
_EXACT = re.compile(r"\bexact:(?P<value>\d{1,3}\.\d{3,17})")
_STEP = re.compile(r"(?:step|s)?[ :=]*\d+/\d+\b")
#: Running values of a loop that is still going: not a result.
_RUNNING = re.compile(
    r"\[\s*\d|(?:batch|chunk|doc|epoch|window)s?[ _:=]*\d+/\d+|running_|_progress\b|:progress\b"
    r"|\bwindows[ =:]|^\s*tt[a-z]{0,2}: ?[a-z]\d|^\s*sliding_eval"
)
_RUNNING_KEYS = frozenset(
    f"{name}_bpb" for name in ("running", "run", "batch", "avg", "delta", "gain", "train", "est")
)


def read_scores(line: str) -> Iterator[Stated]:
    """The validation loss (nats per token) and bits per byte that a line reports.

    Both carry the words in front of them as label: `final_int6_sliding_window_exact`, or `step`
    for the validations during training. Lines of a loop's progress yield nothing.
    """
    first = _BPB.search(line)
    loss = _LOSS.search(line)
    if first is None and loss is None:
        return
    start = min(match.start() for match in (first, loss) if match)
    if _RUNNING.search(line[:200]):
        return
    label = _label(line[:start])
    if loss:
        yield _stated(Quantity.VAL_LOSS, loss["value"], label)
    for match in _BPB.finditer(line, start) if first else ():
        key = match["key"]
        if key.lower() in _RUNNING_KEYS:
            continue
        named = label if key.lower() == "val_bpb" else tidy_label(f"{label} {key}")
        yield _stated(Quantity.VAL_BPB, match["value"], named)
    exact = _EXACT.search(line, start)
    if exact and first:
        yield _stated(Quantity.VAL_BPB, exact["value"], tidy_label(f"{label} exact"))


def _stated(quantity: Quantity, digits: str, label: str) -> Stated:
    decimals = len(digits.partition(".")[2])
    return Stated(quantity, float(digits), label, precision=0.5 * 10.0**-decimals)


def _label(before: str) -> str:
    return "step" if _STEP.search(before[-60:]) else tidy_label(before[-120:])
