"""Everything computed once more from bronze and the decisions, beside the warehouse, and compared with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pyspark.sql import functions as F

from lakehouse.pipeline import alerts, gold, silver
from lakehouse.pipeline.context import Run
from lakehouse.storage.warehouse import STAGING, Warehouse
from lakehouse.upkeep.fingerprint import business_columns, fingerprint
from schemas import columns as c


def differing_tables(run: Run) -> Iterator[str]:
    """Tables of silver and gold whose content a rebuild would change."""
    aside = _aside(run)
    try:
        silver.build(aside, rebuild=True)
        gold.build(aside)
        alerts.publish(aside)
        for table in run.tables.all():
            if table.layer in ("silver", "gold"):
                here, there = run.warehouse.read(table), aside.warehouse.read(table)
                if fingerprint(here) != fingerprint(there):
                    columns = business_columns(here)
                    one, other = here.select(*columns), there.select(*columns)
                    yield (
                        f"{table.full_name}: {one.exceptAll(other).count()} row(s) only here, "
                        f"{other.exceptAll(one).count()} only in the rebuild"
                    )
    finally:
        run.warehouse.clear_staging()


def _aside(run: Run) -> Run:
    """A run on a warehouse of its own, which holds the admitted files' lines and all decisions."""
    tables = run.tables
    warehouse = Warehouse(run.spark, f"{run.warehouse.root}/{STAGING}/rebuild")
    warehouse.create_missing(tables.all())
    lines = run.warehouse.read(tables.bronze).where(F.col(c.SOURCE_SHA256).isin(sorted(run.ledger.admitted())))
    warehouse.append(lines, tables.bronze, merge_schema=True)
    warehouse.append(run.warehouse.read(tables.file_events), tables.file_events)
    return replace(run, warehouse=warehouse, results=[], events=[], gated=set(), silver=None, gold=None)
