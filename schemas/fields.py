"""The columns of a contract: name, type, comment, and whether the column may be null."""

from __future__ import annotations

from pyspark.sql.types import DataType, StringType, StructField, StructType

from schemas import columns as c


def required(name: str, data_type: DataType, comment: str) -> StructField:
    """A column that is never null."""
    return StructField(name, data_type, nullable=False, metadata={"comment": comment})


def optional(name: str, data_type: DataType, comment: str) -> StructField:
    """A column that may be null; the comment says what null means."""
    return StructField(name, data_type, nullable=True, metadata={"comment": comment})


def with_text_ids(schema: StructType) -> StructType:
    """The contract for a survey whose ids are text."""
    as_text = (
        StructField(one.name, StringType(), one.nullable, one.metadata) if one.name == c.ID else one for one in schema
    )
    return StructType(list(as_text))
