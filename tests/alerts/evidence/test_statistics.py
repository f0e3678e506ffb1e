"""Intervals, differences at an equal mix, the spread of periods, false discoveries, and changes of mix."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from scipy.stats import t as student

from lakehouse.alerts.evidence.statistics import (
    Sums,
    false_discovery_rates,
    mean_interval,
    mix_change,
    spread_of_periods,
    standardised_difference,
    wilson,
)

pytestmark = pytest.mark.no_spark


# Published by statistics packages for the same method.
@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(10, 100, 0.0552291, 0.1743657), (0, 20, 0.0, 0.1611252), (20, 20, 0.8388748, 1.0), (1, 2, 0.0945312, 0.9054688)],
)
def test_wilson(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n, 0.95) == pytest.approx((low, high), abs=1e-6)


def test_interval_of_a_mean() -> None:
    values = np.array([1.0, 2, 2, 3, 5])
    low, high = student.interval(0.95, 4, loc=values.mean(), scale=values.std(ddof=1) / np.sqrt(5))
    assert mean_interval(5, values.sum(), (values**2).sum(), 0.95) == pytest.approx((low, high))


def sums(n: list[float], means: list[float], variances: list[float]) -> Sums:
    counts, mean, variance = (np.array(values, dtype=float) for values in (n, means, variances))
    return Sums(counts, counts * mean, (counts - 1) * variance + counts * mean**2)


def test_a_difference_worked_by_hand() -> None:
    baseline = sums([400, 300, 100], [4, 3, 2], [1.44, 1.69, 1.00])
    current = sums([100, 150, 50], [3.8, 2.9, 2.1], [1.44, 1.69, 1.00])
    found = standardised_difference(current, baseline)
    assert float(current.mean - baseline.mean) == pytest.approx(-0.3083, abs=1e-4)
    assert float(found.value) == pytest.approx(-0.125)
    assert (float(found.error), float(found.freedom)) == pytest.approx((0.085705, 985.37), abs=5e-3)
    assert float(student.cdf(found.value / found.error, found.freedom)) == pytest.approx(0.072511, abs=1e-6)
    assert float(student.cdf(found.value / 1.2 / found.error, found.freedom)) == pytest.approx(0.112250, abs=1e-6)
    assert float(found.margin(1.2)) == pytest.approx(1.2 * 0.085705 * student.ppf(0.975, 985.37), abs=1e-5)


def test_a_cell_that_lacks_a_side_leaves_both() -> None:
    baseline = sums([400, 300, 300], [4, 3, 1], [1, 1, 1])
    current = sums([100, 4, 0], [3.5, 1.0, 0], [1, 1, 0])
    found = standardised_difference(current, baseline)
    assert (float(found.value), float(found.coverage)) == pytest.approx((-0.5, 0.4))


def test_without_any_cell_there_is_no_difference() -> None:
    nothing = sums([0, 0], [0, 0], [0, 0])
    found = standardised_difference(nothing, nothing)
    assert (float(found.value), float(found.error), float(found.coverage)) == (0, 0, 0)


@given(st.lists(st.tuples(st.integers(5, 500), st.floats(1, 5), st.floats(0, 2)), min_size=1, max_size=6))
def test_a_changed_mix_is_no_difference(cells: list[tuple[int, float, float]]) -> None:
    n, means, variances = (list(values) for values in zip(*cells, strict=True))
    baseline = sums(n, means, variances)
    current = sums([5 + 7 * number for number in range(len(n))], means, variances)
    assert float(standardised_difference(current, baseline).value) == pytest.approx(0, abs=1e-9)


def test_periods_that_differ_by_chance_have_a_spread_of_one() -> None:
    random = np.random.default_rng(7)
    values = random.normal(3, 1.2, size=(400, 6, 1, 200))
    many = Sums(np.full(values.shape[:3], 200.0), values.sum(-1), (values**2).sum(-1))
    among = np.ones((6,), dtype=bool)
    found = [spread_of_periods(many[number], among) for number in range(400)]
    chance = sum(float(squares) for squares, _ in found) / sum(float(count) for _, count in found)
    # Each period is compared with all others, not with the truth: (k / (k - 1)) x (k - 1) / k = 1.
    assert chance == pytest.approx(1, abs=0.1)
    wobble = random.normal(0, 0.2, size=(400, 6, 1, 1))
    moved = Sums(many.n, (values + wobble).sum(-1), ((values + wobble) ** 2).sum(-1))
    assert np.mean([float(spread_of_periods(moved[number], among)[0]) / 6 for number in range(400)]) > 4


def test_only_the_periods_of_the_baseline_are_compared() -> None:
    periods = Sums(*(np.array([[[9.0], [9.0]]]).reshape(2, 1) for _ in range(3)))
    squares, count = spread_of_periods(periods, np.array([True, False]))
    assert (float(squares), float(count)) == (0, 0)


def test_false_discovery_rates() -> None:
    # Benjamini and Hochberg (1995), section 3.2, table of 15 p-values: at q = 0.05 the first four are rejected.
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
    p_values += [0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    rates = false_discovery_rates(np.array(p_values))
    assert (rates <= 0.05).tolist() == [True] * 4 + [False] * 11
    assert len(false_discovery_rates(np.array([]))) == 0


def test_a_change_of_mix() -> None:
    now, before = np.array([10.0, 30, 60, 0]), np.array([200.0, 200, 400, 0])
    found = mix_change(now, before)
    expected = chi2_contingency(np.array([now[:3], before[:3]]), correction=False)
    assert (found.statistic, found.freedom) == pytest.approx((expected.statistic, expected.dof))
    assert found.p_value() == pytest.approx(expected.pvalue)
    assert found.moved == pytest.approx((0.15 + 0.05 + 0.10) / 2)
    assert found.p_value(2.0) > found.p_value()
    assert mix_change(now, np.zeros(4)).p_value() == 1
