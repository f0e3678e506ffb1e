"""Which version of a response wins, and what becomes of the others."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest
from pyspark.sql import DataFrame, SparkSession

from lakehouse.silver.versions import deduplicate, resolve

SCHEMA = (
    "id bigint, survey_date date, survey_date_precision string, _delivery bigint, _row_hash bigint, "
    "_source_sha256 string, _source_row bigint, expected string"
)


def fates(spark: SparkSession, rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    frame = spark.createDataFrame(rows, SCHEMA)
    judged = resolve(frame, ("id",)).select("_source_sha256", "_source_row", "_fate", "expected").collect()
    return sorted(tuple(row) for row in judged)


@pytest.mark.parametrize(
    "versions",
    [
        # The later survey date wins, whatever came last.
        [("2025-01-31", "day", 2, 1, "a", 1, "superseded"), ("2025-02-28", "day", 1, 2, "b", 1, "winner")],
        # A month without a day counts as its last day.
        [("2025-01-01", "month", 1, 1, "a", 1, "winner"), ("2025-01-30", "day", 2, 2, "b", 1, "superseded")],
        [("2025-01-01", "month", 1, 1, "a", 1, "superseded"), ("2025-01-31", "day", 2, 2, "b", 1, "winner")],
        # The same day: the later delivery.
        [("2025-01-31", "day", 1, 1, "a", 1, "superseded"), ("2025-01-31", "day", 2, 2, "b", 1, "winner")],
        # Equal lines of one delivery: the first stands for all.
        [
            ("2025-01-31", "day", 1, 7, "b", 1, "superseded"),
            ("2025-01-31", "day", 1, 7, "a", 2, "winner"),
            ("2025-01-31", "day", 1, 7, "a", 3, "superseded"),
        ],
        # Lines of one delivery that contradict each other: none of them, the older version stays.
        [
            ("2025-01-31", "day", 2, 1, "b", 1, "conflict"),
            ("2025-01-31", "day", 2, 2, "b", 2, "conflict"),
            ("2025-01-31", "day", 1, 3, "a", 1, "winner"),
        ],
        [("2025-01-31", "day", 1, 1, "a", 1, "conflict"), ("2025-01-31", "day", 1, 2, "a", 2, "conflict")],
    ],
)
def test_fates_in_any_order(spark: SparkSession, versions: list[tuple[object, ...]]) -> None:
    for order in permutations(versions):
        rows = [(1, *version) for version in order]
        as_dates = [(key, date.fromisoformat(str(day)), *rest) for key, day, *rest in rows]
        judged = fates(spark, as_dates)
        assert [fate for _, _, fate, _ in judged] == [expected for _, _, _, expected in judged]


def versions(spark: SparkSession, *rows: tuple[int, str, int, str]) -> DataFrame:
    """Versions as (id, day in January 2025, delivery, file); the lines of each file have their own content."""
    typed = [
        (number, date(2025, 1, int(day)), "day", delivery, ord(content), content, 1, "")
        for number, day, delivery, content in rows
    ]
    return spark.createDataFrame(typed, SCHEMA)


@pytest.mark.parametrize(
    ("new", "present", "expected"),
    [
        # Keys that occur once pass as they are.
        ([(1, "5", 1, "a"), (2, "5", 1, "a")], [], {("a", 1, "winner", False), ("a", 2, "winner", False)}),
        # A newer version displaces silver's, an older one does not.
        ([(1, "9", 2, "b")], [(1, "5", 1, "a")], {("b", 1, "winner", False), ("a", 1, "superseded", True)}),
        ([(1, "2", 2, "b")], [(1, "5", 1, "a")], {("b", 1, "superseded", False), ("a", 1, "winner", True)}),
        # Silver's other rows stay where they are, and do not come along.
        ([(1, "5", 2, "b")], [(7, "5", 1, "a")], {("b", 1, "winner", False)}),
        # Two versions of one moment contradict each other, and silver's older one stays.
        (
            [(1, "9", 2, "b"), (1, "9", 2, "c")],
            [(1, "5", 1, "a")],
            {("b", 1, "conflict", False), ("c", 1, "conflict", False), ("a", 1, "winner", True)},
        ),
    ],
)
def test_deduplicate(
    spark: SparkSession,
    new: list[tuple[int, str, int, str]],
    present: list[tuple[int, str, int, str]],
    expected: set[tuple[str, int, str, bool]],
) -> None:
    found = deduplicate(versions(spark, *new), versions(spark, *present), ("id",))
    rows = found.select("_source_sha256", "id", "_fate", "_in_silver").collect()
    assert {tuple(row) for row in rows} == expected
    assert len(rows) == len(expected)


def test_deduplicate_of_everything_looks_at_no_present_row(spark: SparkSession) -> None:
    found = deduplicate(versions(spark, (1, "5", 1, "a"), (1, "9", 2, "b"), (2, "5", 1, "a")), None, ("id",))
    rows = {tuple(row) for row in found.select("_source_sha256", "id", "_fate").collect()}
    assert rows == {("a", 1, "superseded"), ("b", 1, "winner"), ("a", 2, "winner")}
