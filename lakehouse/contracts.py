"""Table contracts: makes frames and rows have exactly the columns of their schema, in its order."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from lakehouse.errors import MissingColumnsError


def require_columns(df: DataFrame, table: str, columns: Iterable[str]) -> None:
    """Raises `MissingColumnsError` when the frame lacks one of the columns."""
    missing = set(columns) - set(df.columns)
    if missing:
        raise MissingColumnsError(table, missing, df.columns)


def conform_to(df: DataFrame, table: str, schema: StructType) -> DataFrame:
    """The columns of the schema, in its order and with its types; other columns are dropped.

    Raises `MissingColumnsError` when the frame lacks one.
    """
    require_columns(df, table, schema.names)
    return df.select(*(F.col(field.name).cast(field.dataType).alias(field.name) for field in schema))


def row_of(schema: StructType, **values: object) -> tuple[object, ...]:
    """A row in the schema's order, from its values by name. Raises `ValueError` when a name is missing or unknown."""
    if values.keys() != set(schema.names):
        differ = ", ".join(sorted(values.keys() ^ set(schema.names)))
        raise ValueError(f"the row and its schema differ in {differ}")
    return tuple(values[name] for name in schema.names)
