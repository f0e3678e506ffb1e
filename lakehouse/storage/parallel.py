"""Runs independent work in threads. A small Spark job spends most of its time on planning, which uses one core."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from lakehouse.storage.tables.table_spec import TableSpec

_TABLES_AT_A_TIME = 4
_Result = TypeVar("_Result")


def in_parallel(*steps: Callable[[], Any]) -> list[Any]:
    """Runs the steps at the same time; returns their results in the order of the steps."""
    with ThreadPoolExecutor(len(steps)) as pool:
        return [future.result() for future in [pool.submit(step) for step in steps]]


def each_table(tables: Iterable[TableSpec], work: Callable[[TableSpec], _Result]) -> dict[str, _Result]:
    """Runs the work on a few tables at a time. Returns table name -> result."""
    listed = list(tables)
    with ThreadPoolExecutor(_TABLES_AT_A_TIME) as pool:
        return dict(zip((table.full_name for table in listed), pool.map(work, listed), strict=True))
