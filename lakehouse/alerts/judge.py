"""Metrics to alerts: each rule is evaluated on each period; too few answers give `insufficient`, never `ok`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from enum import Enum

from lakehouse.alerts.rules import AlertRule
from lakehouse.alerts.statistics import Interval, wilson
from lakehouse.contracts import row_of
from lakehouse.keys import digest_of
from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c
from schemas.gold import ALERTS


class AlertState(Enum):
    """What the evidence shows. OPEN: the threshold is crossed; OK: not shown to be; INSUFFICIENT: too few answers."""

    OPEN = "open"
    OK = "ok"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True)
class Share:
    """A measured share: `hits` of `n` answers in one period and segment. `question`: None for overall satisfaction."""

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
    """One rule evaluated on one share; the fields are the columns of gold.satisfaction_alerts but for `_built_from`."""

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
    state: AlertState
    reason: str
    headline: str

    def as_row(self, built_from: str) -> tuple[object, ...]:
        """The row in the order of the contract of gold.satisfaction_alerts."""
        values: dict[str, object] = {**asdict(self), c.STATE: self.state.value, c.BUILT_FROM: built_from}
        return row_of(ALERTS, **values)


def judge(rules: Iterable[AlertRule], shares: Iterable[Share], catalogue: Catalogue) -> list[Alert]:
    """One alert per rule and share of the rule's metric, segment and period type; sorted by period, rule and question.

    Team and wording are those that applied on the first day of the period.
    """
    shares = list(shares)
    alerts = [
        _evaluated(rule, share, catalogue)
        for rule in rules
        for share in shares
        if (rule.metric, rule.segment, rule.period_type) == (share.metric, share.segment, share.period_type)
    ]
    return sorted(alerts, key=lambda alert: (alert.period_start, alert.rule, alert.question or "", alert.segment_value))


def _evaluated(rule: AlertRule, share: Share, catalogue: Catalogue) -> Alert:
    threshold = rule.threshold_for(share.question)
    interval = wilson(share.hits, share.n, rule.confidence) if share.n else None
    state = _state(rule, share.n, interval, threshold)
    value = share.hits / share.n if share.n else None
    day = share.period_start
    subject = catalogue.question(share.question).at(day).wording if share.question else "All passengers"
    return Alert(
        alert_id=digest_of((rule.name, share.question, share.segment, share.segment_value, day)),
        period_type=share.period_type,
        period_start=day,
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
        headline=f"{subject}: {_percent(value)} {_MEANING[rule.metric]} in {day:%Y-%m}",
    )


_MEANING = {
    "share_satisfied": "satisfied",
    "share_low": "low ratings (1 or 2)",
    "share_not_applicable": "not applicable",
}


def _state(rule: AlertRule, n: int, interval: Interval | None, threshold: float) -> AlertState:
    """OPEN only when the whole interval lies beyond the threshold; too few answers are never OK."""
    if interval is None or n < rule.min_answers:
        return AlertState.INSUFFICIENT
    is_beyond = interval.high < threshold if rule.direction == "below" else interval.low > threshold
    return AlertState.OPEN if is_beyond else AlertState.OK


def _reason(rule: AlertRule, state: AlertState, n: int, interval: Interval | None, threshold: float) -> str:
    if state is AlertState.INSUFFICIENT or interval is None:
        return f"{n} answers, fewer than {rule.min_answers}: cannot tell"
    observed = f"{rule.confidence:.0%} interval {_percent(interval.low)} to {_percent(interval.high)}"
    limit = f"{rule.direction} {_percent(threshold)}"
    return f"{observed} lies wholly {limit}" if state is AlertState.OPEN else f"{observed}: not shown to be {limit}"


def _percent(share: float | None) -> str:
    return "no answers" if share is None else f"{share:.1%}"
