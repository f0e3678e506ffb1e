"""Keeping tables in shape: few large files, no old ones beyond their time, and what a vacuum may not take."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from delta.tables import DeltaTable

from lakehouse.storage.crash_points import commit
from lakehouse.storage.history import VACUUM, files_removed
from lakehouse.storage.places import sizes
from lakehouse.storage.registry import TableSpec
from lakehouse.storage.session import session_with
from lakehouse.storage.warehouse import Warehouse

SMALL_BYTES = 32 << 20
_SETTINGS = {
    "spark.databricks.delta.optimize.minFileSize": str(SMALL_BYTES),
    "spark.databricks.delta.optimize.maxFileSize": str(128 << 20),
    # The log says when files went, and how many.
    "spark.databricks.delta.vacuum.logging.enabled": "true",
    # The one who asks for less than the safe time has said so already.
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
}


@dataclass(frozen=True)
class Layout:
    """Data files of a table's newest version; `mergeable`: small ones that share their partition with another."""

    files: int
    size: int
    mergeable: int


def for_maintenance(warehouse: Warehouse) -> Warehouse:
    """The warehouse in a session with the settings that `compact`, `old_files` and `vacuum` need."""
    return replace(warehouse, spark=session_with(warehouse.spark, _SETTINGS))


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
    return next((files_removed(info) for info in warehouse.commits(table) if info.get("operation") == VACUUM), 0)
