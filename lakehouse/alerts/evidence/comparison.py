"""Compares a period with its baseline, for every measure and segment of a rule at once.

Arrays are measures x segments, with the periods as another axis in front, or the cells as another one behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

from lakehouse.alerts.evidence.statistics import Flags, Numbers, Sums, spread_of_periods, standardised_difference

# A small fall that lasts shows in several periods together: the newest one is tested alone, and with the one or two
# before it. Each of these windows has its share of the error (a weighted Bonferroni correction).
WINDOW_WEIGHTS = {1: 0.6, 2: 0.2, 3: 0.2}
# Baseline periods from which on the series of a segment alone say how much periods differ.
_ENOUGH_PERIODS = 6


@dataclass(frozen=True)
class Window:
    """Which periods are judged together, and which are their baseline: flags, periods x measures x segments."""

    length: int
    judged: Flags
    baseline: Flags

    @property
    def is_whole(self) -> Flags:
        """Where there are as many periods to judge as the window is long."""
        whole: Flags = self.judged.sum(0) == self.length
        return whole

    @property
    def baseline_periods(self) -> npt.NDArray[np.int_]:
        """Number of periods in the baseline."""
        periods: npt.NDArray[np.int_] = self.baseline.sum(0)
        return periods


class Tested(NamedTuple):
    """One series in one window: figures of both sides, their difference at the baseline's mix, and how sure it is.

    `error`, `margin`: standard error and half of the 95% interval, widened by `factor`, which says how much more than
    chance the periods of the baseline differ. `p_value`: one-sided, for the bad direction, corrected for the number of
    windows; 1 where there is no spread to test with. `is_beyond`: whether the difference is bad, and large enough to
    count. `may_be_tested`: whether window and baseline have enough periods.
    """

    n: float
    mean: float
    baseline_n: float
    baseline_mean: float
    difference: float
    error: float
    margin: float
    coverage: float
    factor: float
    p_value: float
    is_beyond: float
    may_be_tested: float


@dataclass(frozen=True)
class Comparison:
    """A window against its baseline, for each measure and segment. `cells`: number, sum and sum of squares of both
    sides, by cell."""

    window: Window
    tested: list[list[Tested]]
    cells: Numbers


def windows(eligible: Flags, at: int, baseline_periods: int, frozen: Flags, in_episode: Flags) -> Iterator[Window]:
    """The windows up to the period `at`, each with the latest eligible periods before it as its baseline.

    `eligible`: periods that may serve as baseline. Where an episode is open (`in_episode`), only the period itself is
    judged, against the baseline of the episode's beginning (`frozen`).
    """
    before = eligible.copy()
    before[at:] = False
    # 1 for the latest eligible period, 2 for the one before it.
    rank = np.cumsum(before[::-1], axis=0)[::-1]
    for length in WINDOW_WEIGHTS:
        judged = before & (rank < length)
        judged[at] = True
        baseline = before & (rank >= length) & (rank < length + baseline_periods)
        is_whole = judged.sum(0) == length
        if length == 1:
            yield Window(length, judged, np.where(in_episode, frozen, baseline))
        else:
            yield Window(length, judged & is_whole & ~in_episode, baseline & is_whole & ~in_episode)


def period_factor(sums: Sums, members: Flags, baseline: Flags) -> Numbers:
    """How much more than chance the baseline's periods differ: root mean square of their z, pooled over the measures of
    a segment, at least 1 (Laney 2002). Segments with a short history take that of all segments.

    `sums`: periods x measures x cells. `members`: segments x cells.
    """
    used = baseline.any(axis=(1, 2))
    periods = _of_segments(sums[used], members)
    squares, compared = spread_of_periods(periods, baseline[used])
    own = _rms(squares.sum(0), compared.sum(0))
    is_short = baseline.sum(0).max(axis=0, initial=0) < _ENOUGH_PERIODS
    everywhere = _rms(squares.sum(), compared.sum())
    return np.maximum(1.0, np.where(is_short, np.maximum(own, everywhere), own))[None, :]


def compare(
    sums: Sums,
    members: Flags,
    window: Window,
    factor: Numbers,
    falls_are_bad: bool,
    effect: float,
    least_periods: Numbers,
) -> Comparison:
    """The window against its baseline, at the baseline's mix. `effect`: the least difference that counts.
    `least_periods`: periods that a baseline must have."""
    current, baseline = (_selected(sums, members, mask) for mask in (window.judged, window.baseline))
    difference = standardised_difference(current, baseline)
    worse = difference.value if falls_are_bad else -difference.value
    error = factor * difference.error
    p_value = p_of(worse, error, difference.freedom, window.length)
    figures = (
        *(current.answers, current.mean, baseline.answers, baseline.mean, difference.value, error),
        *(difference.margin(factor), difference.coverage, np.broadcast_to(factor, worse.shape)),
        *(p_value, worse <= -effect),
        window.is_whole & (window.baseline_periods >= least_periods),
    )
    tested = [[Tested(*row) for row in rows] for rows in np.stack(figures, axis=-1).tolist()]
    both = (current.n, current.total, current.squares, baseline.n, baseline.total, baseline.squares)
    return Comparison(window, tested, np.stack(both, axis=-1))


def p_of(worse: Numbers, error: Numbers, freedom: Numbers, periods: int) -> Numbers:
    """The chance of a difference so bad (below 0) when nothing changed, by Student's t, corrected for the number of
    windows; 1 where there is no spread to test with."""
    statistic = np.divide(worse, error, out=np.zeros_like(worse), where=error > 0)
    p_value = np.minimum(1.0, scipy.stats.t.cdf(statistic, freedom) / WINDOW_WEIGHTS[periods])
    return np.where(error > 0, p_value, 1.0)


def _selected(sums: Sums, members: Flags, periods: Flags) -> Sums:
    """The sums of some periods, by measure, segment and cell."""
    chosen = periods.astype(float)
    return Sums(
        *(np.einsum("pms,pmc->msc", chosen, values) * members[None] for values in (sums.n, sums.total, sums.squares))
    )


def _of_segments(sums: Sums, members: Flags) -> Sums:
    return Sums(*(values[:, :, None, :] * members for values in (sums.n, sums.total, sums.squares)))


def _rms(squares: Numbers, count: Numbers) -> Numbers:
    mean = np.divide(squares, count, out=np.ones_like(np.asarray(squares, dtype=float)), where=np.asarray(count) > 0)
    root: Numbers = np.sqrt(mean)
    return root
