"""Finds the delivered lines that name a passenger, and recognises erased ids by keyed hashes instead of the ids."""

from __future__ import annotations

import hmac
from hashlib import sha256

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.cells import identifier, trimmed
from lakehouse.survey.catalogue import MAX_ID_DIGITS, Catalogue
from schemas import columns as c
from schemas.bronze import LINE

_NUMBER = "0*([0-9]+)"
# A malformed line has no cells: a text id is what stands between delimiters or quotes, or between blanks there.
_CELL, _WORD = r'([^,;|\t"\r\n]+)', r'([^,;|\t"\r\n ]+)'
_BLOCK = 64
PADS = "inner_pad binary, outer_pad binary"


def named_ids(bronze: DataFrame, catalogue: Catalogue) -> Column:
    """Every id that a delivered line may be about, as an array of bigint or, where ids are text, of text.

    A malformed line counts for everything in it that may be an id. Where ids are whole numbers, an id cell that cannot
    be read counts for every whole number in it too: erasing too much is safer than leaving a passenger's line.
    """
    cells = [F.col(alias) for alias in catalogue.aliases(c.ID) if alias in bronze.columns]
    if catalogue.ids_are_text:
        parts = [_parts(F.col(c.CORRUPT_RECORD), pattern) for pattern in (_CELL, _WORD)]
        return F.array_distinct(F.array_compact(F.concat(F.array(*map(trimmed, cells)), *parts)))
    unreadable = [F.when(identifier(cell).isNull(), cell) for cell in cells]
    numbers = [_numbers(text) for text in (*unreadable, F.col(c.CORRUPT_RECORD))]
    return F.array_compact(F.concat(F.array(*(identifier(cell) for cell in cells)), *numbers))


def _numbers(text: Column) -> Column:
    """Whole numbers in a text, without leading zeros."""
    digits = F.regexp_extract_all(F.coalesce(text, F.lit("")), F.lit(_NUMBER))
    return F.transform(
        F.filter(digits, lambda number: F.length(number) <= MAX_ID_DIGITS), lambda number: number.cast("bigint")
    )


def _parts(text: Column, pattern: str) -> Column:
    return F.transform(F.regexp_extract_all(F.coalesce(text, F.lit("")), F.lit(pattern)), trimmed)


def lines_about(bronze: DataFrame, catalogue: Catalogue, ids: DataFrame) -> DataFrame:
    """The lines that name one of `ids` (column `id`): file content, line and file.

    By a join with a frame, because ids in a filter would show in query plans and logs.
    """
    return _lines_with(_named(bronze, catalogue), ids, c.ID)


def lines_listed(lines: DataFrame, catalogue: Catalogue, listed: DataFrame, pads: DataFrame) -> DataFrame:
    """The lines that name an id whose keyed hash is in `listed` (column `id_hash`): file content, line and file.

    `pads`: one row, from `pads_of` the key.
    """
    padded = _named(lines, catalogue).crossJoin(F.broadcast(pads))
    return _lines_with(padded.withColumn(c.ID_HASH, _hmac(F.col(c.ID))), listed, c.ID_HASH)


def _named(lines: DataFrame, catalogue: Catalogue) -> DataFrame:
    """One row per line and id that it names."""
    return lines.select(*LINE, c.SOURCE_FILE, F.explode(named_ids(lines, catalogue)).alias(c.ID))


def _lines_with(named: DataFrame, wanted: DataFrame, column: str) -> DataFrame:
    """The distinct lines of `named` whose value of the column is among `wanted`."""
    matching = named.join(F.broadcast(wanted), on=column, how="left_semi")
    return matching.select(*LINE, c.SOURCE_FILE).distinct()


def keyed_hash(text: object, key: str) -> str:
    """HMAC-SHA256 (RFC 2104) in hexadecimal digits: without the key, an id cannot be recovered by trying all ids."""
    return hmac.new(key.encode(), str(text).encode(), sha256).hexdigest()


def pads_of(key: str) -> tuple[bytearray, bytearray]:
    """The inner and outer pad of HMAC, as a row of `PADS`: a literal of the key would show in every query plan."""
    secret = key.encode()
    block = (sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
    inner, outer = (bytearray(byte ^ pad for byte in block) for pad in (0x36, 0x5C))
    return inner, outer


def _hmac(value: Column) -> Column:
    """`keyed_hash` as a Spark column; the frame must have the columns of `PADS`."""
    inner = F.unhex(F.sha2(F.concat("inner_pad", F.encode(value.cast("string"), "UTF-8")), 256))
    return F.sha2(F.concat("outer_pad", inner), 256)
