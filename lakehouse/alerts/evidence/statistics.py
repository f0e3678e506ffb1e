"""Statistics of alerts: intervals, differences at an equal mix of passengers, and false discoveries.

Arrays hold one sum per cell along their last axis; a cell is a combination of class, travel type and customer type.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# A cell counts when both sides have this many answers: with fewer, its variance says nothing.
MIN_CELL = 5


class Interval(NamedTuple):
    """Lower and upper end of a confidence interval, in the units of the metric."""

    low: float
    high: float


@dataclass(frozen=True)
class Sums:
    """Number, sum and sum of squares of values, per cell along the last axis."""

    n: Numbers
    total: Numbers
    squares: Numbers

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.n + other.n, self.total + other.total, self.squares + other.squares)

    def __sub__(self, other: Sums) -> Sums:
        return Sums(self.n - other.n, self.total - other.total, self.squares - other.squares)

    def __getitem__(self, place: Any) -> Sums:
        return Sums(self.n[place], self.total[place], self.squares[place])

    def within(self, cells: Flags) -> Sums:
        """The sums of some cells; those of the others are 0."""
        return Sums(self.n * cells, self.total * cells, self.squares * cells)

    @property
    def answers(self) -> Numbers:
        """Values of all cells together."""
        answers: Numbers = self.n.sum(-1)
        return answers

    @property
    def mean(self) -> Numbers:
        """Mean over all cells together; NaN without values."""
        return _divided(self.total.sum(-1), self.answers)


@dataclass(frozen=True)
class Difference:
    """A difference of means at the baseline's mix, in the units of the metric.

    `error`: its standard error. `freedom`: degrees of freedom. `coverage`: share of the baseline's values in cells that
    count on both sides, 0 to 1.
    """

    value: Numbers
    error: Numbers
    freedom: Numbers
    coverage: Numbers

    def margin(self, factor: Numbers | float, confidence: float = 0.95) -> Numbers:
        """Half the width of the confidence interval."""
        return np.asarray(scipy.stats.t.ppf((1 + confidence) / 2, self.freedom) * factor * self.error)


def standardised_difference(current: Sums, baseline: Sums) -> Difference:
    """Mean now minus mean of the baseline, as if the passengers now were mixed as those of the baseline.

    Direct standardisation: w_c = n_bc / sum n_b, d = sum w_c (m_c - m_bc) over the cells with `MIN_CELL` values on both
    sides. Variance per cell pooled over both sides, SE^2 = sum w_c^2 v_c, degrees of freedom by Satterthwaite (1946).
    """
    counts = (current.n >= MIN_CELL) & (baseline.n >= MIN_CELL)
    weights = _divided(np.where(counts, baseline.n, 0.0), _total(np.where(counts, baseline.n, 0.0)))
    gaps = np.where(counts, _divided(current.total, current.n) - _divided(baseline.total, baseline.n), 0.0)
    freedom = np.where(counts, current.n + baseline.n - 2, 1.0)
    spread = (_scatter(current) + _scatter(baseline)) / freedom
    variances = np.where(counts, spread * (_divided(1.0, current.n) + _divided(1.0, baseline.n)), 0.0)
    variance = (weights**2 * variances).sum(-1)
    return Difference(
        value=(weights * gaps).sum(-1),
        error=np.sqrt(variance),
        freedom=_divided(variance**2, (weights**4 * variances**2 / freedom).sum(-1), otherwise=1.0),
        coverage=_divided(np.where(counts, baseline.n, 0.0).sum(-1), baseline.n.sum(-1), otherwise=0.0),
    )


def spread_of_periods(periods: Sums, among: Flags) -> tuple[Numbers, Numbers]:
    """How much the periods of a baseline differ from each other, in standard errors: sum of z^2 over the periods, and
    number of periods compared. 1 per period is chance (Laney 2002).

    `periods`: along the first axis; `among`: which of them are the baseline. Each is compared with all others together.
    """
    members = Sums(*(np.where(among[..., None], one, 0.0) for one in (periods.n, periods.total, periods.squares)))
    whole = Sums(members.n.sum(0), members.total.sum(0), members.squares.sum(0))
    others = standardised_difference(members, whole - members)
    z = np.where(among & (others.error > 0), _divided(others.value, others.error), 0.0)
    return (z**2).sum(0), (among & (others.error > 0)).sum(0).astype(float)


def false_discovery_rates(p_values: Numbers) -> Numbers:
    """Adjusted p-values (q) of Benjamini and Hochberg (1995): rejecting those up to q keeps the false share at q."""
    return np.asarray(scipy.stats.false_discovery_control(p_values)) if len(p_values) else p_values


@dataclass(frozen=True)
class MixChange:
    """How two mixes of passengers differ. `moved`: the share of passengers that would have to change cell for equal
    mixes (total variation distance, 0 to 1). `statistic`, `freedom`: Pearson's chi-squared test of homogeneity."""

    moved: float
    statistic: float
    freedom: int

    def p_value(self, factor: float = 1.0) -> float:
        """Chance of such a statistic when nothing changed. `factor` squared is the dispersion of the baseline."""
        return float(scipy.stats.chi2.sf(self.statistic / factor**2, self.freedom)) if self.freedom else 1.0


def mix_change(current: Numbers, baseline: Numbers) -> MixChange:
    """The change between the passengers of two periods, counted by cell."""
    both = current + baseline
    used = both > 0
    current, baseline, both = current[used], baseline[used], both[used]
    now, before = current.sum(), baseline.sum()
    if not now or not before or len(both) < 2:
        return MixChange(0.0, 0.0, 0)
    expected = both * now / (now + before)
    statistic = ((current - expected) ** 2 / expected + (current - expected) ** 2 / (both - expected)).sum()
    moved = np.abs(current / now - baseline / before).sum() / 2
    return MixChange(float(moved), float(statistic), len(both) - 1)


def wilson(successes: int, n: int, confidence: float) -> Interval:
    """Wilson score interval of a share, without continuity correction (Wilson 1927). n must be positive."""
    interval = scipy.stats.binomtest(successes, n).proportion_ci(confidence_level=confidence, method="wilson")
    return Interval(float(interval.low), float(interval.high))


def mean_interval(n: float, total: float, squares: float, confidence: float) -> Interval:
    """Interval of a mean by Student's t. n must be above 1."""
    mean = total / n
    margin = scipy.stats.t.ppf((1 + confidence) / 2, n - 1) * np.sqrt(max(squares - n * mean**2, 0.0) / (n - 1) / n)
    return Interval(float(mean - margin), float(mean + margin))


def _scatter(sums: Sums) -> Numbers:
    """Sum of squared deviations from the mean of each cell; never below 0, whatever rounding says."""
    return np.maximum(sums.squares - _divided(sums.total**2, sums.n, otherwise=0.0), 0.0)


def _total(values: Numbers) -> Numbers:
    total: Numbers = values.sum(-1, keepdims=True)
    return total


def _divided(above: Numbers | float, below: Numbers | float, otherwise: float = 0.0) -> Numbers:
    """The quotient; `otherwise` where the divisor is 0."""
    above, below = np.broadcast_arrays(np.asarray(above, dtype=float), np.asarray(below, dtype=float))
    quotient: Numbers = np.divide(above, below, out=np.full(above.shape, otherwise), where=below != 0)
    return quotient
