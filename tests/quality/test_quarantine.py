"""The split by rules: no line is lost, and a rejected one is kept as it was delivered."""

from __future__ import annotations

import json

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.quality.quarantine import as_conflicts, counts_per_file, quarantined, split
from lakehouse.storage.frames import frame_of

JUDGED = "_source_sha256 string, _source_file string, _source_row bigint, reasons array<string>"
# Content, file, line, reasons.
LINES: list[tuple[str, str, int, list[str]]] = [
    ("a", "a.csv", 1, []),
    ("a", "a.csv", 2, ["rating_out_of_range:seat", "rating_out_of_range:wifi", "unknown_value:class"]),
    ("a", "a.csv", 3, ["rating_out_of_range:wifi"]),
    ("a", "a.csv", 4, []),
    ("a", "a.csv", 5, ["malformed"]),
    ("a", "a.csv", 6, ["rating_out_of_range:wifi"]),
    ("b", "b.csv", 1, ["unknown_value:class"]),
    ("c", "c.csv", 1, []),
]


@pytest.fixture(scope="module")
def judged(spark: SparkSession) -> DataFrame:
    return frame_of(spark, LINES, JUDGED)


def test_every_line_is_accepted_or_rejected(judged: DataFrame) -> None:
    accepted, rejected = (
        {(row["_source_sha256"], row["_source_row"]) for row in half.collect()} for half in split(judged)
    )
    assert accepted == {("a", 1), ("a", 4), ("c", 1)}
    assert rejected == {(sha, line) for sha, _, line, reasons in LINES if reasons}
    assert len(accepted) + len(rejected) == len(LINES)


def test_counts_per_file(spark: SparkSession, judged: DataFrame) -> None:
    expected = [
        ("a", "a.csv", None, 6),
        ("a", "a.csv", "*", 4),
        ("a", "a.csv", "rating_out_of_range:seat", 1),
        ("a", "a.csv", "rating_out_of_range:wifi", 3),
        # Line 2 fails the rule twice and counts once.
        ("a", "a.csv", "rating_out_of_range", 3),
        ("a", "a.csv", "unknown_value:class", 1),
        ("a", "a.csv", "unknown_value", 1),
        ("a", "a.csv", "malformed", 1),
        ("b", "b.csv", None, 1),
        ("b", "b.csv", "*", 1),
        ("b", "b.csv", "unknown_value:class", 1),
        ("b", "b.csv", "unknown_value", 1),
        ("c", "c.csv", None, 1),
    ]
    schema = "_source_sha256 string, _source_file string, reason string, lines bigint"
    found = counts_per_file(judged)
    assert_df_equality(found, frame_of(spark, expected, schema), ignore_row_order=True, ignore_nullable=True)


def test_a_rejected_line_is_kept_as_delivered(spark: SparkSession, judged: DataFrame) -> None:
    bronze = frame_of(
        spark,
        [
            ("a", 2, 1, None, " 7", "Eco Premium", None),
            ("a", 3, 1, None, "3", 'Eco "Plus"', "x"),
            ("a", 5, 1, "1,2", "1", None, None),
            ("a", 6, 1, None, "é", "Eco", None),
            ("b", 1, 2, None, "8", "First", None),
            ("c", 1, 2, None, "1", "Eco", None),
        ],
        "_source_sha256 string, _source_row bigint, _delivery bigint, _corrupt_record string, id string, "
        "class string, extra string",
    )
    rows = quarantined(split(judged).rejected, bronze).collect()
    raw = {(row["_source_sha256"], row["_source_row"]): json.loads(row["raw"]) for row in rows}
    # Empty cells and our own lineage are no part of the line.
    assert raw == {
        ("a", 2): {"id": " 7", "class": "Eco Premium"},
        ("a", 3): {"id": "3", "class": 'Eco "Plus"', "extra": "x"},
        ("a", 5): {"_corrupt_record": "1,2", "id": "1"},
        ("a", 6): {"id": "é", "class": "Eco"},
        ("b", 1): {"id": "8", "class": "First"},
    }
    assert len(rows) == len({row["quarantine_id"] for row in rows}) == 5
    # sha256 of "a:2", as any tool says it.
    (second,) = (row["quarantine_id"] for row in rows if row["_source_row"] == 2)
    assert second == "d860d1415d6eb004973f071102f63a91fa88e862d47e36fc89c9e02ea0956d4e"


def test_lines_that_contradict_each_other_have_that_as_their_only_reason(judged: DataFrame) -> None:
    conflicts = as_conflicts(judged.where(F.col("_source_sha256") == "b"))
    assert [row["reasons"] for row in conflicts.collect()] == [["conflicting_key"]]
