"""The split by rules: accepted lines go on to silver, rejected lines are kept in quarantine with every reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from lakehouse.quality.results import CheckOutcome, CheckResult
from lakehouse.quality.rules import ANY_REASON, CONFLICTING_KEY, rule_of
from lakehouse.quality.suites import Severity
from schemas import columns as c
from schemas.bronze import LINE


class Split(NamedTuple):
    """Accepted and rejected lines; every line is in exactly one of the two frames."""

    accepted: DataFrame
    rejected: DataFrame


def split(lines: DataFrame) -> Split:
    """Splits typed lines by their `reasons`: a line without reasons is accepted."""
    is_rejected = F.size(c.REASONS) > 0
    return Split(accepted=lines.where(~is_rejected), rejected=lines.where(is_rejected))


def as_conflicts(lines: DataFrame) -> DataFrame:
    """Lines that contradict each other, with `conflicting_key` as their only reason."""
    return lines.withColumn(c.REASONS, F.array(F.lit(CONFLICTING_KEY)))


def quarantine_id() -> Column:
    """Hash of file content and line: a line keeps its id across recomputations."""
    return F.sha2(F.concat_ws(":", c.SOURCE_SHA256, F.col(c.SOURCE_ROW).cast("string")), 256)


def quarantined(rejected: DataFrame, bronze: DataFrame) -> DataFrame:
    """One row per rejected line, with the columns of silver.quarantine: the line as delivered is added as JSON."""
    delivered = [name for name in bronze.columns if not name.startswith("_") or name == c.CORRUPT_RECORD]
    raw = bronze.select(*LINE, F.to_json(F.struct(*delivered)).alias(c.RAW))
    return rejected.join(raw, on=list(LINE), how="left").withColumn(c.QUARANTINE_ID, quarantine_id())


def counts_per_file(lines: DataFrame) -> DataFrame:
    """One row per file (`_source_sha256`, `_source_file`) and `reason` with its `lines`.

    `reason` is null for the file's total, `rule_id:column` for a reason, `rule_id` for the lines that fail the rule in
    any column, and `*` for the lines that fail any rule. Accepted lines count only in the total.
    """
    file = (c.SOURCE_SHA256, c.SOURCE_FILE)
    # Lines with the same reasons are counted together first: nearly all have none.
    alike = lines.groupBy(*file, c.REASONS).agg(F.count("*").alias("lines"))
    rules = F.array_distinct(F.transform(c.REASONS, rule_of))
    total = F.lit(None).cast("string")
    whole = F.when(F.size(c.REASONS) > 0, F.array(total, F.lit(ANY_REASON))).otherwise(F.array(total))
    names = F.array_union(whole, F.array_union(F.col(c.REASONS), rules))
    by_name = alike.select(*file, F.explode(names).alias("reason"), "lines")
    return by_name.groupBy(*file, "reason").agg(F.sum("lines").alias("lines"))


def moves(before: DataFrame, after: DataFrame) -> DataFrame:
    """Lines that a recomputation moved into or out of quarantine: one row per file, reason and direction (`has_left`),
    with the number of `lines`. `before`, `after`: quarantine before and after the recomputation.

    A line that left counts under its old reasons, a line that entered under its new reasons. A line in both is not
    counted, even when its reasons changed.
    """
    columns = (c.QUARANTINE_ID, c.SOURCE_FILE, c.REASONS)
    old, new = before.select(*columns), after.select(*columns)
    left = old.join(new.select(c.QUARANTINE_ID), on=c.QUARANTINE_ID, how="left_anti")
    entered = new.join(old.select(c.QUARANTINE_ID), on=c.QUARANTINE_ID, how="left_anti")
    moved = left.withColumn("has_left", F.lit(True)).unionByName(entered.withColumn("has_left", F.lit(False)))
    each = moved.select(c.SOURCE_FILE, "has_left", F.explode(c.REASONS).alias("reason"))
    return each.groupBy(c.SOURCE_FILE, "reason", "has_left").agg(F.count("*").alias("lines"))


def move_results(table: str, moved: Iterable[Row]) -> list[CheckResult]:
    """The rows of `moves` as check results, so that they are kept in ops.check_results."""
    return [_move_result(table, row) for row in sorted(moved)]


def _move_result(table: str, move: Row) -> CheckResult:
    rule, _, column = move["reason"].partition(":")
    has_left, lines = move["has_left"], move["lines"]
    return CheckResult(
        gate="recomputed",
        table=table,
        rule=rule,
        column=column or None,
        severity=Severity.INFO,
        evaluated=lines,
        failed=0 if has_left else lines,
        limit=None,
        outcome=CheckOutcome.PASSED if has_left else CheckOutcome.FAILED,
        detail=f"moved {'out of' if has_left else 'into'} quarantine",
        file=move[c.SOURCE_FILE],
    )
