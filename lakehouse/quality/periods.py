"""Months against the months before them: volume, freshness, and shares that creep."""

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
    """What the rules compare, by measure and month.

    `responses`: month, responses, reported arrival delays. `answers`: month, asked, not applicable, per question.
    `rejected`: lines in quarantine by month (YYYY-MM).
    """
    found: dict[str, dict[str, float]] = {}
    for day, n, reported in responses:
        month, bad = f"{day:%Y-%m}", rejected.get(f"{day:%Y-%m}", 0)
        found.setdefault("responses", {})[month] = n
        found.setdefault("share_imputed", {})[month] = 1 - reported / n
        found.setdefault("share_quarantined", {})[month] = bad / (bad + n)
    asked, passed_over = Counter[str](), Counter[str]()
    for day, n, not_applicable in answers:
        asked[f"{day:%Y-%m}"] += n
        passed_over[f"{day:%Y-%m}"] += not_applicable
    found["share_not_applicable"] = {month: passed_over[month] / n for month, n in asked.items() if n}
    return found


def period_findings(
    suite: Suite, measures: Measures, built: Collection[str], newest: str | None, today: date
) -> tuple[Finding, ...]:
    """What each rule sees: in the months that were `built`, if any, and in how old the `newest` month is."""
    found: list[Finding] = []
    for rule in suite.rules:
        if rule.expectation == "newest_within" and newest:
            found.append(_freshness(rule, newest, today))
        elif rule.expectation == "near_usual" and built:
            found.append(_near_usual(rule, measures.get(str(rule.kwargs["measure"]), {}), sorted(built)))
    return tuple(found)


def _freshness(rule: Rule, newest: str, today: date) -> Finding:
    year, month = map(int, newest.split("-"))
    end = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    age, limit = (today - end).days, _number(rule, "max_days")
    detail = f"{newest} is the newest month; it ended {max(age, 0)} days ago (limit {limit:.0f})"
    return Finding(rule, None, 1, int(age > limit), age <= limit, detail)


def _near_usual(rule: Rule, values: Mapping[str, float], built: Sequence[str]) -> Finding:
    """A month without months before it has no usual value: it counts as missing."""
    periods, seen = int(_number(rule, "periods")), [month for month in built if month in values]
    earlier = {month: sorted(other for other in values if other < month)[-periods:] for month in seen}
    usual = {month: median(values[one] for one in before) for month, before in earlier.items() if before}
    odd = [month for month in usual if not _is_near(rule, values[month], usual[month])]
    form = "{:.1%}" if str(rule.kwargs["measure"]).startswith("share") else "{:,.0f}"
    shown = ", ".join(f"{month}: {form.format(values[month])}, usual {form.format(usual[month])}" for month in odd)
    nothing = "no month before it to compare with" if not usual else "like the months before"
    return Finding(rule, None, len(seen), len(odd), not odd, shown or nothing, len(seen) - len(usual))


def _is_near(rule: Rule, value: float, usual: float) -> bool:
    limits = rule.kwargs
    return (
        value >= usual * _number(rule, "min_ratio", 0)
        and ("max_ratio" not in limits or value <= usual * _number(rule, "max_ratio"))
        and ("max_difference" not in limits or abs(value - usual) <= _number(rule, "max_difference"))
    )


def _number(rule: Rule, name: str, absent: float | None = None) -> float:
    value = rule.kwargs.get(name, absent)
    assert isinstance(value, int | float)
    return value
