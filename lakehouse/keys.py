"""Deterministic surrogate keys: the same row has the same key after every rebuild."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pyspark.sql import Column
from pyspark.sql import functions as F

_SEPARATOR = "\x1f"


def surrogate_key(columns: Iterable[str]) -> Column:
    """64-bit hash of the named columns, null included.

    Each value follows its column's name and whether it is null: `xxhash64` alone skips nulls, so that
    (5, null) and (null, 5) would be one key.
    """
    parts = ((F.lit(key_of([name])), F.col(name).isNull(), F.col(name)) for name in columns)
    return F.xxhash64(*(part for of_column in parts for part in of_column))


def content_hash(columns: Iterable[str]) -> Column:
    """64-bit hash of the non-null values of the named columns, in order of name: `xxhash64` skips nulls, the name
    of an empty column too, so that a new column which is empty changes nothing."""
    parts = ((F.when(F.col(name).isNotNull(), key_of([name])), F.col(name)) for name in sorted(columns))
    return F.xxhash64(*(part for of_column in parts for part in of_column))


def key_of(parts: Iterable[str]) -> int:
    """Signed 64-bit hash of a list of texts, for keys that the driver makes."""
    digest = hashlib.sha256(_SEPARATOR.join(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def digest_of(parts: Iterable[object]) -> str:
    """Short hexadecimal hash of a list of values, for versions and ids kept as text."""
    text = _SEPARATOR.join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
