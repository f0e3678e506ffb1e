"""Questions to a table's Delta log: which operations followed a version, and which data files a version needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from lakehouse.storage.tables.table_spec import TableSpec
from lakehouse.storage.warehouse import OPERATIONS_THAT_KEEP_ROWS, Warehouse

VACUUM = "VACUUM START"
# Delta's metrics of a commit: rows, data files and bytes that it wrote. A merge also counts the rows that it copied.
_ROWS = ("numOutputRows",)
_ROWS_OF_MERGE = ("numTargetRowsInserted", "numTargetRowsUpdated")
_FILES = ("numFiles", "numTargetFilesAdded")
_BYTES = ("numOutputBytes", "numTargetBytesAdded")


@dataclass(frozen=True)
class Written:
    """What commits wrote to a table: its newest version (None: there is no table), and rows, data files and bytes."""

    version: int | None
    rows: int
    files: int
    size: int


def written_since(warehouse: Warehouse, table: TableSpec, version: int | None) -> Written:
    """What was written to the table since a version of it; None: since before it was made. Reads the log alone."""
    newest = warehouse.version(table)
    if newest is None or newest == version:
        return Written(newest, 0, 0, 0)
    rows = files = size = 0
    for info in warehouse.commits(table, -1 if version is None else version):
        metrics = info.get("operationMetrics", {})
        rows += _sum(metrics, _ROWS_OF_MERGE if info.get("operation") == "MERGE" else _ROWS)
        files += _sum(metrics, _FILES)
        size += _sum(metrics, _BYTES)
    return Written(newest, rows, files, size)


def _sum(metrics: Mapping[str, Any], names: tuple[str, ...]) -> int:
    return sum(int(metrics.get(name, 0)) for name in names)


def has_same_rows(warehouse: Warehouse, table: TableSpec, version: int) -> bool:
    """Whether no row of the table changed since a version: every later commit is maintenance or DDL."""
    return all(info.get("operation") in OPERATIONS_THAT_KEEP_ROWS for info in warehouse.commits(table, version))


def is_safe_from_vacuum(warehouse: Warehouse, table: TableSpec, version: int) -> bool:
    """Whether the newest version has every data file of an older version, so that a vacuum cannot remove any of
    them. True as well when the log no longer has the older version."""
    if warehouse.version(table) == version:
        return True
    return set(warehouse.data_files_at(table, version) or ()) <= set(warehouse.data_files(table))


def vacuums_since(warehouse: Warehouse, table: TableSpec, version: int) -> list[datetime]:
    """The times (UTC) of the vacuums after a version that removed data files of the table, oldest first."""
    vacuums = [info for info in warehouse.commits(table, version) if info.get("operation") == VACUUM]
    removing = [info for info in vacuums if files_removed(info)]
    return [datetime.fromtimestamp(info["timestamp"] / 1000, timezone.utc) for info in reversed(removing)]


def files_removed(vacuum_start: Mapping[str, Any]) -> int:
    """Number of data files that a vacuum removes. `vacuum_start`: its entry in the Delta log."""
    return int(vacuum_start["operationMetrics"]["numFilesToDelete"])
