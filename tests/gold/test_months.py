"""Months: what each holds, and the fingerprint of what it is built from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from pyspark.sql import SparkSession

from lakehouse.gold.months import built_from, content_by_month, silver_months
from lakehouse.storage.frames import frame_of
from lakehouse.survey.catalogue import Catalogue
from tests.support.catalogues import question
from tests.support.data.three_questions import CATALOGUE

CONTENT = "survey_month string, response_key bigint, _row_hash bigint, survey_date date, questionnaire_key bigint"
ROWS: list[tuple[object, ...]] = [
    ("2025-01", 1, 101, date(2025, 1, 1), 1),
    ("2025-01", 2, 102, date(2025, 1, 2), 1),
    ("2025-01", 3, 103, date(2025, 1, 3), 2),
    ("2025-02", 4, 104, date(2025, 2, 1), 1),
]
THREE = {1: ("wifi", "seat"), 2: ("wifi", "seat", "gate"), 3: ("gate",)}


def fingerprints(
    spark: SparkSession, rows: Sequence[tuple[object, ...]], catalogue: Catalogue = CATALOGUE
) -> dict[str, str]:
    found = silver_months(content_by_month(frame_of(spark, rows, CONTENT)).collect(), catalogue, THREE)
    return {month: content.built_from for month, content in found.items()}


def test_months_count_their_responses_and_questions(spark: SparkSession) -> None:
    found = silver_months(content_by_month(frame_of(spark, ROWS, CONTENT)).collect(), CATALOGUE, THREE)
    assert {month: (one.rows, one.asked) for month, one in found.items()} == {"2025-01": (3, 7), "2025-02": (1, 2)}


@pytest.mark.parametrize(
    "january",
    [
        # One value each: response, content, date, questionnaire.
        [*ROWS[:2], ("2025-01", 9, 103, date(2025, 1, 3), 2)],
        [*ROWS[:2], ("2025-01", 3, 999, date(2025, 1, 3), 2)],
        [*ROWS[:2], ("2025-01", 3, 103, date(2025, 1, 4), 2)],
        [*ROWS[:2], ("2025-01", 3, 103, date(2025, 1, 3), 3)],
        # A row less, a row more, a pair of equal rows more.
        ROWS[:2],
        [*ROWS[:3], ("2025-01", 5, 105, date(2025, 1, 5), 2)],
        [*ROWS[:3], ROWS[0], ROWS[0]],
    ],
)
def test_a_fingerprint_changes_with_any_value_of_its_month(
    spark: SparkSession, january: list[tuple[object, ...]]
) -> None:
    before, after = fingerprints(spark, ROWS), fingerprints(spark, [*january, ROWS[3]])
    assert before["2025-01"] != after["2025-01"]
    assert before["2025-02"] == after["2025-02"]


def test_a_fingerprint_knows_no_order_but_the_catalogue(spark: SparkSession) -> None:
    before = fingerprints(spark, ROWS)
    assert fingerprints(spark, ROWS[::-1]) == before
    assert fingerprints(spark, [ROWS[1], ROWS[3], ROWS[2], ROWS[0]]) == before
    heavier = replace(CATALOGUE, questions=(question("wifi", 2.0), *CATALOGUE.questions[1:]))
    assert all(before[month] != other for month, other in fingerprints(spark, ROWS, heavier).items())


def test_every_row_names_what_its_month_was_built_from(spark: SparkSession) -> None:
    found = silver_months(content_by_month(frame_of(spark, ROWS, CONTENT)).collect(), CATALOGUE, THREE)
    frame = frame_of(spark, [("2025-02",), ("2025-01",), ("2025-03",)], "survey_month string")
    row = [one[0] for one in frame.select(built_from(found)).collect()]
    assert row == [found["2025-02"].built_from, found["2025-01"].built_from, None]
