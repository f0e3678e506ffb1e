"""Maintenance of tables: merging small data files, and removing old data files (vacuum)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from delta.tables import DeltaTable

from lakehouse.storage.crash_points import around_commit
from lakehouse.storage.filesystem import file_sizes
from lakehouse.storage.history import VACUUM, files_removed
from lakehouse.storage.session import session_with
from lakehouse.storage.tables.table_spec import TableSpec
from lakehouse.storage.warehouse import Warehouse

SMALL_BYTES = 32 << 20
_SETTINGS = {
    "spark.databricks.delta.optimize.minFileSize": str(SMALL_BYTES),
    "spark.databricks.delta.optimize.maxFileSize": str(128 << 20),
    # The log records when a vacuum removed data files, and how many.
    "spark.databricks.delta.vacuum.logging.enabled": "true",
    # Whoever asks for less than the safe time has confirmed it on the command line (--force).
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
}


@dataclass(frozen=True)
class Layout:
    """Number and bytes of the data files of a table's newest version. `mergeable`: how many of them are small and share
    their partition with another small file."""

    files: int
    size: int
    mergeable: int


def for_maintenance(warehouse: Warehouse) -> Warehouse:
    """The warehouse in a session with the settings that `compact`, `old_files` and `vacuum` need."""
    return replace(warehouse, spark=session_with(warehouse.spark, _SETTINGS))


def layout(warehouse: Warehouse, table: TableSpec) -> Layout:
    """The layout of a table now."""
    sizes = {uri: size or 0 for uri, size in file_sizes(warehouse.spark, warehouse.data_files(table)).items()}
    small_files = Counter(PurePosixPath(uri).parent for uri, size in sizes.items() if size < SMALL_BYTES)
    return Layout(
        files=len(sizes),
        size=sum(sizes.values()),
        mergeable=sum(count for count in small_files.values() if count > 1),
    )


def compact(warehouse: Warehouse, table: TableSpec) -> int:
    """Merges the small data files of each partition in one commit that changes no row; returns how many it replaced."""
    with around_commit(table.full_name, warehouse.lease):
        result = DeltaTable.forPath(warehouse.spark, warehouse.path(table)).optimize().executeCompaction()
    merged = result.select("metrics.numFilesRemoved").head()
    return merged[0] if merged else 0


def old_files(warehouse: Warehouse, table: TableSpec, hours: float) -> int:
    """Number of data files that a vacuum would remove; Delta lists 1,000 at most."""
    statement = f"VACUUM delta.`{warehouse.path(table)}` RETAIN {hours} HOURS DRY RUN"
    return len(warehouse.spark.sql(statement).collect())


def vacuum(warehouse: Warehouse, table: TableSpec, hours: float) -> int:
    """Removes the data files that no version of the last `hours` needs; returns how many. May be interrupted and
    repeated."""
    stored = DeltaTable.forPath(warehouse.spark, warehouse.path(table))
    with around_commit(table.full_name, warehouse.lease):
        stored.vacuum(hours)
    return next((files_removed(info) for info in warehouse.commits(table) if info.get("operation") == VACUUM), 0)
