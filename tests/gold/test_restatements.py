"""Months whose published figures changed."""

from __future__ import annotations

from datetime import date

from chispa import assert_df_equality
from pyspark.sql import SparkSession

from lakehouse.gold.restatements import restated
from lakehouse.storage.frames import frame_of

METRICS = (
    "period_start date, segment string, n bigint, n_satisfied bigint, n_service_index bigint, "
    "sum_service_index double, _built_from string"
)


def test_months_that_changed_or_went(spark: SparkSession) -> None:
    january, february, march, april = (date(2025, month, 1) for month in (1, 2, 3, 4))
    before = frame_of(
        spark,
        [
            (january, "overall", 10, 4, 10, 500.0, "a"),
            (january, "class", 6, 3, 6, 300.0, "a"),
            (february, "overall", 10, 5, 10, 600.0, "b"),
            (march, "overall", 2, 1, 0, 0.0, "c"),
        ],
        METRICS,
    )
    after = frame_of(
        spark,
        [
            (january, "overall", 10, 4, 10, 500.0, "a"),
            (february, "overall", 8, 2, 8, 400.0, "b2"),
            (april, "overall", 5, 5, 5, 500.0, "d"),
        ],
        METRICS,
    )
    expected = frame_of(
        spark,
        [("2025-02", 10, 0.5, 60.0, 8, 0.25, 50.0), ("2025-03", 2, 0.5, None, None, None, None)],
        "survey_month string, n_before bigint, share_satisfied_before double, service_index_before double, "
        "n_after bigint, share_satisfied_after double, service_index_after double",
    )
    assert_df_equality(restated(before, after), expected, ignore_nullable=True)
