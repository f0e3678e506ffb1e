"""Restatements: months whose published figures changed between two releases."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.months import month_of
from schemas import columns as c


def restated(before: DataFrame, after: DataFrame) -> DataFrame:
    """One row per month of `before` whose figures differ in `after`, or are missing there.

    Both are versions of gold.satisfaction_metrics; the columns are those of ops.restatements without the run.
    """
    old, new = _figures(before, "before"), _figures(after, "after")
    joined = old.join(new, on=c.SURVEY_MONTH, how="left")
    is_same = F.col("content_before").eqNullSafe(F.col("content_after"))
    return joined.where(~is_same).drop("content_before", "content_after").orderBy(c.SURVEY_MONTH)


def _figures(metrics: DataFrame, when: str) -> DataFrame:
    month = month_of(c.PERIOD_START).alias(c.SURVEY_MONTH)
    return metrics.where(F.col(c.SEGMENT) == "overall").select(
        month,
        F.col(c.N).alias(f"n_{when}"),
        _share("n_satisfied", c.N).alias(f"share_satisfied_{when}"),
        _share("sum_service_index", "n_service_index").alias(f"service_index_{when}"),
        F.col(c.BUILT_FROM).alias(f"content_{when}"),
    )


def _share(part: str, whole: str) -> Column:
    return F.col(part) / F.nullif(F.col(whole), F.lit(0))
