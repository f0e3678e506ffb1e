"""Read-only SQL over all tables and views."""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.config.load import Config
from lakehouse.console.parser import Options, options_of
from lakehouse.console.text import aligned
from lakehouse.errors import UsageError
from lakehouse.ledger.runs import releases
from lakehouse.pipeline.context import absolute, each_table, now, open_config
from lakehouse.storage.ddl import quote
from lakehouse.storage.lock import warehouse_lock
from lakehouse.storage.registry import Tables, TableSpec, registry
from lakehouse.storage.session import start_session
from lakehouse.storage.views import views
from lakehouse.storage.warehouse import Warehouse
from lakehouse.upkeep.maintenance import vacuums_since

# Rows of a printed table; csv and json have no limit.
TABLE_ROWS = 1000
_RELEASES_SHOWN = 5
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ANSWERS = re.compile(r"\s*(show|describe|desc|explain)\b", re.IGNORECASE)


@contextmanager
def reading(options: Options, release: str | None = None) -> Iterator[tuple[Config, Warehouse, Tables]]:
    """A warehouse to read, with its tables and views registered; nothing is held or written.

    `release`: the run whose tables are meant; None for the newest. Raises `UsageError` when there is no warehouse
    yet, or no such finished run.
    """
    config = open_config(options)
    warehouse = Warehouse(start_session(config.spark), absolute(config.warehouse))
    tables = registry(config.catalogue, config.response_key)
    # Naming a table that is not there would make an empty one.
    missing = [table.full_name for table in tables.all() if warehouse.version(table) is None]
    if missing:
        what = f"no {missing[0]}" if len(missing) < len(tables.all()) else "no lakehouse"
        raise UsageError(f"--warehouse {config.warehouse}: {what} there yet. `lakehouse run` makes it.")
    register(config, warehouse, tables, _versions(warehouse, tables, release) if release else {})
    yield config, warehouse, tables


@contextmanager
def holding(options: Options, command: str) -> Iterator[tuple[Config, Warehouse, Tables]]:
    """The same, while no run can change it; nothing is recorded of it.

    Raises `WarehouseLockedError` when a run holds the warehouse.
    """
    with reading(options) as opened:
        _, warehouse, _ = opened
        holder = f"{command}, since {now():%Y-%m-%d %H:%M:%S} UTC"
        with warehouse_lock(warehouse.spark, warehouse.root, holder, options.wait):
            yield opened


def _versions(warehouse: Warehouse, tables: Tables, release: str) -> Mapping[str, int]:
    """Version of each table after a finished run."""
    finished = releases(warehouse.read(tables.runs))
    found = finished.where(F.col("run_id") == release).select("table_versions").head()
    if found is None:
        known = ", ".join(row["run_id"] for row in finished.select("run_id").limit(_RELEASES_SHOWN).collect())
        raise UsageError(f"--release {release}: no run of this name came to its end. The newest: {known or 'none'}.")
    versions = dict(found["table_versions"])
    faults = each_table(tables.all(), lambda table: _gone(warehouse, table, versions.get(table.full_name)))
    gone = [fault for fault in faults.values() if fault]
    if gone:
        raise UsageError(f"--release {release}: it cannot be read any more: {'; '.join(gone)}.")
    return versions


def _gone(warehouse: Warehouse, table: TableSpec, version: int | None) -> str | None:
    """Why a version of a table cannot be read; None when it can."""
    if version is None or version == warehouse.version(table):
        return None
    files = warehouse.files_at(table, version)
    if files is None:
        return f"the log of {table.full_name} has forgotten version {version}"
    missing = warehouse.absent(files)
    if not missing:
        return None
    days = ", ".join(f"{at:%Y-%m-%d %H:%M} UTC" for at in vacuums_since(warehouse, table, version))
    return f"{table.full_name} was vacuumed{f' on {days}' if days else ''}, and lacks {len(missing)} of its files"


def register(config: Config, warehouse: Warehouse, tables: Tables, versions: Mapping[str, int] | None = None) -> None:
    """Names every table and view in the session's catalogue. `versions`: by table, those that are meant; else the
    newest."""
    sql = warehouse.spark.sql
    layers = dict.fromkeys(table.layer for table in tables.all())
    for layer in layers:
        sql(f"CREATE DATABASE IF NOT EXISTS {layer} LOCATION {quote(f'{warehouse.root}/{layer}')}")
    views_there = {f"{layer}.{row['viewName']}" for layer in layers for row in sql(f"SHOW VIEWS IN {layer}").collect()}
    for table in tables.all():
        sql(f"DROP {'VIEW' if table.full_name in views_there else 'TABLE'} IF EXISTS {table.full_name}")
        version = (versions or {}).get(table.full_name)
        if version is None:
            sql(f"CREATE TABLE {table.full_name} USING DELTA LOCATION {quote(warehouse.path(table))}")
        else:
            past = f"SELECT * FROM delta.`{warehouse.path(table)}` VERSION AS OF {version}"
            sql(f"CREATE VIEW {table.full_name} COMMENT {quote(table.comment)} AS {past}")
    for name, view in views(config.catalogue).items():
        sql(f"CREATE OR REPLACE VIEW {name} COMMENT {quote(view.comment)} AS {view.query}")


def select(warehouse: Warehouse, statement: str) -> DataFrame:
    """The rows of a statement that only reads. Raises `UsageError` for any other, and for one that fails."""
    text = statement.strip().rstrip(";")
    try:
        if _ANSWERS.match(text):
            return warehouse.spark.sql(text)
        # Only a query can define a view: anything that writes does not parse here.
        warehouse.spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW query_to_print AS {text}")
        return warehouse.spark.table("query_to_print")
    except PySparkException as error:
        raise _failed(error) from error


def _failed(error: PySparkException) -> UsageError:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return UsageError(f"the query failed (only reading statements are taken): {lines[0] if lines else error}")


def print_rows(rows: DataFrame, output: str) -> None:
    """Rows on stdout as an aligned table, CSV, or one JSON object per line."""
    try:
        if output == "table":
            _print_table(rows)
        elif output == "csv":
            writer = csv.writer(sys.stdout)
            writer.writerow(rows.columns)
            writer.writerows([_guarded(cell) for cell in row] for row in rows.toLocalIterator())
        else:
            for row in rows.toLocalIterator():
                print(json.dumps(row.asDict(recursive=True), default=str, ensure_ascii=False))
    except PySparkException as error:
        raise _failed(error) from error


def _guarded(cell: object) -> object:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _print_table(rows: DataFrame) -> None:
    first = rows.limit(TABLE_ROWS + 1).collect()
    if not first:
        print("(no rows)")
        return
    print(aligned(rows.columns, [tuple(row) for row in first[:TABLE_ROWS]]))
    if len(first) > TABLE_ROWS:
        print(f"… first {TABLE_ROWS} rows; --format csv prints all")


def execute(arguments: argparse.Namespace) -> None:
    """Prints the rows of one statement."""
    with reading(options_of(arguments), arguments.release) as (_, warehouse, _):
        print_rows(select(warehouse, arguments.statement), arguments.format)
