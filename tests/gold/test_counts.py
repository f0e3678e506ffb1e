"""What gate 3 counts of the gold candidate: repeated keys, long rows, and referential integrity."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lakehouse.gold.counts import reference_counts, response_counts
from lakehouse.storage.frames import frame_of


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # (response_key, answers), then: rows, repeated, answers
        ([], (0, 0, 0)),
        ([(1, 2), (2, 3)], (2, 0, 5)),
        ([(1, 2), (1, 2), (2, 0)], (3, 2, 4)),
    ],
)
def test_responses_and_long_rows(
    spark: SparkSession, rows: list[tuple[int, int]], expected: tuple[int, int, int]
) -> None:
    frame = frame_of(spark, rows, "response_key bigint, answers int")
    facts = frame.select("response_key", F.array_repeat(F.lit("answer"), F.col("answers")).alias("_answers"))
    (found,) = response_counts(facts).collect()
    assert tuple(found) == expected


@pytest.mark.parametrize(
    ("used", "defined", "expected"),
    [
        # rows, orphaned, defined, keys
        ([], [], (0, 0, 0, 0)),
        # Rows that no fact points at are not looked at.
        ([1, 1, 2], [1, 2, 3], (3, 0, 2, 2)),
        ([1, 1, 4], [1, 2], (3, 1, 1, 1)),
        # A key that the dimension has twice would multiply facts.
        ([1], [1, 1], (1, 0, 2, 1)),
        # A null points at nothing.
        ([None, 1], [1], (2, 1, 1, 1)),
    ],
)
def test_references(spark: SparkSession, used: list[int | None], defined: list[int], expected: tuple[int, ...]) -> None:
    facts = frame_of(spark, [(key,) for key in used], "passenger_key bigint")
    dimension = frame_of(spark, [(key,) for key in defined], "key_of_dimension bigint")
    (found,) = reference_counts(facts, "passenger_key", dimension, "key_of_dimension").collect()
    assert tuple(found) == expected
