"""Names the tables and views of a warehouse for other programs: in a Hive metastore, or in Unity Catalog."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from py4j.java_gateway import JavaObject
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from lakehouse.config.load import Config
from lakehouse.errors import UsageError
from lakehouse.storage.filesystem import jvm_of, qualified
from lakehouse.storage.one_writer.lock import local_folder
from lakehouse.storage.open import Opened, absolute, open_existing
from lakehouse.storage.session import SPARK_ERRORS, causes, on_databricks
from lakehouse.storage.tables.catalog import create_schema, create_table, create_view, layers_of, unity_statements
from lakehouse.storage.tables.table_spec import TableSpec
from lakehouse.storage.tables.views import views

# Folder below the root of a local warehouse for the files of a metastore of its own.
METASTORE = "_metastore"
# Spark options that name another metastore.
_ELSEWHERE = ("spark.hadoop.javax.jdo.option.ConnectionURL", "spark.hadoop.hive.metastore.uris")
_CATALOG = "spark.sql.catalogImplementation"
# What Derby answers when another process has its files open.
_DERBY_IS_HELD = "XSDB6"


class Registered(NamedTuple):
    """Which catalog it was, what became of each table (`created`, `updated` or `unchanged`), and how many views there
    are."""

    place: str
    tables: Mapping[str, str]
    views: int


def register_in_unity(config: Config, catalog: str) -> Registered:
    """Names every table and view in a catalog of Unity Catalog, with keys. Raises `UsageError` outside Databricks."""
    if not on_databricks():
        raise UsageError(
            f"unity_catalog: {catalog} is reached on Databricks only. Run this there, or print the statements for a "
            "SQL editor with --dry-run."
        )
    opened = open_existing(config)
    tables, named = opened.tables.all(), views(config.catalogue)
    for statement in unity_statements(catalog, tables, named, opened.warehouse.root):
        opened.warehouse.spark.sql(statement)
    return Registered(f"Unity Catalog, {catalog}", {table.full_name: "up to date" for table in tables}, len(named))


def register_in_hive(config: Config) -> Registered:
    """Names every table and view in the Hive metastore that the Spark options name, else in one of the warehouse's own.

    Raises `UsageError` when the metastore cannot be opened, or has other tables under these names.
    """
    opened = _open_with_metastore(config)
    spark = opened.warehouse.spark
    tables, named = opened.tables.all(), views(config.catalogue)
    stored = _Stored(spark)
    stored.require_ours(opened, named)
    for layer in layers_of(tables):
        spark.sql(create_schema(layer))
    outcome = {table.full_name: _register(opened, stored, table) for table in tables}
    for name, view in named.items():
        spark.sql(create_view(name, view))
    return Registered("Hive metastore", outcome, len(named))


def _open_with_metastore(config: Config) -> Opened:
    """Opens an existing warehouse in a session whose catalog is the metastore."""
    home = f"{absolute(config.warehouse)}/{METASTORE}"
    is_own = not any(option in config.spark for option in _ELSEWHERE)
    folder = local_folder(home)
    if is_own and folder is None:
        raise UsageError(
            f"--warehouse {config.warehouse}: a metastore of its own needs a local disk. Name another by the Spark "
            f"option {_ELSEWHERE[0]} or {_ELSEWHERE[1]}."
        )
    options = {
        # Where Spark would put tables without a place of their own; none of ours.
        "spark.sql.warehouse.dir": f"{home}/managed",
        # Columns and comments are told to the metastore too: JDBC and ODBC ask it for them, and not Delta.
        "spark.databricks.delta.catalog.update.enabled": "true",
        **config.spark,
        _CATALOG: "hive",
    }
    opened = open_existing(replace(config, spark=options))
    spark = opened.warehouse.spark
    if spark.conf.get(_CATALOG) != "hive":
        raise UsageError("this session was started without Hive. Run `lakehouse register` in its own process.")
    if folder is not None:
        # Derby keeps its database and its log there, instead of in the working folder.
        jvm_of(spark).java.lang.System.setProperty("derby.system.home", str(folder))
    try:
        spark.sql("SHOW SCHEMAS").collect()
    except SPARK_ERRORS as error:
        raise _cannot_open(error) from error
    return opened


def _cannot_open(error: Exception) -> UsageError:
    messages = [str(cause.toString()) for cause in causes(error)] or [str(error)]
    if any(_DERBY_IS_HELD in message for message in messages):
        return UsageError(
            "another process has the metastore open, a Thrift server perhaps, and Derby serves one at a time. Stop "
            "that process first, or keep the metastore in PostgreSQL (docs/bi.md)."
        )
    return UsageError(f"the metastore cannot be opened: {messages[-1].splitlines()[0]}")


class _Stored:
    """What the metastore holds, as it was told: without a look at the tables themselves."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._catalog = spark._jsparkSession.sharedState().externalCatalog()

    def require_ours(self, opened: Opened, named: Iterable[str]) -> None:
        """Raises `UsageError` when a name stands for anything but the warehouse's own table, or a view."""
        for table in opened.tables.all():
            entry = self._entry(table.full_name)
            place = qualified(self._spark, opened.warehouse.path(table))
            if entry is not None and place != self._place(entry):
                raise UsageError(
                    f"{table.full_name} is in this metastore already, and is not {place}. One metastore knows one "
                    "warehouse: drop that name there first, or use another metastore."
                )
        for name in named:
            entry = self._entry(name)
            if entry is not None and entry.tableType().name() != "VIEW":
                raise UsageError(
                    f"{name} is a table in this metastore already. Drop it there, or use another metastore."
                )

    def _place(self, entry: JavaObject) -> str | None:
        """Where the files of a table lie; None for a view, and for a table whose files are the metastore's own."""
        return qualified(self._spark, entry.location()) if entry.tableType().name() == "EXTERNAL" else None

    def description(self, table: TableSpec) -> list[tuple[str, ...]] | None:
        """What the metastore was told of the table, as `_description` has it; None when it is not registered."""
        entry = self._entry(table.full_name)
        if entry is None:
            return None
        comment = entry.comment()
        schema = StructType.fromJson(json.loads(entry.schema().json()))
        return _description(schema, str(comment.get()) if comment.isDefined() else "")

    def _entry(self, name: str) -> JavaObject | None:
        layer, _, own = name.partition(".")
        known = self._catalog.databaseExists(layer) and self._catalog.tableExists(layer, own)
        return self._catalog.getTable(layer, own) if known else None


def _description(schema: StructType, comment: str) -> list[tuple[str, ...]]:
    """What programs are told of a table: its comment; then name, type and comment of each column."""
    columns = [(one.name, one.dataType.simpleString(), str(one.metadata.get("comment", ""))) for one in schema]
    return [(comment,), *columns]


def _register(opened: Opened, stored: _Stored, table: TableSpec) -> str:
    """Names a table, or brings it up to date; returns which of the two was done, if any."""
    spark = opened.warehouse.spark
    known = stored.description(table)
    if known == _description(opened.warehouse.schema(table), table.comment):
        return "unchanged"
    if known is not None:
        # Its files stay, since they are not the metastore's.
        spark.sql(f"DROP TABLE {table.full_name}")
    spark.sql(create_table(table, opened.warehouse.root))
    return "created" if known is None else "updated"
