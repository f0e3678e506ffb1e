"""Deduplication of responses: which version of a response wins, and what happens to the other versions.

Each day has one version, that of its newest delivery (a date that is only a month counts as its last day). The newest
day wins, unless its version only repeats what the day before it said and has no date column: an export that holds all
months so far says nothing new of the earlier ones, and the response stays where it was first told. Lines with the same
key, date and delivery but different content are in conflict, and none of them wins.

The winner is a function of all versions. Silver's other versions are therefore looked at, too: a version between two
others may turn the second into news, which was a repeat before.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.silver.keys import IN_SILVER
from lakehouse.survey.dates import COLUMN
from schemas import columns as c
from schemas.bronze import LINE

# Column of the decision about a version, and its values: the version is written to silver, is superseded by the
# winner, or goes to quarantine because it contradicts another.
FATE = "_fate"
WINNER = "winner"
SUPERSEDED = "superseded"
CONFLICT = "conflict"
# Whether the version is a line of silver.superseded, of which only what decides is known.
IS_SUPERSEDED = "_is_superseded"


def effective_date() -> Column:
    """The day by which versions are ordered: the survey date, or the last day of a month."""
    month_only = F.col(c.SURVEY_DATE_PRECISION) == "month"
    return F.when(month_only, F.last_day(c.SURVEY_DATE)).otherwise(F.col(c.SURVEY_DATE))


def resolve(candidates: DataFrame, response_key: tuple[str, ...]) -> DataFrame:
    """Adds `_fate` to every version of the responses: `winner`, `superseded` or `conflict`.

    At most one row per key is a winner; none when all versions are in conflict. Of equal lines the one with the
    smallest (file content, line) wins, so that a rerun gives the same row.
    """
    day, by_line = effective_date(), (F.col(c.DELIVERY).desc(), F.col(c.SOURCE_SHA256), F.col(c.SOURCE_ROW))
    same_moment = Window.partitionBy(*response_key, day, F.col(c.DELIVERY))
    of_day = Window.partitionBy(*response_key, "_conflict", day).orderBy(*by_line)
    earlier_days = Window.partitionBy(*response_key, "_stands").orderBy(day)
    newest_first = Window.partitionBy(*response_key, "_is_new").orderBy(day.desc())

    is_conflict = F.min(c.ROW_HASH).over(same_moment) != F.max(c.ROW_HASH).over(same_moment)
    stands_for_day = ~F.col("_conflict") & (F.row_number().over(of_day) == 1)
    is_repeat = F.lag(c.ROW_HASH).over(earlier_days).eqNullSafe(F.col(c.ROW_HASH)) & ~is_dated()
    is_winner = F.col("_is_new") & (F.row_number().over(newest_first) == 1)
    return (
        candidates.withColumn("_conflict", is_conflict)
        .withColumn("_stands", stands_for_day)
        .withColumn("_is_new", F.col("_stands") & ~is_repeat)
        .withColumn(FATE, F.when(F.col("_conflict"), CONFLICT).when(is_winner, WINNER).otherwise(SUPERSEDED))
        .drop("_conflict", "_stands", "_is_new")
    )


def is_dated() -> Column:
    """Whether the line has a date of its own: then it is no repeat of an earlier one."""
    return F.col(c.SURVEY_DATE_SOURCE) == COLUMN


def deduplicate(
    accepted: DataFrame, silver: DataFrame | None, superseded: DataFrame | None, response_key: tuple[str, ...]
) -> DataFrame:
    """Every version of every response with its `_fate`: the accepted lines, and with the same keys silver's rows
    (`_in_silver`) and superseded lines (`_is_superseded`), which lack most columns.

    Only keys that occur more than once go through the windows. `silver`, `superseded`: what the tables have, without
    the lines of the files being loaded; None when silver is recomputed from bronze.
    """
    key = list(response_key)
    new = accepted.withColumns({IN_SILVER: F.lit(False), IS_SUPERSEDED: F.lit(False)})
    versions = accepted.groupBy(*key, c.RESPONSE_KEY).agg(F.count("*").alias("versions"))
    if silver is None or superseded is None:
        contested = versions.where(F.col("versions") > 1).select(*key)
        candidates = new.join(contested, on=key, how="left_semi")
    else:
        present = silver.withColumns({IN_SILVER: F.lit(True), IS_SUPERSEDED: F.lit(False)})
        known = present.select(*key, F.col(IN_SILVER).alias("is_known"))
        with_known = versions.join(known, on=key, how="left")
        keys = with_known.where((F.col("versions") > 1) | F.col("is_known")).select(*key, c.RESPONSE_KEY)
        contested = keys.select(*key)
        current = present.join(contested, on=key, how="left_semi")
        candidates = (
            new.join(contested, on=key, how="left_semi")
            .unionByName(current, allowMissingColumns=True)
            .unionByName(_older(superseded, current, keys), allowMissingColumns=True)
        )
    unique = new.join(contested, on=key, how="left_anti").withColumn(FATE, F.lit(WINNER))
    return unique.unionByName(resolve(candidates, response_key))


def _older(superseded: DataFrame, current: DataFrame, keys: DataFrame) -> DataFrame:
    """The superseded versions of the keys. After an interruption a line may be among silver's rows as well."""
    others = [name for name in keys.columns if name == c.RESPONSE_KEY or name not in superseded.columns]
    return (
        superseded.join(current, on=list(LINE), how="left_anti")
        .join(keys.select(*others), on=c.RESPONSE_KEY, how="inner")
        .withColumns({IN_SILVER: F.lit(False), IS_SUPERSEDED: F.lit(True)})
    )


def wins_again(versions: DataFrame) -> DataFrame:
    """The superseded lines that win now, or whose content is not known; silver can only take them from bronze.

    `versions`: from `deduplicate`."""
    return versions.where(F.col(IS_SUPERSEDED) & ((F.col(FATE) == WINNER) | F.col(c.ROW_HASH).isNull()))
