"""What a table's log says of its past: what was done to it since a version, and which files a version still needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from lakehouse.storage.registry import TableSpec
from lakehouse.storage.warehouse import SAME_ROWS, Warehouse

VACUUM = "VACUUM START"


def has_same_rows(warehouse: Warehouse, table: TableSpec, version: int) -> bool:
    """Whether nothing but maintenance was done to the table since a version."""
    return all(info.get("operation") in SAME_ROWS for info in warehouse.commits(table, version))


def needs_no_other_file(warehouse: Warehouse, table: TableSpec, version: int) -> bool:
    """Whether the newest version has every file of an older one, so that no vacuum can take any of them."""
    if warehouse.version(table) == version:
        return True
    # Of a version that the log has forgotten there is nothing left to keep.
    return set(warehouse.files_at(table, version) or ()) <= set(warehouse.files(table))


def vacuums_since(warehouse: Warehouse, table: TableSpec, version: int) -> list[datetime]:
    """When vacuums removed files of the table after a version, the oldest first."""
    vacuums = [info for info in warehouse.commits(table, version) if info.get("operation") == VACUUM]
    removing = [info for info in vacuums if files_removed(info)]
    return [datetime.fromtimestamp(info["timestamp"] / 1000, timezone.utc) for info in reversed(removing)]


def files_removed(vacuum_start: Mapping[str, Any]) -> int:
    """Number of files that a vacuum removes, from its entry in the log."""
    return int(vacuum_start["operationMetrics"]["numFilesToDelete"])
