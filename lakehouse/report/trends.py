"""Measures through the months: values with intervals, and what the alerts compare them with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from lakehouse.alerts.evidence.statistics import Interval, mean_interval, wilson
from lakehouse.alerts.rules import METRICS, AlertPolicy, DropRule, Metric, TargetRule
from lakehouse.report.collected import Row, Rows, Span
from lakehouse.report.model import SMALLEST_GROUP, Trend, TrendPoint
from lakehouse.report.words import change, month, points, quantity
from schemas import columns as c
from schemas.measures import OF_QUESTIONS, OF_RESPONSES
from schemas.segments import OVERALL

CONFIDENCE = 0.95
# Control limits lie this many standard errors of the alert's comparison from the expected value (Shewhart 1931); the
# standard error is widened by the alert's factor, as a Laney chart widens it (Laney 2002).
LIMIT_ERRORS = 3


@dataclass(frozen=True)
class Measured:
    """What a trend follows. `question`: None for a measure of the whole response. `title`: its subject in words."""

    metric: Metric
    question: str | None
    title: str

    @property
    def columns(self) -> tuple[str, str, str]:
        """Number, sum and sum of squares, as columns of its metrics table."""
        return (OF_QUESTIONS if self.question else OF_RESPONSES)[self.metric.name]


def trend(measured: Measured, rows: Rows, alerts: Rows, policy: AlertPolicy, span: Span) -> Trend | None:
    """The measure among all passengers in the months of the span; None when it was never measured.

    `rows`: of its metrics table, all passengers, by month. `alerts`: of all passengers, by month.
    """
    by_month = {row[c.PERIOD_START]: row for row in rows}
    own = _alerts_of(measured, alerts)
    series = tuple(_point(measured, by_month.get(day), own.get(day, ()), policy, day) for day in span.published)
    if all(point.value is None for point in series):
        return None
    limit = _limit(measured, policy)
    return Trend(
        title=measured.title,
        measure=measured.metric.words if measured.question else _of_passengers(measured.metric),
        unit=measured.metric.unit,
        points=series,
        now=_now(series, measured.metric.unit),
        description=_description(measured, series),
        is_open=series[-1].is_open,
        limit=limit,
        limit_words="" if limit is None else _limit_words(measured.metric, limit),
    )


def _of_passengers(metric: Metric) -> str:
    return f"share {metric.words}" if metric.unit == "share" else f"mean {metric.words} (0 to 100)"


def _alerts_of(measured: Measured, alerts: Rows) -> Mapping[date, list[Row]]:
    own: dict[date, list[Row]] = {}
    for alert in alerts:
        is_own = alert["metric"] == measured.metric.name and alert[c.QUESTION] == measured.question
        if is_own and alert[c.SEGMENT] == OVERALL and alert[c.PERIOD_TYPE] == "month":
            own.setdefault(alert[c.PERIOD_START], []).append(alert)
    return own


def interval(metric: Metric, n: int, total: float, squares: float) -> Interval | None:
    """The 95% interval: of a share the score interval (Wilson 1927), of a mean by Student's t (Student 1908).

    None where there is too little for one.
    """
    if metric.unit == "share":
        return wilson(round(total), n, CONFIDENCE) if n else None
    return mean_interval(n, total, squares, CONFIDENCE) if n > 1 else None


def _point(measured: Measured, row: Row | None, alerts: Iterable[Row], policy: AlertPolicy, day: date) -> TrendPoint:
    n, total, squares = (row[name] or 0 for name in measured.columns) if row else (0, 0, 0)
    if n < SMALLEST_GROUP:
        return TrendPoint(day, 0, None, verdict="not asked" if n == 0 else "too few answers to show")
    ends = interval(measured.metric, n, total, squares)
    value, (low, high) = total / n, ends or (None, None)
    judged = {alert["rule"]: alert for alert in alerts}
    compared = _compared(judged, policy)
    expected = lower = upper = None
    if compared is not None:
        # The month less its difference: drawn, the two are as far apart as the alert says, whatever the mix is.
        expected = compared["value_tested"] - compared["difference"]
        margin = LIMIT_ERRORS * compared["standard_error"]
        lower, upper = expected - margin, expected + margin
    return TrendPoint(
        *(day, n, value, low, high, expected, lower, upper),
        verdict=_verdict(judged.values()),
        remark=_remark(compared, measured.metric) if compared else "",
        is_open=any(alert[c.STATE] == "open" for alert in judged.values()),
        is_preliminary=any(alert["is_preliminary"] for alert in judged.values()),
    )


def _compared(judged: Mapping[str, Row], policy: AlertPolicy) -> Row | None:
    """The comparison of the first drop rule that has one: the limits are those of that alert."""
    for rule in policy.rules:
        alert = judged.get(rule.name)
        if isinstance(rule, DropRule) and alert and alert["difference"] is not None:
            return alert
    return None


def _verdict(alerts: Iterable[Row]) -> str:
    states = [alert[c.STATE] for alert in alerts]
    for state, words in (("open", "alert open"), ("not_judged", "not judged: bad data"), ("ok", "no alert")):
        if state in states:
            return words
    return "cannot tell" if states else "no alert rule"


def _remark(alert: Row, metric: Metric) -> str:
    """Why a month beyond the limits in the bad direction has no alert: the alert's own reason."""
    worse = alert["difference"] if metric.falls_are_bad else -alert["difference"]
    is_beyond = worse < -LIMIT_ERRORS * alert["standard_error"]
    return alert[c.REASON] if is_beyond and alert[c.STATE] == "ok" else ""


