"""Keeping tables in shape: few large files, no old ones beyond their time, and what a vacuum may not take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import PurePosixPath
from typing import Any

from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from lakehouse.storage.crash_points import commit
from lakehouse.storage.places import sizes
from lakehouse.storage.registry import TableSpec
from lakehouse.storage.warehouse import SAME_ROWS, Warehouse

SMALL_BYTES = 32 << 20
_OPTIONS = {
    "spark.databricks.delta.optimize.minFileSize": str(SMALL_BYTES),
    "spark.databricks.delta.optimize.maxFileSize": str(128 << 20),
    # The log says when files went, and how many.
    "spark.databricks.delta.vacuum.logging.enabled": "true",
    # The one who asks for less than the safe time has said so already.
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
}
_VACUUM = "VACUUM START"


@dataclass(frozen=True)
class Layout:
    """Data files of a table's newest version; `mergeable`: small ones that share their partition with another."""

    files: int
    size: int
    mergeable: int


@contextmanager
def maintaining(spark: SparkSession) -> Iterator[None]:
    """The session as `compact`, `old_files` and `vacuum` need it."""
    for key, value in _OPTIONS.items():
        spark.conf.set(key, value)
    try:
        yield
    finally:
        for key in _OPTIONS:
            spark.conf.unset(key)


def layout(warehouse: Warehouse, table: TableSpec) -> Layout:
    """How a table lies on disk."""
    found = {name: size or 0 for name, size in sizes(warehouse.spark, warehouse.files(table)).items()}
    small = Counter(PurePosixPath(name).parent for name, size in found.items() if size < SMALL_BYTES)
    return Layout(len(found), sum(found.values()), sum(count for count in small.values() if count > 1))


def compact(warehouse: Warehouse, table: TableSpec) -> int:
    """Merges small files of a partition in one commit that changes no row; returns how many there were."""
    with commit(table.full_name):
        found = DeltaTable.forPath(warehouse.spark, warehouse.path(table)).optimize().executeCompaction()
    merged = found.select("metrics.numFilesRemoved").head()
    return merged[0] if merged else 0


def old_files(warehouse: Warehouse, table: TableSpec, hours: float) -> int:
    """Files that a vacuum would remove; Delta lists 1,000 at most."""
    statement = f"VACUUM delta.`{warehouse.path(table)}` RETAIN {hours} HOURS DRY RUN"
    return len(warehouse.spark.sql(statement).collect())


def vacuum(warehouse: Warehouse, table: TableSpec, hours: float) -> int:
    """Removes files that no version of the last `hours` names; returns how many. May be interrupted and repeated."""
    stored = DeltaTable.forPath(warehouse.spark, warehouse.path(table))
    with commit(table.full_name):
        stored.vacuum(hours)
    return next((_removed(info) for info in warehouse.commits(table) if info.get("operation") == _VACUUM), 0)


def names_files_of(warehouse: Warehouse, table: TableSpec, version: int) -> bool:
    """Whether the newest version has every file of an older one, so that no vacuum can take any of them."""
    if warehouse.version(table) == version:
        return True
    # Of a version that the log has forgotten there is nothing left to keep.
    return set(warehouse.files_at(table, version) or ()) <= set(warehouse.files(table))


def has_same_rows(warehouse: Warehouse, table: TableSpec, version: int) -> bool:
    """Whether nothing but maintenance was done to the table since a version."""
    return all(info.get("operation") in SAME_ROWS for info in warehouse.commits(table, version))


def vacuums_since(warehouse: Warehouse, table: TableSpec, version: int) -> list[datetime]:
    """When vacuums removed files of the table after a version, the oldest first."""
    found = [info for info in warehouse.commits(table, version) if info.get("operation") == _VACUUM and _removed(info)]
    return [datetime.fromtimestamp(info["timestamp"] / 1000, timezone.utc) for info in reversed(found)]


def _removed(vacuum_start: Mapping[str, Any]) -> int:
    return int(vacuum_start["operationMetrics"]["numFilesToDelete"])
