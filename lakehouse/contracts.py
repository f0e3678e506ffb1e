"""A layer's edge: the frame that leaves it has exactly the contract's columns, in order."""

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
    """The contract's columns, in its order and types; other columns are left behind."""
    require_columns(df, table, schema.names)
    return df.select(*(F.col(field.name).cast(field.dataType).alias(field.name) for field in schema))
