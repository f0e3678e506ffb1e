"""Runs independent work in threads. A small Spark job spends most of its time on planning, which uses one core."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from lakehouse.storage.tables.table_spec import TableSpec

_TABLES_AT_A_TIME = 4
_Result = TypeVar("_Result")


def in_parallel(*steps: Callable[[], Any]) -> list[Any]:
    """Runs the steps at the same time; returns their results in the order of the steps.

    The calling thread takes the first step. Give it the one that needs most memory: what the C library keeps for
    another use is kept per thread, and a process that runs for long would keep it for one new thread after the other.
    """
    first, *others = steps
    with ThreadPoolExecutor(len(steps)) as pool:
        futures = [pool.submit(step) for step in others]
        return [first(), *(future.result() for future in futures)]


def each_table(tables: Iterable[TableSpec], work: Callable[[TableSpec], _Result]) -> dict[str, _Result]:
    """Runs the work on a few tables at a time. Returns table name -> result."""
    listed = list(tables)
    with ThreadPoolExecutor(_TABLES_AT_A_TIME) as pool:
        return dict(zip((table.full_name for table in listed), pool.map(work, listed), strict=True))
