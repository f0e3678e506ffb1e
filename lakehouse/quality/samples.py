"""Which lines failed a check: at most ten of each, fetched only after it failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.quality.results import CheckOutcome, CheckResult, Line
from lakehouse.quality.rules import fails, reason
from lakehouse.quality.suites import EXPECTATIONS, Suite
from schemas import columns as c

SAMPLE_SIZE = 10
CHECK = "check"


def failing_rows(
    suite: Suite, results: Iterable[CheckResult], rows: DataFrame, place: Sequence[str]
) -> DataFrame | None:
    """One row per failed `check` and row that fails it, named by the columns of its `place`: the first ten of each.

    Of the rules that judge single rows, and of keys that repeat; None when none of them failed.
    """
    failed = {result.check for result in results if result.outcome is CheckOutcome.FAILED}
    conditions = {name: condition for name, condition in _conditions(suite) if name in failed}
    frames = [sampled(rows, conditions, place)] if conditions else []
    frames += [_repeated(rows, key, check, place) for check, key in _keys(suite) if check in failed]
    return reduce(DataFrame.unionByName, frames) if frames else None


def _conditions(suite: Suite) -> Iterator[tuple[str, Column]]:
    for rule in suite.rules:
        if EXPECTATIONS[rule.expectation].great_expectations:
            yield from ((reason(rule, column), fails(rule, column)) for column in rule.columns)


def _keys(suite: Suite) -> Iterator[tuple[str, tuple[str, ...]]]:
    for rule in suite.rules:
        if rule.expectation == "unique_key":
            columns = rule.kwargs["columns"]
            assert isinstance(columns, tuple)
            yield f"{rule.id}:{', '.join(columns)}", columns


def sampled(rows: DataFrame, conditions: Mapping[str, Column], place: Sequence[str]) -> DataFrame:
    """One row per `check` and row that meets its condition, named by the columns of its `place`: the first ten each."""
    met = F.array_compact(F.array(*(F.when(condition, name) for name, condition in conditions.items())))
    return _first(rows.select(*place, F.explode(met).alias(CHECK)), place)


def _repeated(rows: DataFrame, key: Sequence[str], check: str, place: Sequence[str]) -> DataFrame:
    """Rows of the ten smallest keys that more than one row has."""
    times = rows.groupBy(*key).agg(F.count("*").alias("times"))
    twice = times.where((F.col("times") > 1) & F.col(key[0]).isNotNull()).orderBy(*key).limit(SAMPLE_SIZE)
    found = rows.join(F.broadcast(twice), on=list(key), how="left_semi")
    return _first(found.select(*place, F.lit(check).alias(CHECK)), place)


def _first(each: DataFrame, place: Sequence[str]) -> DataFrame:
    rank = F.row_number().over(Window.partitionBy(CHECK).orderBy(*place))
    return each.withColumn("rank", rank).where(F.col("rank") <= SAMPLE_SIZE).drop("rank")


def with_samples(results: Iterable[CheckResult], found: DataFrame) -> tuple[CheckResult, ...]:
    """The results, each failed one with its lines. `found`: `check`, file content and line; at most ten of each."""
    lines: dict[str, list[Line]] = {}
    for row in found.orderBy(c.SOURCE_SHA256, c.SOURCE_ROW).collect():
        lines.setdefault(row[CHECK], []).append((row[c.SOURCE_SHA256], row[c.SOURCE_ROW]))
    return tuple(replace(result, samples=tuple(lines.get(result.check, ()))) for result in results)
