"""Work that does not depend on each other, side by side. Small jobs spend their time on planning, which takes one core
each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from lakehouse.storage.registry import TableSpec

_TABLES_AT_A_TIME = 4
_Result = TypeVar("_Result")


def in_parallel(*steps: Callable[[], Any]) -> list[Any]:
    """Results of the steps, in their order."""
    with ThreadPoolExecutor(len(steps)) as pool:
        return [future.result() for future in [pool.submit(step) for step in steps]]


def each_table(tables: Iterable[TableSpec], work: Callable[[TableSpec], _Result]) -> dict[str, _Result]:
    """Table name -> result of the work on that table; a few tables at a time."""
    listed = list(tables)
    with ThreadPoolExecutor(_TABLES_AT_A_TIME) as pool:
        return dict(zip((table.full_name for table in listed), pool.map(work, listed), strict=True))
