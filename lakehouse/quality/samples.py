"""Sample rows of failed checks: at most ten per check, fetched only after it failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.quality.results import CheckOutcome, CheckResult, Line
from lakehouse.quality.rules import fails
from lakehouse.quality.suites import EXPECTATIONS, Suite, reason
from schemas import columns as c

SAMPLE_SIZE = 10
CHECK = "check"


def failing_rows(
    suite: Suite, results: Iterable[CheckResult], rows: DataFrame, id_columns: Sequence[str]
) -> DataFrame | None:
    """One row per failed `check` and row that fails it, at most ten per check: `id_columns`, which identify the row,
    and the check's name.

    Only for rules that judge single rows and rules on repeated keys; None when none of them failed.
    """
    failed = {result.check for result in results if result.outcome is CheckOutcome.FAILED}
    conditions = {name: condition for name, condition in _conditions(suite) if name in failed}
    frames = [sampled(rows, conditions, id_columns)] if conditions else []
    frames += [_repeated(rows, key, check, id_columns) for check, key in _keys(suite) if check in failed]
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


def sampled(rows: DataFrame, conditions: Mapping[str, Column], id_columns: Sequence[str]) -> DataFrame:
    """One row per `check` and row that meets its condition, at most ten per check. `conditions`: check -> condition."""
    met = F.array_compact(F.array(*(F.when(condition, name) for name, condition in conditions.items())))
    return _first_rows(rows.select(*id_columns, F.explode(met).alias(CHECK)), id_columns)


def _repeated(rows: DataFrame, key: Sequence[str], check: str, id_columns: Sequence[str]) -> DataFrame:
    """Rows of the ten smallest keys that occur in more than one row."""
    times = rows.groupBy(*key).agg(F.count("*").alias("times"))
    repeated = times.where((F.col("times") > 1) & F.col(key[0]).isNotNull()).orderBy(*key).limit(SAMPLE_SIZE)
    failing = rows.join(F.broadcast(repeated), on=list(key), how="left_semi")
    return _first_rows(failing.select(*id_columns, F.lit(check).alias(CHECK)), id_columns)


def _first_rows(failing: DataFrame, id_columns: Sequence[str]) -> DataFrame:
    rank = F.row_number().over(Window.partitionBy(CHECK).orderBy(*id_columns))
    return failing.withColumn("rank", rank).where(F.col("rank") <= SAMPLE_SIZE).drop("rank")


def with_samples(results: Iterable[CheckResult], failing: DataFrame) -> tuple[CheckResult, ...]:
    """The results, with the failing lines of each as its samples. `failing`: `check`, file content and line."""
    lines: dict[str, list[Line]] = {}
    for row in failing.orderBy(c.SOURCE_SHA256, c.SOURCE_ROW).collect():
        lines.setdefault(row[CHECK], []).append((row[c.SOURCE_SHA256], row[c.SOURCE_ROW]))
    return tuple(replace(result, samples=tuple(lines.get(result.check, ()))) for result in results)
