"""Rebuilds silver and gold from bronze and the events, in a scratch warehouse, and compares them with the tables."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, time

from pyspark.sql import functions as F

from lakehouse.clock import now
from lakehouse.ledger.files import Ledger
from lakehouse.pipeline.context import CheckLog, Context
from lakehouse.pipeline.stages.alerts import day_of_judgement, judge_alerts
from lakehouse.pipeline.stages.gold import build_gold
from lakehouse.pipeline.stages.silver import build_silver
from lakehouse.reporter import Reporter
from lakehouse.request import Request
from lakehouse.storage.open import Opened
from lakehouse.storage.warehouse import STAGING, Warehouse
from lakehouse.upkeep.fingerprint import business_columns, fingerprint
from schemas import columns as c


def differing_tables(opened: Opened, ledger: Ledger, request: Request, reporter: Reporter) -> Iterator[str]:
    """The tables of silver and gold that differ from a rebuild, with the number of differing rows, in words."""
    _, warehouse, tables = opened
    scratch = _scratch(opened, ledger)
    prepared: Future[None] = Future()
    prepared.set_result(None)
    context = Context(
        config=opened.config,
        tables=tables,
        warehouse=scratch,
        request=request,
        run_id="rebuild",
        command="verify",
        started_at=datetime.combine(day_of_judgement(warehouse, tables, now().date()), time()),
        reporter=reporter,
        checks=CheckLog(),
        preparation=prepared,
    )
    try:
        silver = build_silver(context, context.read_ledger(), rebuild=True)
        gold = build_gold(context, silver.ledger)
        judge_alerts(context, ledger, gold.months)
        for table in tables.all():
            if table.layer in ("silver", "gold"):
                stored, rebuilt = warehouse.read(table), scratch.read(table)
                if fingerprint(stored) != fingerprint(rebuilt):
                    columns = business_columns(stored)
                    stored, rebuilt = stored.select(*columns), rebuilt.select(*columns)
                    yield (
                        f"{table.full_name}: {stored.exceptAll(rebuilt).count()} row(s) only here, "
                        f"{rebuilt.exceptAll(stored).count()} only in the rebuild"
                    )
    finally:
        warehouse.clear_staging()


def _scratch(opened: Opened, ledger: Ledger) -> Warehouse:
    """A scratch warehouse with the bronze lines of the admitted files, and all events of files and alerts."""
    _, warehouse, tables = opened
    scratch = replace(warehouse, root=f"{warehouse.root}/{STAGING}/rebuild")
    scratch.create_missing(tables.all())
    lines = warehouse.read(tables.bronze).where(F.col(c.SOURCE_SHA256).isin(sorted(ledger.admitted())))
    scratch.append(lines, tables.bronze, merge_schema=True)
    for events in (tables.file_events, tables.alert_events):
        scratch.append(warehouse.read(events), events)
    return scratch
