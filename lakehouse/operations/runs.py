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


def releases(runs: DataFrame) -> DataFrame:
    """Runs that came to their end, the newest first: each left tables that belong together. `runs`: ops.runs."""
    return runs.where((F.col("message") == "") & (F.size("table_versions") > 0)).orderBy(F.expr(_ORDER).desc())
