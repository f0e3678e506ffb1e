"""Deterministic surrogate keys: the same row has the same key after every rebuild."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F

_SEPARATOR = "\x1f"
_NULL = "\x00"


def surrogate_key(columns: Iterable[str]) -> Column:
    """64-bit hash of the named columns, null included.

    Each input carries its column's name: `xxhash64` alone skips nulls, so that (5, null) and
    (null, 5) would be one key.
    """
    parts = [F.concat(F.lit(f"{name}="), F.coalesce(F.col(name).cast("string"), F.lit(_NULL))) for name in columns]
    return F.xxhash64(F.concat_ws(_SEPARATOR, *parts))


def content_hash(values: Mapping[str, Column]) -> Column:
    """64-bit hash of the non-null values by name: a new column that is empty changes nothing."""
    parts = [F.concat(F.lit(f"{name}="), values[name].cast("string")) for name in sorted(values)]
    return F.xxhash64(F.concat_ws(_SEPARATOR, *parts))


def key_of(parts: Iterable[str]) -> int:
    """Signed 64-bit hash of a list of texts, for keys that the driver makes."""
    digest = hashlib.sha256(_SEPARATOR.join(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def digest_of(parts: Iterable[object]) -> str:
    """Short hexadecimal hash of a list of values, for versions and ids kept as text."""
    text = _SEPARATOR.join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
