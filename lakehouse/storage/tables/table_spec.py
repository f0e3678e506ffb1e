"""What is said of a table: path, contract, grain, keys and CHECKs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyspark.sql.types import StructType


@dataclass(frozen=True)
class TableSpec:
    """A table. `comment` begins with the grain. `keys`: columns that identify a row. `constraints`: CHECKs by name."""

    layer: str
    name: str
    schema: StructType
    comment: str
    keys: tuple[str, ...]
    partitions: tuple[str, ...] = ()
    constraints: Mapping[str, str] = field(default_factory=dict)
    append_only: bool = False

    @property
    def full_name(self) -> str:
        """`<layer>.<name>`, the table's name in SQL."""
        return f"{self.layer}.{self.name}"

    def path(self, warehouse: str) -> str:
        """URI of the table in a warehouse."""
        return f"{warehouse}/{self.layer}/{self.name}"
