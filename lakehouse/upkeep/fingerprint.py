"""What a table says, in three numbers that no order of rows changes."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import MapType, StructField

_LOW_BITS = 0xFFFFFFFF
# Which run wrote a row, and when, is no content.
_NO_CONTENT = ("run_id", "at")


def business_columns(table: DataFrame) -> list[str]:
    """Columns that hold content: not lineage, which has a leading underscore, and not the run."""
    return sorted(name for name in table.columns if not name.startswith("_") and name not in _NO_CONTENT)


def fingerprint(table: DataFrame) -> tuple[int, int, int]:
    """Rows, and two sums over a hash of each row's business columns."""
    fields = {field.name: field for field in table.schema}
    parts = [part for name in business_columns(table) for part in _parts(fields[name])]
    row = F.xxhash64(*parts)
    found = table.agg(F.count("*"), F.bit_xor(row), F.sum(row.bitwiseAND(_LOW_BITS))).head()
    assert found is not None
    return found[0], found[1] or 0, found[2] or 0


def _parts(field: StructField) -> tuple[Column, Column]:
    """The value, and whether it is null: the hash skips nulls."""
    value = F.to_json(field.name) if isinstance(field.dataType, MapType) else F.col(field.name)
    return F.col(field.name).isNull(), value
