"""Dimensions of gold: the rows that they lack, or all after an external change; rows that no fact points at go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.contracts import conform_to
from lakehouse.gold import dimensions
from lakehouse.pipeline.context import Context
from lakehouse.pipeline.plan import GoldPlan
from lakehouse.storage.frames import frame_of
from lakehouse.storage.tables.registry import Tables
from lakehouse.storage.tables.table_spec import TableSpec
from lakehouse.storage.warehouse import Metadata, Warehouse
from schemas import columns as c


@dataclass(frozen=True)
class Dimension:
    """Rows that a dimension lacks; or all it should have, when `is_whole`: somebody changed it past the pipeline."""

    table: TableSpec
    rows: DataFrame
    is_whole: bool

    def written(self, warehouse: Warehouse) -> DataFrame:
        """The dimension as it will be."""
        return self.rows if self.is_whole else warehouse.read(self.table).unionByName(self.rows)

    def write(self, warehouse: Warehouse, metadata: Metadata) -> None:
        """Adds the rows, or replaces all."""
        write = warehouse.overwrite if self.is_whole else warehouse.append
        write(self.rows, self.table, metadata=metadata)


def missing_rows(context: Context, rows: DataFrame, table: TableSpec, external_changes: Collection[str]) -> Dimension:
    """Of the rows those whose key is not in the dimension yet; all, when it is among the tables that somebody
    changed."""
    conformed = conform_to(rows, table.full_name, table.schema)
    staged = context.warehouse.stage(conformed, table.name)
    if table.full_name in external_changes:
        return Dimension(table, staged, is_whole=True)
    # Only keys at hand are looked for, so that a month finds its own among all passengers without moving them.
    keys = list(table.keys)
    stored = context.warehouse.read(table)
    known = stored.join(staged.select(*keys), on=keys, how="left_semi").select(*keys)
    return Dimension(table, staged.join(known, on=keys, how="left_anti"), is_whole=False)


def write_questions(context: Context, metadata: Metadata) -> None:
    """dim_questions from the catalogue, when it differs."""
    table = context.tables.questions
    wanted = frame_of(context.spark, dimensions.questions(context.config.catalogue), table.schema)
    stored = context.warehouse.read(table).collect()
    if sorted(map(tuple, stored)) != sorted(map(tuple, wanted.collect())):
        context.warehouse.overwrite(wanted, table, metadata=metadata)


def may_be_unreferenced(context: Context, facts: DataFrame, plan: GoldPlan) -> bool:
    """Whether a dimension can hold a row that no fact points at once the facts of the stale months are replaced by
    these: looked for among the facts that are replaced, so that a month which only grew costs no look at all others.
    """
    tables, warehouse = context.tables, context.warehouse
    last = context.last_release
    star = (tables.fact, *(table for table, _ in _referenced(tables)))
    if last is None or any(last.versions.get(table.full_name) != warehouse.version(table) for table in star):
        # A run that was interrupted may have left rows anywhere.
        return True
    keys = [key for _, key in _referenced(tables)]
    replaced = warehouse.read(tables.fact).where(F.col(c.SURVEY_MONTH).isin(sorted(plan.stale)))
    lost = replaced.select(*keys).join(facts.select(*keys), on=keys, how="left_anti")
    return not lost.isEmpty()


def drop_unreferenced(context: Context, metadata: Metadata) -> None:
    """Removes rows that no fact points at any more, and days of months without responses."""
    read = context.warehouse.read
    fact = read(context.tables.fact)
    for table, key in _referenced(context.tables):
        used = fact.select(key).distinct()
        if not read(table).join(used, on=key, how="left_anti").isEmpty():
            kept = conform_to(read(table).join(used, on=key, how="left_semi"), table.full_name, table.schema)
            context.warehouse.overwrite(kept, table, metadata=metadata)


def _referenced(tables: Tables) -> tuple[tuple[TableSpec, str], ...]:
    """Dimensions, with the column of the fact whose value each of their rows must have."""
    return (
        (tables.passengers, c.PASSENGER_KEY),
        (tables.flight_details, c.FLIGHT_DETAILS_KEY),
        (tables.dates, c.SURVEY_MONTH),
    )
