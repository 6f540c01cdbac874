"""Sizes and durations as people write them: digits, separators, units."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

#: Bytes per unit. "MB" is decimal because the size limit is; only "MiB" is binary.
_BYTES = {
    **dict.fromkeys(("b", "byte", "bytes"), (1, 1)),
    "kb": (10**3, 1),
    "mb": (10**6, 1),
    "gb": (10**9, 1),
    "kib": (2**10, 1),
    "mib": (2**20, 1),
    "gib": (2**30, 1),
}
#: Seconds per unit, as a fraction: dividing by 1000 is exact where multiplying by 0.001 is not.
_SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), (1, 1)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), (60, 1)),
    **dict.fromkeys(("h", "hr", "hour", "hours"), (3600, 1)),
    "ms": (1, 1000),
}
_WRITTEN = re.compile(
    r"\s*(?P<about>~|≈|about |approx\.? )?\s*"
    r"(?P<number>\d{1,3}(?:[,_]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"\s*(?P<unit>[A-Za-z]{0,8})\s*(?:(?:±|\+/-|\().*)?",
    re.DOTALL,
)
#: Longer digit strings are not measurements, and converting them takes quadratic time.
_LONGEST_NUMBER = 40
#: An "about" leaves the value open by this share.
_ABOUT = 0.05


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with what its spelling says about it.

    Attributes:
        value: in bytes or seconds where a unit was given, otherwise as written.
        unit: the unit as written, lower case; empty where there is none.
        precision: how far the digits leave the value open, in the unit of `value`.
    """

    value: float
    unit: str = ""
    precision: float = 0.0


def number_of(text: str) -> float | None:
    """The number that `text` spells, with `,` or `_` between groups of three; else `None`."""
    bare = text.strip().replace(",", "").replace("_", "")
    if len(bare) > _LONGEST_NUMBER:
        return None
    try:
        value = float(bare)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def bytes_of(text: str, unit: str = "") -> Amount | None:
    """The size that `text` states, in bytes.

    Args:
        text: for example `15,912,345`, `15.52 MB` or `~15.9MiB`.
        unit: the unit to assume where `text` names none, for example from a key's `_mb` ending.
    """
    return _amount(text, unit, _BYTES)


def seconds_of(text: str, unit: str = "") -> Amount | None:
    """The duration that `text` states, in seconds; arguments as for `bytes_of`."""
    return _amount(text, unit, _SECONDS)


def _amount(text: str, default_unit: str, scales: dict[str, tuple[int, int]]) -> Amount | None:
    match = _WRITTEN.fullmatch(text[:200])
    number = number_of(match["number"]) if match else None
    if match is None or number is None:
        return None
    unit = (match["unit"] or default_unit).lower()
    if unit and unit not in scales:
        return None
    times, over = scales[unit] if unit else (1, 1)
    return Amount(number * times / over, unit, _precision(match, number) * times / over)


def _precision(match: re.Match[str], number: float) -> float:
    if match["about"]:
        return number * _ABOUT
    _, point, decimals = match["number"].partition(".")
    return 0.5 * 10.0 ** -len(decimals) if point else 0.0
