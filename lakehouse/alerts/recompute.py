"""Computes the p- and q-values of stored alerts again, from the sums that each of them keeps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from lakehouse.alerts.evidence.comparison import p_of
from lakehouse.alerts.evidence.statistics import (
    Sums,
    false_discovery_rates,
    mix_change,
    standardised_difference,
)
from lakehouse.alerts.rules import METRICS, PASSENGER_MIX

# A stored alert: column -> value.
Stored = Mapping[str, Any]


@dataclass(frozen=True)
class Recomputed:
    """What the stored sums give: the difference in the unit of the metric, p and q."""

    difference: float
    p_value: float
    q_value: float


def recomputed(alerts: Iterable[Stored]) -> dict[str, Recomputed]:
    """Alert id -> what the stored sums give, for the alerts with a baseline. `alerts`: all of one period."""
    families: dict[tuple[str, str, date], list[tuple[str, float, float]]] = defaultdict(list)
    for alert in alerts:
        if alert["cells"] is not None:
            difference, p_value = _tested(alert)
            family = (alert["team"], alert["period_type"], alert["period_start"])
            families[family].append((alert["alert_id"], difference, p_value))
    found: dict[str, Recomputed] = {}
    for members in families.values():
        rates = false_discovery_rates(np.array([p_value for _, _, p_value in members]))
        found |= {
            name: Recomputed(difference, p_value, float(q_value))
            for (name, difference, p_value), q_value in zip(members, rates, strict=True)
        }
    return found


def _tested(alert: Stored) -> tuple[float, float]:
    names = ("n", "total", "squares", "baseline_n", "baseline_total", "baseline_squares")
    columns = np.array([[float(cell[name]) for name in names] for cell in alert["cells"]]).T
    if alert["metric"] == PASSENGER_MIX.name:
        change = mix_change(columns[0], columns[3])
        return change.moved, change.p_value(alert["factor"])
    difference = standardised_difference(Sums(*columns[:3]), Sums(*columns[3:]))
    worse = difference.value if METRICS[alert["metric"]].falls_are_bad else -difference.value
    error = np.asarray(alert["factor"] * difference.error)
    p_value = p_of(np.asarray(worse), error, difference.freedom, alert["periods_tested"])
    return float(difference.value), float(p_value)
