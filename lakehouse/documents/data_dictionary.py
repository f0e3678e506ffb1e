"""The data dictionary as Markdown, generated from the contracts of the tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pyspark.sql.types import StructField

from lakehouse.documents.markdown import made_from, table_of
from lakehouse.storage.tables.table_spec import TableSpec
from lakehouse.storage.tables.views import View


def data_dictionary(tables: Iterable[TableSpec], views: Mapping[str, View]) -> str:
    """One section per table with its grain, key and columns, and one for all views, with the columns of each.

    Raises `ValueError` for a table or column without a comment.
    """
    parts = ["# Data dictionary", "", made_from("schemas/ and conf/questions.yml"), ""]
    for table in tables:
        key = f" Key: {', '.join(f'`{name}`' for name in table.keys)}." if table.keys else ""
        month = f" Partitioned by {', '.join(f'`{name}`' for name in table.partitions)}." if table.partitions else ""
        if not table.comment:
            raise ValueError(f"{table.full_name} has no comment")
        columns = [_column(table, column) for column in table.schema]
        parts += [f"## {table.full_name}", "", f"{table.comment}{key}{month}", ""]
        parts += [*table_of(("column", "type", "null", "meaning"), columns), ""]
    parts += [
        "## Views",
        "",
        *table_of(("view", "meaning"), [(f"`{name}`", view.comment) for name, view in views.items()]),
        "",
        *_columns_of_views(views),
    ]
    return "\n".join(parts)


def _columns_of_views(views: Mapping[str, View]) -> Iterator[str]:
    yield "Columns, but of views that have only columns of one above them:"
    yield ""
    listed: list[Mapping[str, str]] = []
    for name, view in views.items():
        if any(view.columns.items() <= other.items() for other in listed):
            continue
        listed.append(view.columns)
        yield from (f"### {name}", "")
        yield from table_of(("column", "meaning"), [(f"`{column}`", text) for column, text in view.columns.items()])
        yield ""


def _column(table: TableSpec, column: StructField) -> tuple[str, ...]:
    comment = str(column.metadata.get("comment", ""))
    if not comment:
        raise ValueError(f"{table.full_name}.{column.name} has no comment")
    return f"`{column.name}`", column.dataType.simpleString(), "yes" if column.nullable else "never", comment
