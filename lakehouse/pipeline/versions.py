"""Which keys occur more than once, and which version of each wins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.pipeline.context import Run
from lakehouse.quality import gate
from lakehouse.silver.versions import FATE, WINNER, resolve, versions_per_key
from schemas import columns as c

IN_SILVER = "_in_silver"


@dataclass(frozen=True)
class Keys:
    """How often response keys occur: among all typed lines, among accepted ones, and in silver."""

    typed: gate.Repeats
    accepted: int
    contested: int


def count_keys(run: Run, shaped: DataFrame, recompute: bool) -> Keys:
    """Counts the keys of typed lines in one group-by; a recomputation takes no notice of silver as it is."""
    key = list(run.config.response_key)
    accepted = F.size(c.REASONS) == 0
    known = c.RESPONSE_KEY
    per_key = shaped.groupBy(*key, known).agg(F.count("*").alias("n"), F.count_if(accepted).alias("accepted"))
    if recompute:
        per_key = per_key.withColumn(IN_SILVER, F.lit(False))
    else:
        silver = run.warehouse.read(run.tables.responses).select(*key, F.lit(True).alias(IN_SILVER))
        per_key = per_key.join(silver, on=key, how="left")
    has_key = F.col(known).isNotNull()
    versions = F.col("accepted") + F.when(F.col(IN_SILVER), 1).otherwise(0)
    row = per_key.agg(
        F.coalesce(F.sum("n"), F.lit(0)).alias("rows"),
        F.coalesce(F.sum(F.when(has_key & (F.col("n") > 1), F.col("n"))), F.lit(0)).alias("repeated"),
        F.coalesce(F.sum("accepted"), F.lit(0)).alias("accepted"),
        F.count_if((F.col("accepted") > 0) & (versions > 1)).alias("contested"),
    ).head()
    assert row is not None
    return Keys(gate.Repeats(row["rows"], row["repeated"]), row["accepted"], row["contested"])


def settle(run: Run, accepted: DataFrame, files: Collection[str], recompute: bool) -> DataFrame:
    """Accepted lines with their fate, and silver's present rows of the same keys (`_in_silver`).

    Only keys that occur more than once go through the window. Rows that an interrupted run already took
    over from undecided files are judged as lines, not as present rows.
    """
    key = list(run.config.response_key)
    new = accepted.withColumn(IN_SILVER, F.lit(False))
    versions = versions_per_key(accepted, run.config.response_key)
    if recompute:
        contested = versions.where(F.col("versions") > 1).select(*key)
        candidates = new.join(contested, on=key, how="left_semi")
    else:
        present = run.warehouse.read(run.tables.responses).withColumn(IN_SILVER, F.lit(True))
        known = present.select(*key, F.col(IN_SILVER).alias("known"))
        contested = versions.join(known, on=key, how="left").where((F.col("versions") > 1) | F.col("known"))
        contested = contested.select(*key)
        old = present.where(~F.col(c.SOURCE_SHA256).isin(sorted(files)))
        candidates = new.join(contested, on=key, how="left_semi").unionByName(
            old.join(contested, on=key, how="left_semi"), allowMissingColumns=True
        )
    alone = new.join(contested, on=key, how="left_anti").withColumn(FATE, F.lit(WINNER))
    return alone.unionByName(resolve(candidates, run.config.response_key))
