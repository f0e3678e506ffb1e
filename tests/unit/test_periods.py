"""Months against the months before them."""

from __future__ import annotations

import os
from datetime import date

import pytest
from chispa import assert_df_equality
from pyspark.sql import SparkSession

from lakehouse.config import Config, load_config
from lakehouse.quality.periods import by_measure, monthly, period_findings
from lakehouse.quality.results import results_of

SIX = [f"2025-0{month}" for month in range(1, 7)]
TODAY = date(2025, 8, 14)


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load_config(None, None, (), os.environ)


def judged(config: Config, measure: str, values: list[float], built: list[str], today: date = TODAY) -> dict[str, str]:
    """Outcome by rule."""
    suite = config.suites["periods"]
    measures = {measure: dict(zip(SIX, values, strict=False))}
    found = period_findings(suite, measures, built, max(measures[measure], default=None), today)
    return {result.rule: result.outcome for result in results_of("periods", suite, found)}


@pytest.mark.no_spark
@pytest.mark.parametrize(
    ("measure", "values", "outcome"),
    [
        ("responses", [100, 120, 90, 110, 100, 51], "passed"),
        ("responses", [100, 120, 90, 110, 100, 49], "failed"),
        ("responses", [100, 120, 90, 110, 100, 200], "passed"),
        ("responses", [100, 120, 90, 110, 100, 201], "failed"),
        ("responses", [100], "vacuous"),
        # The middle value: one odd month before does not change what is usual.
        ("responses", [100, 9000, 90, 110, 100, 120], "passed"),
        ("share_imputed", [0.003, 0.003, 0.022], "passed"),
        ("share_imputed", [0.003, 0.003, 0.024], "failed"),
        ("share_not_applicable", [0.10, 0.04], "failed"),
        ("share_not_applicable", [0.10, 0.06], "passed"),
        ("share_quarantined", [0.0, 0.02], "passed"),
        ("share_quarantined", [0.0, 0.021], "failed"),
    ],
)
def test_a_month_is_compared_with_the_months_before(
    shipped: Config, measure: str, values: list[float], outcome: str
) -> None:
    assert judged(shipped, measure, values, SIX[len(values) - 1 : len(values)])[f"{measure}_near_usual"] == outcome


@pytest.mark.no_spark
def test_each_month_that_was_built_is_judged_and_named(shipped: Config) -> None:
    suite = shipped.suites["periods"]
    values = dict(zip(SIX, [100, 110, 20, 105, 900, 100], strict=True))
    (found, *_) = period_findings(suite, {"responses": values}, SIX, SIX[-1], TODAY)
    assert (found.evaluated, found.failed, found.missing) == (6, 2, 1)
    assert found.detail == "2025-03: 20, usual 105, 2025-05: 900, usual 102"


@pytest.mark.no_spark
@pytest.mark.parametrize(("today", "outcome"), [(date(2025, 8, 14), "passed"), (date(2025, 8, 15), "failed")])
def test_the_newest_month_ended_lately(shipped: Config, today: date, outcome: str) -> None:
    found = judged(shipped, "responses", [100.0] * 6, [], today)
    assert found == {"newest_month_recent": outcome}
    assert judged(shipped, "responses", [], [], today) == {}


def test_measures_of_a_month(spark: SparkSession) -> None:
    january, february = date(2025, 1, 1), date(2025, 2, 1)
    satisfaction = spark.createDataFrame(
        [(january, "overall", 8, 6), (january, "class", 5, 5), (february, "overall", 4, 4)],
        "period_start date, segment string, n bigint, n_arrival_reported bigint",
    )
    questions = spark.createDataFrame(
        [
            (january, "overall", 10, 1),
            (january, "overall", 10, 4),
            (january, "class", 10, 9),
            (february, "overall", 0, 0),
        ],
        "period_start date, segment string, n_asked bigint, n_not_applicable bigint",
    )
    quarantine = spark.createDataFrame([(date(2025, 1, 9),), (date(2025, 1, 30),), (None,)], "survey_date date")
    expected = spark.createDataFrame(
        [
            ("2025-01", "responses", 8.0),
            ("2025-01", "share_imputed", 0.25),
            ("2025-01", "share_not_applicable", 0.25),
            ("2025-01", "share_quarantined", 0.2),
            ("2025-02", "responses", 4.0),
            ("2025-02", "share_imputed", 0.0),
            ("2025-02", "share_quarantined", 0.0),
        ],
        "month string, measure string, value double",
    )
    actual = monthly(satisfaction, questions, quarantine)
    assert_df_equality(actual, expected, ignore_row_order=True, ignore_nullable=True)
    assert by_measure(map(tuple, actual.collect()))["responses"] == {"2025-01": 8.0, "2025-02": 4.0}
