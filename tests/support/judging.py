"""Alerts judged from made-up months, by rules that name only what matters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from lakehouse.alerts.alert import Alert
from lakehouse.alerts.evidence.observed import Observed
from lakehouse.alerts.judge import Circumstances, judge
from lakehouse.alerts.rules import METRICS, AlertPolicy, AlertRule, DropRule, TargetRule
from lakehouse.survey.catalogue import Catalogue
from tests.support.catalogues import question

EVERY_SEGMENT = ("overall", "class", "travel_type", "customer_type", "class_travel_type")
LATER = date(2030, 1, 1)
WIFI, GATE = question("wifi", owner="in_flight"), question("gate", owner="gate")
MEASURES = dict.fromkeys(
    ("share_satisfied", "service_index", "weighted_satisfaction_score", "passenger_mix"), "airline"
)
CATALOGUE = Catalogue((), (WIFI, GATE), ("",), ("in_flight", "gate", "airline"), MEASURES)
SEVEN = [4.0, 4.02, 3.98, 4.0, 4.01, 3.99]


def drop(metric: str = "mean_rating", **changed: Any) -> DropRule:
    settings: dict[str, Any] = {"segments": EVERY_SEGMENT, "minimum_effect": 0.10, "lasting_effect": 0.05} | changed
    return DropRule(name=f"worse_{metric}", metric=METRICS[metric], reason="why", **settings)


def target(metric: str, direction: str, threshold: float, **changed: Any) -> TargetRule:
    return TargetRule(
        name=metric, metric=METRICS[metric], reason="why", direction=direction, threshold=threshold, **changed
    )


def judged(
    seen: Observed, *rules: AlertRule, today: date = LATER, catalogue: Catalogue = CATALOGUE, **known: Any
) -> tuple[Alert, ...]:
    policy = AlertPolicy(rules or (drop(),))
    return judge(policy, [seen], catalogue, Circumstances(today, **known))


def opened(alerts: Iterable[Alert]) -> list[tuple[int, str | None, str]]:
    """Month, question and segment value of what is open."""
    return [(month_of(one), one.question, one.segment_value) for one in alerts if one.state.value == "open"]


def month_of(alert: Alert) -> int:
    """Month of an alert, counted from January 2024."""
    return (alert.period_start.year - 2024) * 12 + alert.period_start.month


def of(alerts: Iterable[Alert], segment: str = "overall", asked: str | None = "wifi") -> list[Alert]:
    return [alert for alert in alerts if (alert.segment, alert.question) == (segment, asked)]
