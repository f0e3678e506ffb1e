"""Finished runs, as rows of ops.runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.contracts import row_of
from schemas import ops

# The command that runs whenever files arrive. Its rows without table versions only say that it is alive.
WATCH = "watch"
# Each run appends one row to ops.runs, so the version of that table orders the runs; clocks are not trusted.
_ORDER = "table_versions['ops.runs']"


@dataclass(frozen=True)
class FinishedRun:
    """A run that ended: a row of ops.runs, which explains the fields."""

    run_id: str
    command: str
    started_at: datetime
    finished_at: datetime
    exit_code: int
    message: str
    rules_version: str
    table_versions: Mapping[str, int]

    def as_row(self) -> tuple[object, ...]:
        """The run as a row of ops.runs."""
        return row_of(ops.RUNS, **vars(self))


@dataclass(frozen=True)
class Release:
    """A finished run, with the version of each table at its end: versions that can be read together."""

    run_id: str
    versions: Mapping[str, int]


def newest_release(runs: DataFrame) -> Release | None:
    """The newest release; None when no run has finished yet. `runs`: ops.runs."""
    row = releases(runs).select("run_id", "table_versions").head()
    return None if row is None else Release(row[0], dict(row[1]))


def releases(runs: DataFrame) -> DataFrame:
    """The rows of ops.runs that are releases: runs without an error that recorded table versions, newest first."""
    return runs.where((F.col("message") == "") & (F.size("table_versions") > 0)).orderBy(F.expr(_ORDER).desc())


def newest_run_by_gate(checks: DataFrame) -> DataFrame:
    """One row per gate: `gate`, and the `run_id` of the newest run that it judged. `checks`: ops.check_results."""
    return checks.groupBy("gate").agg(F.max_by("run_id", "at").alias("run_id"))
