"""Intervals for shares, by scipy."""

from __future__ import annotations

from typing import NamedTuple

from scipy.stats import binomtest


class Interval(NamedTuple):
    """Lower and upper end, as shares."""

    low: float
    high: float


def wilson(successes: int, n: int, confidence: float) -> Interval:
    """Wilson score interval of a share, without continuity correction (Wilson 1927). n must be positive."""
    found = binomtest(successes, n).proportion_ci(confidence_level=confidence, method="wilson")
    return Interval(float(found.low), float(found.high))
