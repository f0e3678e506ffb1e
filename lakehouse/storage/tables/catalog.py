"""Tables, views and keys as the statements by which a catalog knows them. Each may be run again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lakehouse.storage.tables.ddl import quote
from lakehouse.storage.tables.table_spec import TableSpec
from lakehouse.storage.tables.views import View
from schemas.references import REFERENCES


def layers_of(tables: Iterable[TableSpec]) -> list[str]:
    """The layers of the tables, each of which is a schema of the catalog."""
    return list(dict.fromkeys(table.layer for table in tables))


def create_schema(layer: str) -> str:
    """The statement that makes the schema of a layer."""
    return f"CREATE SCHEMA IF NOT EXISTS {layer}"


def create_table(table: TableSpec, warehouse: str) -> str:
    """The statement that names a stored table. Its columns and their comments come from the table itself."""
    place = quote(table.path(warehouse))
    return f"CREATE TABLE IF NOT EXISTS {table.full_name} USING DELTA COMMENT {quote(table.comment)} LOCATION {place}"


def create_view(name: str, view: View) -> str:
    """The statement that makes a view, or brings it up to date."""
    columns = ",\n  ".join(f"`{column}` COMMENT {quote(comment)}" for column, comment in view.columns.items())
    return f"CREATE OR REPLACE VIEW {name} (\n  {columns}\n) COMMENT {quote(view.comment)} AS {view.query.rstrip()}"


def metastore_statements(tables: Iterable[TableSpec], views: Mapping[str, View], warehouse: str) -> Iterator[str]:
    """Everything that a Hive metastore is told."""
    listed = list(tables)
    yield from map(create_schema, layers_of(listed))
    yield from (create_table(table, warehouse) for table in listed)
    yield from (create_view(name, view) for name, view in views.items())


def unity_statements(
    catalog: str, tables: Iterable[TableSpec], views: Mapping[str, View], warehouse: str
) -> Iterator[str]:
    """Everything that Unity Catalog is told: as `<catalog>.<layer>.<name>`, with primary and foreign keys, which inform
    and are not enforced there."""
    listed = list(tables)
    yield f"USE CATALOG `{catalog}`"
    yield from map(create_schema, layers_of(listed))
    for table in listed:
        yield create_table(table, warehouse)
        # A table that was known before takes its present columns and comments from Delta's log.
        yield f"MSCK REPAIR TABLE {table.full_name} SYNC METADATA"
    yield from _keys(listed)
    yield from (create_view(name, view) for name, view in views.items())


def _keys(tables: Iterable[TableSpec]) -> Iterator[str]:
    """The statements that declare the keys; foreign ones last, since dropping a primary key drops those on it."""
    by_name = {table.full_name: table for table in tables}
    for table in by_name.values():
        # No column of a primary key may be null.
        if table.keys and not any(table.schema[key].nullable for key in table.keys):
            yield from _constraint(table, "pk", f"PRIMARY KEY ({', '.join(table.keys)})")
    for name, references in REFERENCES.items():
        for column, target in references.items():
            key = ", ".join(by_name[target].keys)
            foreign = f"FOREIGN KEY ({column}) REFERENCES {target} ({key})"
            yield from _constraint(by_name[name], f"{column}_fk", foreign)


def _constraint(table: TableSpec, name: str, constraint: str) -> Iterator[str]:
    full = f"{table.name}_{name}"
    yield f"ALTER TABLE {table.full_name} DROP CONSTRAINT IF EXISTS {full} CASCADE"
    yield f"ALTER TABLE {table.full_name} ADD CONSTRAINT {full} {constraint}"
