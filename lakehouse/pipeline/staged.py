"""What makes a function a stage of a run: log and lineage are told when it begins and ends, and what it wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from lakehouse.lineage.datasets import Dataset, dataset_of, tables_at
from lakehouse.pipeline.context import Context
from lakehouse.storage.history import written_since
from lakehouse.storage.parallel import each_table
from lakehouse.storage.tables.registry import Tables
from lakehouse.storage.tables.table_spec import TableSpec

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")
_Chosen = Callable[[Tables], tuple[TableSpec, ...]]


def _no_tables(tables: Tables) -> tuple[TableSpec, ...]:
    return ()


def staged(
    name: str, reads: _Chosen = _no_tables, writes: _Chosen = _no_tables, *, reads_landing: bool = False
) -> Callable[[Callable[Concatenate[Context, _Given], _Result]], Callable[Concatenate[Context, _Given], _Result]]:
    """Makes a function a stage: it is shown by its name while it runs, then how long it took and how many rows it
    wrote, and the lineage is told of it.

    `reads`: the tables that it reads, without those that it writes. `writes`: every table that it may write.
    `reads_landing`: whether it reads the landing places.
    """

    def decorate(
        stage: Callable[Concatenate[Context, _Given], _Result],
    ) -> Callable[Concatenate[Context, _Given], _Result]:
        @wraps(stage)
        def shown(context: Context, /, *given: _Given.args, **named: _Given.kwargs) -> _Result:
            landing = map(dataset_of, context.config.landing) if reads_landing else ()
            inputs = [*landing, *tables_at(context.warehouse.root, reads(context.tables))]
            with _observed(context, name, inputs, writes(context.tables)):
                return stage(context, *given, **named)

        return shown

    return decorate


@contextmanager
def _observed(context: Context, name: str, reads: Sequence[Dataset], writes: Sequence[TableSpec]) -> Iterator[None]:
    """Tells the log and the lineage when a stage begins and ends, and how many rows it wrote to each table."""
    warehouse, is_counted = context.warehouse, context.reporter.counts_rows or context.lineage.is_on
    before = each_table(writes, warehouse.version) if is_counted else {}
    with (
        context.lineage.of_stage(name, reads, tables_at(warehouse.root, writes)) as sent,
        context.reporter.stage(name, context.spark) as counts,
    ):
        yield
        if is_counted:
            written = each_table(writes, lambda table: written_since(warehouse, table, before[table.full_name]))
            counts.update({table: one.rows for table, one in written.items() if one.rows})
            sent.writes = tables_at(warehouse.root, writes, written)
