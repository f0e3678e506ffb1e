"""Dimensions: bands and days, and one row per key."""

from __future__ import annotations

from datetime import date

import pytest
from chispa import assert_df_equality
from chispa.column_comparer import assert_column_equality
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lakehouse.gold.dimensions import age_band, dates, flight_details, passengers
from lakehouse.storage.frames import frame_of
from schemas import gold
from tests.support.data.three_questions import silver_rows


def test_age_band(spark: SparkSession) -> None:
    cases = [
        (None, None),
        (0, "0-17"),
        (17, "0-17"),
        (18, "18-24"),
        (24, "18-24"),
        (25, "25-39"),
        (39, "25-39"),
        (40, "40-59"),
        (59, "40-59"),
        (60, "60+"),
        (120, "60+"),
    ]
    frame = frame_of(spark, cases, "age int, expected string")
    assert_column_equality(frame.withColumn("actual", age_band(F.col("age"))), "actual", "expected")


@pytest.mark.parametrize(
    ("day", "year", "quarter", "month", "of_month", "weekday", "is_weekend"),
    [
        (date(2024, 2, 29), 2024, 1, 2, 29, 4, False),
        (date(2025, 3, 1), 2025, 1, 3, 1, 6, True),
        (date(2025, 3, 2), 2025, 1, 3, 2, 7, True),
        (date(2025, 3, 31), 2025, 1, 3, 31, 1, False),
        (date(2025, 12, 31), 2025, 4, 12, 31, 3, False),
    ],
)
def test_a_day(
    spark: SparkSession, day: date, year: int, quarter: int, month: int, of_month: int, weekday: int, is_weekend: bool
) -> None:
    of = f"{year}-{month:02d}"
    found = dates(frame_of(spark, [(of,)], "survey_month string")).where(F.col("date") == day)
    expected = frame_of(spark, [(day, year, quarter, month, of, of_month, weekday, is_weekend)], gold.DIM_DATE)
    assert_df_equality(found, expected, ignore_nullable=True, ignore_metadata=True)


def test_a_month_has_all_its_days_once(spark: SparkSession) -> None:
    months_at_hand = frame_of(spark, [("2024-02",), ("2025-02",), ("2025-12",)], "survey_month string")
    counts = dates(months_at_hand).groupBy("survey_month").agg(F.count_distinct("date"), F.count("*")).collect()
    assert sorted(map(tuple, counts)) == [("2024-02", 29, 29), ("2025-02", 28, 28), ("2025-12", 31, 31)]


def test_dimensions_have_one_row_per_key(spark: SparkSession) -> None:
    people = passengers(silver_rows(spark))
    found = [tuple(row) for row in people.select("id", "gender", "age", "age_band").orderBy("id", "age").collect()]
    assert found == [(1, "Female", 30, "25-39"), (1, "Female", 31, "25-39"), (2, None, None, None)]
    assert people.select("passenger_key").distinct().count() == 3
    details = flight_details(silver_rows(spark)).select("travel_type", "class").collect()
    assert sorted(map(tuple, details)) == [("Business", "Economy"), ("Personal", "Economy")]
