"""Metrics to alerts: each rule judged on each period, an honest "cannot tell" included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from lakehouse.alerts.rules import AlertRule
from lakehouse.alerts.statistics import Interval, wilson
from lakehouse.keys import digest_of
from lakehouse.survey.catalogue import Catalogue

OPEN = "open"
OK = "ok"
INSUFFICIENT = "insufficient"


@dataclass(frozen=True)
class Measured:
    """A share to judge: `hits` of `n` answers in one period and segment; `question` None for all of them."""

    metric: str
    period_type: str
    period_start: date
    segment: str
    segment_value: str
    question: str | None
    hits: int
    n: int


@dataclass(frozen=True)
class Alert:
    """One judgement, in the order of the columns of gold.satisfaction_alerts but for `_built_from`."""

    alert_id: str
    period_type: str
    period_start: date
    segment: str
    segment_value: str
    rule: str
    metric: str
    team: str
    question: str | None
    n: int
    value: float | None
    threshold: float
    ci_low: float | None
    ci_high: float | None
    state: str
    reason: str
    headline: str


def judge(
    rules: Iterable[AlertRule],
    measured: Iterable[Measured],
    catalogue: Catalogue,
) -> list[Alert]:
    """Every rule on every share that it speaks of, by period, rule and question.

    Team and wording are those that applied on the first day of the period.
    """
    shares = list(measured)
    alerts = [
        _judged(rule, share, catalogue)
        for rule in rules
        for share in shares
        if (rule.metric, rule.segment, rule.period_type) == (share.metric, share.segment, share.period_type)
    ]
    return sorted(alerts, key=lambda alert: (alert.period_start, alert.rule, alert.question or "", alert.segment_value))


def _judged(rule: AlertRule, share: Measured, catalogue: Catalogue) -> Alert:
    threshold = rule.threshold_for(share.question)
    interval = wilson(share.hits, share.n, rule.confidence) if share.n else None
    state = _state(rule, share.n, interval, threshold)
    value = share.hits / share.n if share.n else None
    day, subject = share.period_start, "All passengers"
    if share.question:
        subject = catalogue.question(share.question).at(day).wording
    return Alert(
        alert_id=digest_of((rule.name, share.question, share.segment, share.segment_value, share.period_start)),
        period_type=share.period_type,
        period_start=share.period_start,
        segment=share.segment,
        segment_value=share.segment_value,
        rule=rule.name,
        metric=rule.metric,
        team=catalogue.owner(share.question or "share_satisfied", day),
        question=share.question,
        n=share.n,
        value=value,
        threshold=threshold,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        state=state,
        reason=_reason(rule, state, share.n, interval, threshold),
        headline=f"{subject}: {_percent(value)} {_MEANING[rule.metric]} in {share.period_start:%Y-%m}",
    )


_MEANING = {
    "share_satisfied": "satisfied",
    "share_low": "low ratings (1 or 2)",
    "share_not_applicable": "not applicable",
}


def _state(rule: AlertRule, n: int, interval: Interval | None, threshold: float) -> str:
    """Open only when the whole interval lies beyond the threshold; too few answers are never shown as fine."""
    if interval is None or n < rule.min_answers:
        return INSUFFICIENT
    beyond = interval.high < threshold if rule.direction == "below" else interval.low > threshold
    return OPEN if beyond else OK


def _reason(rule: AlertRule, state: str, n: int, interval: Interval | None, threshold: float) -> str:
    if state == INSUFFICIENT or interval is None:
        return f"{n} answers, fewer than {rule.min_answers}: cannot tell"
    seen = f"{rule.confidence:.0%} interval {_percent(interval.low)} to {_percent(interval.high)}"
    limit = f"{rule.direction} {_percent(threshold)}"
    return f"{seen} lies wholly {limit}" if state == OPEN else f"{seen}: not shown to be {limit}"


def _percent(share: float | None) -> str:
    return "no answers" if share is None else f"{share:.1%}"
