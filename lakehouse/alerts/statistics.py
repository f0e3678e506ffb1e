"""Confidence intervals of shares, computed by scipy."""

from __future__ import annotations

from typing import NamedTuple

from scipy.stats import binomtest


class Interval(NamedTuple):
    """Lower and upper end of a confidence interval, as shares (0-1)."""

    low: float
    high: float


def wilson(successes: int, n: int, confidence: float) -> Interval:
    """Wilson score interval of a share, without continuity correction (Wilson 1927). n must be positive."""
    interval = binomtest(successes, n).proportion_ci(confidence_level=confidence, method="wilson")
    return Interval(float(interval.low), float(interval.high))
