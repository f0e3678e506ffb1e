"""A fingerprint sees content, and neither order, lineage nor run."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from lakehouse.storage.frames import frame_of
from lakehouse.upkeep.fingerprint import fingerprint

SCHEMA = "id int, word string, shares map<string, double>, _lineage int, run_id string"
ROWS = [(1, "a", {"x": 0.5}, 1, "r1"), (2, None, None, 2, "r1"), (2, None, None, 2, "r1")]


@pytest.mark.parametrize(
    ("rows", "same"),
    [
        (list(reversed(ROWS)), True),
        ([(1, "a", {"x": 0.5}, 9, "r2"), *ROWS[1:]], True),
        (ROWS[:2], False),
        ([*ROWS, ROWS[1]], False),
        ([(1, "b", {"x": 0.5}, 1, "r1"), *ROWS[1:]], False),
        ([(1, "a", {"x": 0.25}, 1, "r1"), *ROWS[1:]], False),
        # Null and a value change places.
        ([(1, None, {"x": 0.5}, 1, "r1"), (2, "a", None, 2, "r1"), ROWS[2]], False),
    ],
)
def test_two_tables_compared(spark: SparkSession, rows: list[tuple[object, ...]], same: bool) -> None:
    one, other = frame_of(spark, ROWS, SCHEMA), frame_of(spark, rows, SCHEMA)
    assert (fingerprint(one) == fingerprint(other)) is same
