"""A checksum of a table's content, independent of the order of its rows."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import MapType, StructField

_LOW_BITS = 0xFFFFFFFF
# Columns that say which run wrote a row, and when: no content.
_OF_THE_RUN = ("run_id", "at")


def business_columns(table: DataFrame) -> list[str]:
    """Columns with content: without lineage, which begins with an underscore, and without the run."""
    return sorted(name for name in table.columns if not name.startswith("_") and name not in _OF_THE_RUN)


def fingerprint(table: DataFrame) -> tuple[int, int, int]:
    """Number of rows, and the xor and the sum of a hash of each row's business columns."""
    fields = {field.name: field for field in table.schema}
    parts = [part for name in business_columns(table) for part in _parts(fields[name])]
    row = F.xxhash64(*parts)
    sums = table.agg(F.count("*"), F.bit_xor(row), F.sum(row.bitwiseAND(_LOW_BITS))).head()
    assert sums is not None
    return sums[0], sums[1] or 0, sums[2] or 0


def _parts(field: StructField) -> tuple[Column, Column]:
    """Whether the value is null, and the value: the hash skips nulls, so they are marked."""
    value = F.to_json(field.name) if isinstance(field.dataType, MapType) else F.col(field.name)
    return F.col(field.name).isNull(), value
