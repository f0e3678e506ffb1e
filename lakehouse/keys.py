"""Deterministic surrogate keys and hashes: the same row has the same key after every rebuild."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pyspark.sql import Column
from pyspark.sql import functions as F

_SEPARATOR = "\x1f"


def surrogate_key(columns: Iterable[str]) -> Column:
    """64-bit hash of the named columns; nulls count.

    The name of each column and whether it is null are hashed, too: `xxhash64` skips nulls, so that (5, null) and
    (null, 5) would have the same key.
    """
    parts = ((F.lit(key_of([name])), F.col(name).isNull(), F.col(name)) for name in columns)
    return F.xxhash64(*(part for column_parts in parts for part in column_parts))


def content_hash(columns: Iterable[str]) -> Column:
    """64-bit hash of the non-null values of the named columns and their names, in order of name.

    `xxhash64` skips nulls, so a new column does not change the hash of rows in which it is empty.
    """
    parts = ((F.when(F.col(name).isNotNull(), key_of([name])), F.col(name)) for name in sorted(columns))
    return F.xxhash64(*(part for column_parts in parts for part in column_parts))


def key_of(parts: Iterable[str]) -> int:
    """Signed 64-bit hash of a list of texts, for keys that are computed on the driver."""
    digest = hashlib.sha256(_SEPARATOR.join(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def digest_of(parts: Iterable[object]) -> str:
    """Hexadecimal hash (16 digits) of a list of values, for versions and ids that are text."""
    text = _SEPARATOR.join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
