"""Which delivered lines name a passenger, and how an erased id is recognised without being kept."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha256

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.cells import identifier
from lakehouse.survey.catalogue import MAX_ID_DIGITS
from schemas import columns as c
from schemas.bronze import LINE

_NUMBER = "0*([0-9]+)"
_BLOCK = 64
PADS = "inner_pad binary, outer_pad binary"


def named_ids(bronze: DataFrame, aliases: Iterable[str]) -> Column:
    """Every id that a delivered line may be about, as an array of bigint.

    `aliases`: names of the id column. A cell that cannot be read as an id, and a line without its header's shape, may
    be about every whole number that stands in it: whose they are cannot be told, so they are everybody's whom they
    could name.
    """
    cells = [F.col(alias) for alias in aliases if alias in bronze.columns]
    unread = [F.when(identifier(cell).isNull(), cell) for cell in cells]
    numbers = [_numbers(text) for text in (*unread, F.col(c.CORRUPT_RECORD))]
    return F.array_compact(F.concat(F.array(*(identifier(cell) for cell in cells)), *numbers))


def _numbers(text: Column) -> Column:
    """Whole numbers in a text, leading zeros apart."""
    digits = F.regexp_extract_all(F.coalesce(text, F.lit("")), F.lit(_NUMBER))
    return F.transform(F.filter(digits, lambda one: F.length(one) <= MAX_ID_DIGITS), lambda one: one.cast("bigint"))


def lines_about(bronze: DataFrame, aliases: Iterable[str], ids: DataFrame) -> DataFrame:
    """The lines that name one of `ids` (column `id`): file content, line and file. By a join, so that no plan and no
    log holds an id."""
    return _among(_named(bronze, aliases), ids, c.ID)


def lines_listed(lines: DataFrame, aliases: Iterable[str], listed: DataFrame, pads: DataFrame) -> DataFrame:
    """The lines that name an id whose keyed hash is in `listed` (column `id_hash`): file content, line and file.

    `pads`: one row, from `pads_of` the key.
    """
    padded = _named(lines, aliases).crossJoin(F.broadcast(pads))
    return _among(padded.withColumn(c.ID_HASH, _hmac(F.col(c.ID))), listed, c.ID_HASH)


def _named(lines: DataFrame, aliases: Iterable[str]) -> DataFrame:
    """One row per line and id that it names."""
    return lines.select(*LINE, c.SOURCE_FILE, F.explode(named_ids(lines, aliases)).alias(c.ID))


def _among(named: DataFrame, wanted: DataFrame, column: str) -> DataFrame:
    found = named.join(F.broadcast(wanted), on=column, how="left_semi")
    return found.select(*LINE, c.SOURCE_FILE).distinct()


def keyed_hash(text: object, key: str) -> str:
    """HMAC-SHA256 (RFC 2104) in hexadecimal digits: without the key, an id cannot be found by trying them all."""
    return hmac.new(key.encode(), str(text).encode(), sha256).hexdigest()


def pads_of(key: str) -> tuple[bytearray, bytearray]:
    """The inner and outer pad of HMAC, a row of `PADS`. In a frame, for a literal would show in every printed plan."""
    secret = key.encode()
    block = (sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
    inner, outer = (bytearray(byte ^ pad for byte in block) for pad in (0x36, 0x5C))
    return inner, outer


def _hmac(value: Column) -> Column:
    """The same as `keyed_hash`, in Spark, over the columns of `PADS`."""
    inner = F.unhex(F.sha2(F.concat("inner_pad", F.encode(value.cast("string"), "UTF-8")), 256))
    return F.sha2(F.concat("outer_pad", inner), 256)
