"""Months against the months before them: volume, freshness, and shares that creep."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from statistics import median

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.quality.results import Finding
from lakehouse.quality.suites import Rule, Suite
from schemas import columns as c

# Measure -> month (YYYY-MM) -> value.
Measures = Mapping[str, Mapping[str, float]]


def monthly(satisfaction: DataFrame, questions: DataFrame, quarantine: DataFrame) -> DataFrame:
    """One row per `month` and `measure` with `value`: what the rules compare, from the metrics and from quarantine."""
    month = F.date_format(c.PERIOD_START, "yyyy-MM").alias("month")
    overall = F.col(c.SEGMENT) == "overall"
    responses = satisfaction.where(overall).select(month, c.N, "n_arrival_reported")
    rejected = quarantine.groupBy(F.date_format(c.SURVEY_DATE, "yyyy-MM").alias("month")).agg(F.count("*").alias("bad"))
    judged = responses.join(rejected, on="month", how="left").withColumn("bad", F.coalesce("bad", F.lit(0)))
    answers = (
        questions.where(overall)
        .groupBy(month)
        .agg(F.sum(c.N_NOT_APPLICABLE).alias("passed_over"), F.sum(c.N_ASKED).alias("asked"))
    )
    shares = judged.select(
        "month",
        F.explode(
            F.create_map(
                *(F.lit("responses"), F.col(c.N).cast("double")),
                *(F.lit("share_imputed"), 1 - F.col("n_arrival_reported") / F.col(c.N)),
                *(F.lit("share_quarantined"), F.col("bad") / (F.col("bad") + F.col(c.N))),
            )
        ).alias("measure", "value"),
    )
    not_applicable = F.expr("passed_over / nullif(asked, 0)").alias("value")
    return shares.unionByName(
        answers.select("month", F.lit("share_not_applicable").alias("measure"), not_applicable)
    ).where(F.col("value").isNotNull())


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


def by_measure(rows: Iterable[tuple[str, str, float]]) -> dict[str, dict[str, float]]:
    """Rows of `monthly` as one mapping per measure."""
    found: dict[str, dict[str, float]] = {}
    for month, measure, value in rows:
        found.setdefault(measure, {})[month] = value
    return found
