"""Response keys of typed lines: how often they occur, and in which months."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.months import month_of
from lakehouse.survey.dates import COLUMN
from schemas import columns as c

IN_SILVER = "_in_silver"
_IS_DATED = "is_dated"


def key_statistics(lines: DataFrame, response_key: Sequence[str], silver: DataFrame | None) -> DataFrame:
    """One row of counts over typed lines: `rows`; `repeated`, rows that share their key with another row; `accepted`,
    rows without a reason; `contested`, keys with more than one accepted version, silver's row included.

    `silver`: the responses that silver has; None when silver is recomputed from bronze.
    """
    key = list(response_key)
    is_accepted = F.size(c.REASONS) == 0
    per_key = lines.groupBy(*key, c.RESPONSE_KEY).agg(
        F.count("*").alias("n"), F.count_if(is_accepted).alias("accepted")
    )
    if silver is None:
        per_key = per_key.withColumn(IN_SILVER, F.lit(False))
    else:
        known = _with_keys_of(silver, per_key, key).select(*key, F.lit(True).alias(IN_SILVER))
        per_key = per_key.join(known, on=key, how="left")
    has_key = F.col(c.RESPONSE_KEY).isNotNull()
    versions = F.col("accepted") + F.when(F.col(IN_SILVER), 1).otherwise(0)
    return per_key.agg(
        F.coalesce(F.sum("n"), F.lit(0)).alias("rows"),
        F.coalesce(F.sum(F.when(has_key & (F.col("n") > 1), F.col("n"))), F.lit(0)).alias("repeated"),
        F.coalesce(F.sum("accepted"), F.lit(0)).alias("accepted"),
        F.count_if((F.col("accepted") > 0) & (versions > 1)).alias("contested"),
    )


def keys_by_month(lines: DataFrame, contents: Sequence[str]) -> DataFrame:
    """One row per file (`_source_sha256`), `response_key` and `survey_month` of the accepted lines, with the content
    (`_row_hash`) and whether a column gives the date (`is_dated`).

    `contents`: SHA-256 of the files."""
    is_accepted = F.col(c.SOURCE_SHA256).isin(list(contents)) & (F.size(c.REASONS) == 0)
    month = month_of(c.SURVEY_DATE).alias(c.SURVEY_MONTH)
    is_dated = F.col(c.SURVEY_DATE_SOURCE) == COLUMN
    return (
        lines.where(is_accepted)
        .groupBy(c.SOURCE_SHA256, c.RESPONSE_KEY, month)
        .agg(F.min(c.ROW_HASH).alias(c.ROW_HASH), F.max(is_dated).alias(_IS_DATED))
    )


def count_keys_of_other_months(keys: DataFrame, silver: DataFrame) -> DataFrame:
    """One row per file: its number of `keys`, how many are `known` under another month with other content, in silver
    or in any file, and how many only `repeat` an earlier month.

    `known` is an upper bound of `keys_of_other_months` for all files in one pass: files that will be held count, too.
    `keys`: from `keys_by_month`; `silver`: keys, months and contents of the responses.
    """
    in_files = keys.select(c.RESPONSE_KEY, c.SURVEY_MONTH, c.ROW_HASH, _IS_DATED)
    both = in_files.unionByName(_with_keys_of(silver, keys).withColumn(_IS_DATED, F.lit(False)))
    has_other_month = F.min(c.SURVEY_MONTH) != F.max(c.SURVEY_MONTH)
    says_other = (F.min(c.ROW_HASH) != F.max(c.ROW_HASH)) | F.max(_IS_DATED)
    per_key = both.groupBy(c.RESPONSE_KEY).agg(
        (has_other_month & says_other).alias("is_known"),
        F.when(~says_other, F.min(c.SURVEY_MONTH)).alias("first_month"),
    )
    joined = keys.join(per_key, on=c.RESPONSE_KEY, how="inner")
    return joined.groupBy(c.SOURCE_SHA256).agg(
        F.count("*").alias("keys"),
        F.count_if(F.col("is_known")).alias("known"),
        F.count_if(F.col(c.SURVEY_MONTH) > F.col("first_month")).alias("repeat"),
    )


def keys_of_other_months(keys: DataFrame, content: str, earlier: Sequence[str], silver: DataFrame) -> DataFrame:
    """One row per `response_key` of the file `content` that is known under another month with other content, in silver
    or in one of the `earlier` files. Files are given by their SHA-256."""
    of_file = keys.where(F.col(c.SOURCE_SHA256) == content)
    known = (c.RESPONSE_KEY, c.SURVEY_MONTH, c.ROW_HASH)
    before = keys.where(F.col(c.SOURCE_SHA256).isin(list(earlier))).select(*known)
    others = before.unionByName(_with_keys_of(silver, of_file).select(*known)).withColumnsRenamed(
        {c.SURVEY_MONTH: "other_month", c.ROW_HASH: "other_content"}
    )
    joined = of_file.join(others, on=c.RESPONSE_KEY, how="inner").where(F.col(c.SURVEY_MONTH) != F.col("other_month"))
    says_other = (F.col(c.ROW_HASH) != F.col("other_content")) | F.col(_IS_DATED)
    return joined.where(says_other).select(c.RESPONSE_KEY).distinct()


def _with_keys_of(silver: DataFrame, keys: DataFrame, key: Sequence[str] = (c.RESPONSE_KEY,)) -> DataFrame:
    """The rows of silver whose key is among the given keys: of millions of responses only these are moved."""
    return silver.join(keys.select(*key), on=list(key), how="left_semi")
