"""One-sided Welch tests: how likely a gain is to be chance, given a few seeds on either side."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import mpmath


class Variance(StrEnum):
    """How the spread of a few runs is estimated; published p-values use either."""

    SAMPLE = "sample"  # divides by n - 1, as the test's textbook form does
    POPULATION = "population"  # divides by n, as a spreadsheet may


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether results are lower than those they are compared with.

    Attributes:
        gain: mean of the older results less that of the newer ones, in their unit.
        t: the test's statistic.
        df: its degrees of freedom.
        p: probability of a statistic at least as large if the true gain were the null's.
    """

    gain: float
    t: float
    df: float
    p: float


def welch(
    new: Sequence[float],
    old: Sequence[float],
    *,
    null: float = 0.0,
    variance: Variance = Variance.SAMPLE,
) -> Comparison | None:
    """Tests whether `new` is lower than `old` by more than `null`, at unequal variances.

    A side with a single result has no spread of its own and is given that of the other, which then
    also sets the degrees of freedom.

    Args:
        new: results of the claim, lower is better.
        old: results it is compared with.
        null: the gain under the null hypothesis, in the results' unit.
        variance: how the spread is estimated.

    Returns:
        The comparison, `None` where neither side has two different results.
    """
    if not new or not old or max(len(new), len(old)) < 2:
        return None
    spread_new, spread_old = _spread(new, variance), _spread(old, variance)
    by_new = (spread_new if spread_new is not None else spread_old or 0.0) / len(new)
    by_old = (spread_old if spread_old is not None else spread_new or 0.0) / len(old)
    together = by_new + by_old
    if together <= 0.0:
        return None
    if spread_new is None or spread_old is None:
        df = float(max(len(new), len(old)) - 1)
    else:
        df = together**2 / (by_new**2 / (len(new) - 1) + by_old**2 / (len(old) - 1))
    gain = statistics.fmean(old) - statistics.fmean(new)
    t = (gain - null) / math.sqrt(together)
    return Comparison(gain, t, df, student_t_tail(t, df))


def student_t_tail(t: float, df: float) -> float:
    """Probability that Student's t with `df` degrees of freedom exceeds `t`."""
    beyond = float(
        mpmath.betainc(df / 2, 0.5, 0, df / (df + t * t), regularized=True) / 2,
    )
    return beyond if t >= 0 else 1.0 - beyond


def _spread(results: Sequence[float], variance: Variance) -> float | None:
    if len(results) < 2:
        return None
    if variance is Variance.SAMPLE:
        return statistics.variance(results)
    return statistics.pvariance(results)
