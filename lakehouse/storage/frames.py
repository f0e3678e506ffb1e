"""Rows of this process as frames, and frames as rows that a spreadsheet may read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import ArrayType, DataType, MapType, StringType, StructField, StructType

# First characters of a cell that a spreadsheet runs as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def frame_of(spark: SparkSession, rows: Iterable[Sequence[object]], schema: StructType | str) -> DataFrame:
    """A frame of these rows, whose values stand in the order of the schema. Times are UTC.

    By Arrow: `createDataFrame` of a list starts a Python worker, which costs some tenths of a second each time. Raises
    `pyarrow.ArrowInvalid` or `pyarrow.ArrowTypeError` for a value of another type.
    """
    fields = schema if isinstance(schema, StructType) else cast(StructType, StructType.fromDDL(schema))
    listed = list(rows)
    if not listed:
        # A frame that Spark knows to be empty simplifies the plans that are built on it.
        return spark.createDataFrame([], fields)
    types = to_arrow_schema(fields)
    columns = [
        pa.array([_plain(row[place], field.dataType) for row in listed], type=types.field(place).type)
        for place, field in enumerate(fields)
    ]
    frame: DataFrame = spark.createDataFrame(pa.Table.from_arrays(columns, schema=types), fields)
    return frame


def without_formulas(rows: DataFrame) -> DataFrame:
    """The rows as they may go into a CSV file: text that a spreadsheet would run gets an apostrophe in front."""
    return rows.select(*(_guarded(field) for field in rows.schema))


def _guarded(field: StructField) -> Column:
    name = field.name.replace("`", "``")
    cell = F.col(f"`{name}`")
    if not isinstance(field.dataType, StringType):
        return cell
    is_formula = F.left(cell, F.lit(1)).isin(*_FORMULA)
    return F.when(is_formula, F.concat(F.lit("'"), cell)).otherwise(cell).alias(field.name)


def _plain(value: object, kind: DataType) -> object:
    """The value as Arrow takes it: maps as pairs, structs as mappings."""
    if value is None:
        return None
    if isinstance(kind, MapType):
        assert isinstance(value, dict)
        return list(value.items())
    if isinstance(kind, StructType):
        return dict(zip(kind.names, map(_plain, value, (field.dataType for field in kind)), strict=True))  # type: ignore[call-overload]
    if isinstance(kind, ArrayType) and isinstance(kind.elementType, StructType | MapType):
        return [_plain(one, kind.elementType) for one in value]  # type: ignore[attr-defined]
    return value
