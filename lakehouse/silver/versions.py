"""Deduplication of responses: which version of a response wins, and what happens to the other versions.

The newest survey date wins (a date that is only a month counts as its last day), then the newest delivery. Lines with
the same key, date and delivery but different content are in conflict, and none of them wins.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.silver.keys import IN_SILVER
from schemas import columns as c

# Column of the decision about a version, and its values: the version is written to silver, is superseded by the
# winner, or goes to quarantine because it contradicts another.
FATE = "_fate"
WINNER = "winner"
SUPERSEDED = "superseded"
CONFLICT = "conflict"


def effective_date() -> Column:
    """The day by which versions are ordered: the survey date, or the last day of a month."""
    month_only = F.col(c.SURVEY_DATE_PRECISION) == "month"
    return F.when(month_only, F.last_day(c.SURVEY_DATE)).otherwise(F.col(c.SURVEY_DATE))


def resolve(candidates: DataFrame, response_key: tuple[str, ...]) -> DataFrame:
    """Adds `_fate` to every version of the responses: `winner`, `superseded` or `conflict`.

    At most one row per key is a winner; none when all versions are in conflict. Of equal lines the one with the
    smallest (file content, line) wins, so that a rerun gives the same row.
    """
    same_moment = Window.partitionBy(*response_key, effective_date(), F.col(c.DELIVERY))
    is_conflict = F.min(c.ROW_HASH).over(same_moment) != F.max(c.ROW_HASH).over(same_moment)
    with_conflict = candidates.withColumn("_conflict", is_conflict)
    newest_first = Window.partitionBy(*response_key, "_conflict").orderBy(
        effective_date().desc(), F.col(c.DELIVERY).desc(), F.col(c.SOURCE_SHA256), F.col(c.SOURCE_ROW)
    )
    fate = (
        F.when(F.col("_conflict"), CONFLICT).when(F.row_number().over(newest_first) == 1, WINNER).otherwise(SUPERSEDED)
    )
    return with_conflict.withColumn(FATE, fate).drop("_conflict")


def deduplicate(accepted: DataFrame, silver: DataFrame | None, response_key: tuple[str, ...]) -> DataFrame:
    """Every version of every response with its `_fate`: the accepted lines, and silver's rows with the same keys
    (`_in_silver`).

    Only keys that occur more than once go through the window. `silver`: the responses that silver has, without those
    of the files being loaded; None when silver is recomputed from bronze.
    """
    key = list(response_key)
    new = accepted.withColumn(IN_SILVER, F.lit(False))
    versions = accepted.groupBy(*key).agg(F.count("*").alias("versions"))
    if silver is None:
        contested = versions.where(F.col("versions") > 1).select(*key)
        candidates = new.join(contested, on=key, how="left_semi")
    else:
        present = silver.withColumn(IN_SILVER, F.lit(True))
        known = present.select(*key, F.col(IN_SILVER).alias("is_known"))
        with_known = versions.join(known, on=key, how="left")
        contested = with_known.where((F.col("versions") > 1) | F.col("is_known")).select(*key)
        candidates = new.join(contested, on=key, how="left_semi").unionByName(
            present.join(contested, on=key, how="left_semi"), allowMissingColumns=True
        )
    unique = new.join(contested, on=key, how="left_anti").withColumn(FATE, F.lit(WINNER))
    return unique.unionByName(resolve(candidates, response_key))
