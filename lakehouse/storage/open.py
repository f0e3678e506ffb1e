"""Opens a warehouse: to read it, to read one release of it, or to lock it so that no run can change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from py4j.protocol import Py4JJavaError
from pyspark.sql import functions as F

from lakehouse.config.load import Config
from lakehouse.errors import UsageError
from lakehouse.ledger.files import Ledger, read_ledger
from lakehouse.ledger.runs import releases
from lakehouse.places.uris import is_on_s3
from lakehouse.storage.history import vacuums_since
from lakehouse.storage.one_writer.lease import warehouse_lease
from lakehouse.storage.one_writer.lock import local_folder, warehouse_lock
from lakehouse.storage.parallel import each_table
from lakehouse.storage.session import on_databricks, start_session
from lakehouse.storage.tables.catalog import create_schema, create_table, create_view, layers_of
from lakehouse.storage.tables.ddl import quote
from lakehouse.storage.tables.registry import Tables, registry
from lakehouse.storage.tables.table_spec import TableSpec
from lakehouse.storage.tables.views import views
from lakehouse.storage.warehouse import Warehouse

_RELEASES_SHOWN = 5


class Opened(NamedTuple):
    """A warehouse, its configuration, and the contracts of its tables."""

    config: Config
    warehouse: Warehouse
    tables: Tables


def open_warehouse(config: Config) -> Opened:
    """Starts a session for a warehouse, which need not exist yet. Reads, locks and writes nothing."""
    with_s3 = any(map(is_on_s3, (config.warehouse, *config.landing)))
    return Opened(
        config,
        Warehouse(start_session(config.spark, with_s3=with_s3), absolute(config.warehouse)),
        registry(config.catalogue, config.response_key),
    )


def absolute(root: str) -> str:
    """A local folder as an absolute path, because Spark resolves a relative path against another folder."""
    folder = local_folder(root)
    return root if folder is None else str(folder.absolute())


def open_to_read(config: Config, release: str | None = None) -> Opened:
    """Opens an existing warehouse, with its tables and views registered for SQL. Locks and writes nothing.

    `release`: id of the finished run whose table versions are read; None for the newest versions. Raises `UsageError`
    when the warehouse does not exist, when no finished run has the id, or when its versions cannot be read any more.
    """
    opened = open_existing(config)
    register(opened, _versions(opened.warehouse, opened.tables, release) if release else {})
    return opened


def open_existing(config: Config) -> Opened:
    """As `open_warehouse`. Raises `UsageError` when the warehouse, or one of its tables, does not exist."""
    opened = open_warehouse(config)
    _, warehouse, tables = opened
    # Registering the name of a table that does not exist would create an empty table.
    try:
        missing = [table.full_name for table in tables.all() if warehouse.version(table) is None]
    except Py4JJavaError as error:
        cause = str(error.java_exception.getMessage()).partition("\n")[0]
        raise UsageError(f"--warehouse {config.warehouse}: cannot be read ({cause}).") from error
    if missing:
        what = f"no {missing[0]}" if len(missing) < len(tables.all()) else "no lakehouse"
        raise UsageError(f"--warehouse {config.warehouse}: {what} there yet. `lakehouse run` makes it.")
    return opened


@contextmanager
def open_to_hold(config: Config, holder: str, wait: int) -> Iterator[Opened]:
    """As `open_to_read`, and holds the warehouse while the block runs: see `held`."""
    opened = open_to_read(config)
    with held(opened.warehouse, holder, wait, config.lease_seconds) as warehouse:
        yield opened._replace(warehouse=warehouse)


@contextmanager
def held(warehouse: Warehouse, holder: str, wait: int, lease_seconds: int) -> Iterator[Warehouse]:
    """The warehouse, which no other process can write while the block runs: by a lock on a local disk, by a lease on an
    object store.

    `holder`: the text that another process shows when it is refused. `wait`: seconds to wait for the warehouse.
    `lease_seconds`: see `warehouse_lease`. Raises `WarehouseLockedError` when another process still holds it then, and
    `UsageError` when it cannot be held. On Databricks there is no lease: the jobs must allow one run at a time.
    """
    spark, root = warehouse.spark, warehouse.root
    if local_folder(root):
        with warehouse_lock(spark, root, holder, wait):
            yield warehouse
    elif on_databricks():
        yield warehouse
    else:
        with warehouse_lease(spark, root, holder, wait, lease_seconds) as lease:
            yield replace(warehouse, lease=lease)


def stored_ledger(warehouse: Warehouse, tables: Tables) -> Ledger:
    """Files and decisions of a warehouse."""
    return read_ledger(warehouse.read(tables.bronze), warehouse.read(tables.file_events))


def _versions(warehouse: Warehouse, tables: Tables, release: str) -> Mapping[str, int]:
    """Table name -> version, of a release. Raises `UsageError` when it does not exist or cannot be read any more."""
    finished = releases(warehouse.read(tables.runs))
    row = finished.where(F.col("run_id") == release).select("table_versions").head()
    if row is None:
        known = ", ".join(row["run_id"] for row in finished.select("run_id").limit(_RELEASES_SHOWN).collect())
        raise UsageError(f"--release {release}: no run of this name came to its end. The newest: {known or 'none'}.")
    versions = dict(row["table_versions"])
    causes = each_table(tables.all(), lambda table: _why_unreadable(warehouse, table, versions.get(table.full_name)))
    unreadable = [cause for cause in causes.values() if cause]
    if unreadable:
        raise UsageError(f"--release {release}: it cannot be read any more: {'; '.join(unreadable)}.")
    return versions


def _why_unreadable(warehouse: Warehouse, table: TableSpec, version: int | None) -> str | None:
    """Why a version of a table cannot be read; None when it can."""
    if version is None or version == warehouse.version(table):
        return None
    files = warehouse.data_files_at(table, version)
    if files is None:
        return f"the log of {table.full_name} has forgotten version {version}"
    missing = warehouse.missing_files(files)
    if not missing:
        return None
    days = ", ".join(f"{at:%Y-%m-%d %H:%M} UTC" for at in vacuums_since(warehouse, table, version))
    return f"{table.full_name} was vacuumed{f' on {days}' if days else ''}, and lacks {len(missing)} of its files"


def register(opened: Opened, versions: Mapping[str, int] | None = None) -> None:
    """Names every table and view in the session's own catalog, until it ends. `versions`: by table, those that are
    meant; else the newest."""
    config, warehouse, tables = opened
    sql = warehouse.spark.sql
    layers = layers_of(tables.all())
    for layer in layers:
        # The place keeps Spark from making a folder of its own in the working folder.
        sql(f"{create_schema(layer)} LOCATION {quote(f'{warehouse.root}/{layer}')}")
    views_there = {f"{layer}.{row['viewName']}" for layer in layers for row in sql(f"SHOW VIEWS IN {layer}").collect()}
    for table in tables.all():
        sql(f"DROP {'VIEW' if table.full_name in views_there else 'TABLE'} IF EXISTS {table.full_name}")
        version = (versions or {}).get(table.full_name)
        if version is None:
            sql(create_table(table, warehouse.root))
        else:
            past = f"SELECT * FROM delta.`{warehouse.path(table)}` VERSION AS OF {version}"
            sql(f"CREATE VIEW {table.full_name} COMMENT {quote(table.comment)} AS {past}")
    for name, view in views(config.catalogue).items():
        sql(create_view(name, view))
