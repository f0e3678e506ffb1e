"""What a stage reads and writes, named as OpenLineage names datasets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lakehouse.storage.history import Written
from lakehouse.storage.tables.table_spec import TableSpec

# Hadoop's names of a file system -> the one that OpenLineage uses.
_SCHEMES = {"s3a": "s3", "s3n": "s3", "abfs": "abfss", "wasb": "wasbs"}


@dataclass(frozen=True)
class Dataset:
    """A landing place, or a table with its contract. `written`: what a stage wrote to it; None while that is not
    known."""

    namespace: str
    name: str
    table: TableSpec | None = None
    written: Written | None = None


def dataset_of(uri: str, table: TableSpec | None = None, written: Written | None = None) -> Dataset:
    """The dataset at a path or URI: `file` and the absolute path, or e.g. `s3://bucket` and the path in it."""
    if "://" in uri and not uri.startswith("file:"):
        place = urlsplit(uri)
        scheme = _SCHEMES.get(place.scheme, place.scheme)
        # Whoever stands before the @ of abfss is the container; of others it may be a secret.
        authority = place.netloc if scheme in ("abfss", "wasbs") else place.netloc.rpartition("@")[2]
        return Dataset(f"{scheme}://{authority}", place.path.strip("/") or "/", table, written)
    path = Path(f"/{uri.removeprefix('file:').lstrip('/')}" if uri.startswith("file:") else uri)
    return Dataset("file", str(path.absolute()), table, written)


def tables_at(root: str, tables: Iterable[TableSpec], written: Mapping[str, Written] | None = None) -> list[Dataset]:
    """The tables of a warehouse as datasets. `written`: by the table's full name."""
    known = written or {}
    return [dataset_of(table.path(root), table, known.get(table.full_name)) for table in tables]