def _limit(measured: Measured, policy: AlertPolicy) -> float | None:
    for rule in policy.rules:
        if isinstance(rule, TargetRule) and rule.metric == measured.metric and rule.period_type == "month":
            return rule.threshold_for(measured.question)
    return None


def _limit_words(metric: Metric, limit: float) -> str:
    return f"{'floor' if metric.falls_are_bad else 'ceiling'} {quantity(limit, metric.unit)}"


def _now(series: tuple[TrendPoint, ...], unit: str) -> str:
    newest = series[-1]
    if newest.value is None:
        return newest.verdict
    value = quantity(newest.value, unit)
    if newest.expected is None:
        return value
    return f"{value}, expected {quantity(newest.expected, unit)}"


def _description(measured: Measured, series: tuple[TrendPoint, ...]) -> str:
    """The chart in words, for those who do not see it."""
    metric = measured.metric
    known = [(point.value, point) for point in series if point.value is not None]
    (first_value, first), (last_value, last) = known[0], known[-1]
    lowest, at = min(known, key=lambda one: one[0])
    told = [
        f"{measured.title}, {measured.metric.words if measured.question else _of_passengers(metric)} per month: "
        f"{quantity(first_value, metric.unit)} in {month(first.month)}, {quantity(last_value, metric.unit)} in "
        f"{month(last.month)}, lowest {quantity(lowest, metric.unit)} in {month(at.month)}."
    ]
    if last.expected is not None and last.lower is not None and last.upper is not None:
        gap = change(last_value - last.expected, metric.unit)
        told.append(
            f"Expected in {month(last.month)}: {quantity(last.expected, metric.unit)}, limits "
            f"{quantity(last.lower, metric.unit)} to {quantity(last.upper, metric.unit)} ({gap}{points(metric.unit)})."
        )
    opened = [month(point.month) for point in series if point.is_open]
    told.append(f"Alert open in {', '.join(opened)}." if opened else "No alert open.")
    return " ".join(told)


def measured_questions(questions: Iterable[str], wordings: Mapping[str, str]) -> list[Measured]:
    """The mean rating of each question."""
    return [Measured(METRICS["mean_rating"], one, wordings.get(one, one)) for one in questions]
