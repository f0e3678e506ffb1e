"""Dimensions of gold: the rows that they lack, or all when somebody else changed them; rows without facts go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pyspark.sql import DataFrame

from lakehouse.contracts import conform_to
from lakehouse.gold import dimensions
from lakehouse.pipeline.context import Run
from lakehouse.storage.registry import TableSpec
from lakehouse.storage.warehouse import Warehouse
from schemas import columns as c


@dataclass(frozen=True)
class Dimension:
    """Rows that a dimension lacks; or all it should have, when `is_whole`: somebody else changed it."""

    table: TableSpec
    rows: DataFrame
    is_whole: bool

    def written(self, warehouse: Warehouse) -> DataFrame:
        """The dimension as it will be."""
        return self.rows if self.is_whole else warehouse.read(self.table).unionByName(self.rows)

    def write(self, warehouse: Warehouse) -> None:
        """Adds the rows, or replaces all."""
        write = warehouse.overwrite if self.is_whole else warehouse.append
        write(self.rows, self.table)


def dimension(run: Run, rows: DataFrame, table: TableSpec, changed: Collection[str]) -> Dimension:
    """Of the rows those whose key is not in the dimension yet; all, when it is among the tables `changed` by others."""
    found = run.warehouse.stage(conform_to(rows, table.full_name, table.schema), table.name)
    if table.full_name in changed:
        return Dimension(table, found, is_whole=True)
    # Only keys at hand are looked for, so that a month finds its own among all passengers without moving them.
    keys = list(table.keys)
    known = run.warehouse.read(table).join(found.select(*keys), on=keys, how="left_semi").select(*keys)
    return Dimension(table, found.join(known, on=keys, how="left_anti"), is_whole=False)


def write_questions(run: Run) -> None:
    """dim_questions from the catalogue, when it differs."""
    table = run.tables.questions
    wanted = run.spark.createDataFrame(dimensions.questions(run.config.catalogue), table.schema)
    if sorted(map(tuple, run.warehouse.read(table).collect())) != sorted(map(tuple, wanted.collect())):
        run.warehouse.overwrite(wanted, table)


def drop_unreferenced(run: Run) -> None:
    """Dimension rows that no fact points at any more; days of months without responses."""
    tables, read = run.tables, run.warehouse.read
    fact = read(tables.fact)
    for table, key in (
        (tables.passengers, c.PASSENGER_KEY),
        (tables.flight_details, c.FLIGHT_DETAILS_KEY),
        (tables.dates, c.SURVEY_MONTH),
    ):
        used = fact.select(key).distinct()
        if not read(table).join(used, on=key, how="left_anti").isEmpty():
            kept = read(table).join(used, on=key, how="left_semi")
            run.warehouse.overwrite(conform_to(kept, table.full_name, table.schema), table)
