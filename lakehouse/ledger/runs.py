"""Finished runs, as rows of ops.runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# Every run adds a row to ops.runs: its version orders them, and no clock does.
_ORDER = "table_versions['ops.runs']"


@dataclass(frozen=True)
class FinishedRun:
    """One run, in the order of the columns of ops.runs."""

    run_id: str
    command: str
    started_at: datetime
    finished_at: datetime
    exit_code: int
    message: str
    rules_version: str
    table_versions: Mapping[str, int]


@dataclass(frozen=True)
class Release:
    """A run that came to its end, and the version of each table that it left."""

    run_id: str
    versions: Mapping[str, int]


def newest_release(runs: DataFrame) -> Release | None:
    """The newest of the `releases`; None before the first."""
    row = releases(runs).select("run_id", "table_versions").head()
    return None if row is None else Release(row[0], dict(row[1]))


def releases(runs: DataFrame) -> DataFrame:
    """Runs that came to their end, the newest first: each left tables that belong together. `runs`: ops.runs."""
    return runs.where((F.col("message") == "") & (F.size("table_versions") > 0)).orderBy(F.expr(_ORDER).desc())
