"""The columns of a contract: name, type, comment, and whether the column may be null."""

from __future__ import annotations

from pyspark.sql.types import DataType, StructField


def required(name: str, data_type: DataType, comment: str) -> StructField:
    """A column that is never null."""
    return StructField(name, data_type, nullable=False, metadata={"comment": comment})


def optional(name: str, data_type: DataType, comment: str) -> StructField:
    """A column that may be null; the comment says what null means."""
    return StructField(name, data_type, nullable=True, metadata={"comment": comment})
