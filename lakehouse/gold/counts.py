"""Counts of the gold candidate for gate 3: repeated keys, long rows, and referential integrity."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.gold.ratings import count_answers
from schemas import columns as c


def response_counts(facts: DataFrame) -> DataFrame:
    """One row: `rows` of the fact; `repeated`, rows that share their response key with another row; and `answers`,
    rows of the long ratings."""
    per_key = facts.groupBy(c.RESPONSE_KEY).agg(F.count("*").alias("n"), count_answers(facts).alias("answers"))
    return per_key.agg(
        F.coalesce(F.sum("n"), F.lit(0)).alias("rows"),
        F.coalesce(F.sum(F.when(F.col("n") > 1, F.col("n"))), F.lit(0)).alias("repeated"),
        F.coalesce(F.sum("answers"), F.lit(0)).alias("answers"),
    )


def reference_counts(facts: DataFrame, key: str, dimension: DataFrame, dimension_key: str) -> DataFrame:
    """One row of counts for referential integrity: `rows` of the fact; `orphaned`, rows whose key is not in the
    dimension; `defined`, rows of the dimension with a key of the fact; and `keys`, their distinct keys."""
    used = facts.groupBy(F.col(key).alias("key")).agg(F.count("*").alias("used"), F.lit(0).alias("defined"))
    # Of millions of passengers only those at hand are moved and counted.
    keys = dimension.select(F.col(dimension_key).alias("key")).join(used.select("key"), on="key", how="left_semi")
    defined = keys.select("key", F.lit(0).alias("used"), F.lit(1).alias("defined"))
    per_key = used.union(defined).groupBy("key").agg(F.sum("used").alias("used"), F.sum("defined").alias("defined"))
    return per_key.agg(
        F.coalesce(F.sum("used"), F.lit(0)).alias("rows"),
        F.coalesce(F.sum(F.when(F.col("defined") == 0, F.col("used"))), F.lit(0)).alias("orphaned"),
        F.coalesce(F.sum("defined"), F.lit(0)).alias("defined"),
        F.count_if(F.col("defined") > 0).alias("keys"),
    )
