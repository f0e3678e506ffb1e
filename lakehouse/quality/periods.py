"""Months compared with the months before them: volume, freshness, and slowly drifting shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from statistics import median

from lakehouse.quality.results import Finding
from lakehouse.quality.suites import Rule, Suite

# Measure -> month (YYYY-MM) -> value.
Measures = Mapping[str, Mapping[str, float]]


def monthly(
    responses: Iterable[tuple[date, int, int]], answers: Iterable[tuple[date, int, int]], rejected: Mapping[str, int]
) -> Measures:
    """The measures that the rules on periods compare, by month.

    `responses`: month, responses, reported arrival delays. `answers`: month, asked, not applicable, per question.
    `rejected`: lines in quarantine by month (YYYY-MM).
    """
    measures: dict[str, dict[str, float]] = {}
    for day, n, reported in responses:
        month = f"{day:%Y-%m}"
        quarantined = rejected.get(month, 0)
        measures.setdefault("responses", {})[month] = n
        measures.setdefault("share_imputed", {})[month] = 1 - reported / n
        measures.setdefault("share_quarantined", {})[month] = quarantined / (quarantined + n)
    asked, not_applicable = Counter[str](), Counter[str]()
    for day, n_asked, n_not_applicable in answers:
        asked[f"{day:%Y-%m}"] += n_asked
        not_applicable[f"{day:%Y-%m}"] += n_not_applicable
    measures["share_not_applicable"] = {month: not_applicable[month] / n for month, n in asked.items() if n}
    return measures


def period_findings(
    suite: Suite, measures: Measures, built: Collection[str], newest: str | None, today: date
) -> tuple[Finding, ...]:
    """Findings of the rules on periods: `near_usual` on the months that were `built`, `newest_within` on the `newest`
    month. No finding for a rule without such a month."""
    findings: list[Finding] = []
    for rule in suite.rules:
        if rule.expectation == "newest_within" and newest:
            findings.append(_freshness(rule, newest, today))
        elif rule.expectation == "near_usual" and built:
            findings.append(_near_usual(rule, measures.get(str(rule.kwargs["measure"]), {}), sorted(built)))
    return tuple(findings)


def _freshness(rule: Rule, newest: str, today: date) -> Finding:
    year, month = map(int, newest.split("-"))
    end = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    age, limit = (today - end).days, _number(rule, "max_days")
    detail = f"{newest} is the newest month; it ended {max(age, 0)} days ago (limit {limit:.0f})"
    return Finding(
        rule=rule,
        column=None,
        evaluated=1,
        failed=int(age > limit),
        success=age <= limit,
        detail=detail,
    )


def _near_usual(rule: Rule, values: Mapping[str, float], built: Sequence[str]) -> Finding:
    """Compares each built month with the median of the months before it; a month without months before it counts as
    missing."""
    periods, measured = int(_number(rule, "periods")), [month for month in built if month in values]
    earlier = {month: sorted(other for other in values if other < month)[-periods:] for month in measured}
    usual = {month: median(values[other] for other in before) for month, before in earlier.items() if before}
    unusual = [month for month in usual if not _is_near(rule, values[month], usual[month])]
    form = "{:.1%}" if str(rule.kwargs["measure"]).startswith("share") else "{:,.0f}"
    shown = ", ".join(f"{month}: {form.format(values[month])}, usual {form.format(usual[month])}" for month in unusual)
    nothing = "no month before it to compare with" if not usual else "like the months before"
    return Finding(
        rule=rule,
        column=None,
        evaluated=len(measured),
        failed=len(unusual),
        success=not unusual,
        detail=shown or nothing,
        missing=len(measured) - len(usual),
    )


def _is_near(rule: Rule, value: float, usual: float) -> bool:
    limits = rule.kwargs
    return (
        value >= usual * _number(rule, "min_ratio", 0)
        and ("max_ratio" not in limits or value <= usual * _number(rule, "max_ratio"))
        and ("max_difference" not in limits or abs(value - usual) <= _number(rule, "max_difference"))
    )


def _number(rule: Rule, name: str, default: float | None = None) -> float:
    value = rule.kwargs.get(name, default)
    assert isinstance(value, int | float)
    return value
