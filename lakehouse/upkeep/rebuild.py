"""Everything computed once more from bronze and the decisions, in a scratch warehouse, and compared with the tables."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace

from pyspark.sql import functions as F

from lakehouse.ledger.files import Ledger
from lakehouse.pipeline.alerts import judge_alerts
from lakehouse.pipeline.context import CheckLog, Context, now
from lakehouse.pipeline.gold import build_gold
from lakehouse.pipeline.silver import build_silver
from lakehouse.reporter import Reporter
from lakehouse.request import Request
from lakehouse.storage.open import Opened
from lakehouse.storage.warehouse import STAGING, Warehouse
from lakehouse.upkeep.fingerprint import business_columns, fingerprint
from schemas import columns as c


def differing_tables(opened: Opened, ledger: Ledger, request: Request, reporter: Reporter) -> Iterator[str]:
    """Tables of silver and gold whose content a rebuild would change, with the number of rows."""
    _, warehouse, tables = opened
    scratch = _scratch(opened, ledger)
    done: Future[None] = Future()
    done.set_result(None)
    context = Context(
        *(opened.config, tables, scratch, request, "rebuild", "verify", now(), reporter, CheckLog(), done)
    )
    try:
        silver = build_silver(context, context.read_ledger(), rebuild=True)
        gold = build_gold(context, silver.ledger)
        judge_alerts(context, gold.months)
        for table in tables.all():
            if table.layer in ("silver", "gold"):
                here, there = warehouse.read(table), scratch.read(table)
                if fingerprint(here) != fingerprint(there):
                    columns = business_columns(here)
                    one, other = here.select(*columns), there.select(*columns)
                    yield (
                        f"{table.full_name}: {one.exceptAll(other).count()} row(s) only here, "
                        f"{other.exceptAll(one).count()} only in the rebuild"
                    )
    finally:
        warehouse.clear_staging()


def _scratch(opened: Opened, ledger: Ledger) -> Warehouse:
    """A scratch warehouse that holds the admitted files' lines and all decisions."""
    _, warehouse, tables = opened
    scratch = replace(warehouse, root=f"{warehouse.root}/{STAGING}/rebuild")
    scratch.create_missing(tables.all())
    lines = warehouse.read(tables.bronze).where(F.col(c.SOURCE_SHA256).isin(sorted(ledger.admitted())))
    scratch.append(lines, tables.bronze, merge_schema=True)
    scratch.append(warehouse.read(tables.file_events), tables.file_events)
    return scratch
