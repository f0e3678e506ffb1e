"""Surrogate keys and content hashes."""

from __future__ import annotations

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lakehouse.keys import content_hash, digest_of, key_of, surrogate_key
from lakehouse.storage.frames import frame_of


def test_a_key_tells_columns_and_nulls_apart(spark: SparkSession) -> None:
    rows = [(5, None), (None, 5), (5, 5), (None, None), (0, None)]
    frame = frame_of(spark, rows, "a int, b int")
    keys = [row[0] for row in frame.select(surrogate_key(("a", "b"))).collect()]
    assert len(set(keys)) == len(rows)


def test_a_key_depends_on_nothing_but_the_values(spark: SparkSession) -> None:
    frame = spark.range(100).select(F.col("id"), (F.col("id") % 7).alias("other"))
    spread = frame.repartition(5).select("id", surrogate_key(("id", "other")).alias("key"))
    assert {tuple(row) for row in spread.collect()} == {
        tuple(row) for row in frame.coalesce(1).select("id", surrogate_key(("id", "other")).alias("key")).collect()
    }


def test_a_new_empty_column_changes_no_content(spark: SparkSession) -> None:
    frame = frame_of(spark, [(1, 3, None), (1, None, 3), (1, 3, 3)], "a int, b int, c int")
    hashes = [tuple(row) for row in frame.select(content_hash(("b", "a")), content_hash(("c", "a", "b"))).collect()]
    assert hashes[0][0] == hashes[0][1]
    assert len({both for _, both in hashes}) == 3
    assert hashes[1][0] != hashes[1][1]


def test_keys_made_by_the_driver() -> None:
    assert key_of(["wifi", "2025-01-01"]) != key_of(["wifi2025-01-01"])
    assert -(2**63) <= key_of(["a"]) < 2**63
    assert digest_of(("a", 1)) == digest_of(("a", 1)) != digest_of(("a", 2))
