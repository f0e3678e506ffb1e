"""Delivered files to bronze rows: every cell as text, with exact lineage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from lakehouse.survey.dates import DeliveredDate
from schemas import columns as c

ISO_DAY = "yyyy-MM-dd"
_ISO_SHAPE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_POSITION = "_position"
_PATH = "_path"
_BLOCK_START = "_block_start"
_LINES_BEFORE = "_lines_before"


@dataclass(frozen=True)
class Delivery:
    """One run's delivery: its number, when and by which run."""

    number: int
    at: datetime
    run_id: str


@dataclass(frozen=True)
class DeliveredFile:
    """A file as Spark shall read it: `uri` is what Spark calls it, `newlines` counts line ends per block."""

    uri: str
    name: str
    sha256: str
    lines: int
    header: str
    date: DeliveredDate
    newlines: Sequence[int]


def text_schema(names: Iterable[str]) -> StructType:
    """Every source column as text, plus the raw line of a row without the header's shape."""
    return StructType([StructField(name, StringType()) for name in (*names, c.CORRUPT_RECORD)])


def splits(files: Iterable[DeliveredFile], split_blocks: int) -> list[tuple[object, ...]]:
    """Rows of `schemas.bronze.SPLITS`: where each split of each file starts and how many lines precede it.

    `split_blocks`: blocks per split, as Spark was told to cut the files.
    """
    block = 1 << 20
    return [
        (
            *(file.uri, first * block, file.newlines[first], file.name, file.sha256, file.lines, file.header),
            *(file.date.date, file.date.source, file.date.precision),
        )
        for file in files
        for first in range(0, len(file.newlines), split_blocks)
    ]


def with_position(lines: DataFrame) -> DataFrame:
    """Adds file, split and place within the split; right after the read, while each task holds one split."""
    within_task = F.monotonically_increasing_id().bitwiseAND(F.lit((1 << 33) - 1))
    return lines.withColumns(
        {
            # Spark writes a local path as file:/ or file:///, by version.
            _PATH: F.regexp_replace("_metadata.file_path", "^file:/+", "file:///"),
            _BLOCK_START: F.col("_metadata.file_block_start"),
            _POSITION: within_task,
        }
    )


def with_lineage(lines: DataFrame, starts: DataFrame, delivery: Delivery, marker: str) -> DataFrame:
    """Positioned lines with their lineage; marker lines, which stand for blank ones, are dropped.

    A line belongs to the split in which it starts, so the first line of a split follows all line ends
    before the split's first byte; the header counts as line 0.
    """
    source = [name for name in lines.columns if not name.startswith("_")]
    is_blank = F.coalesce(F.col(c.CORRUPT_RECORD), F.col(source[0])).eqNullSafe(F.lit(marker))
    return (
        lines.where(~is_blank)
        .join(F.broadcast(starts), on=[_PATH, _BLOCK_START], how="left")
        .withColumns(
            {
                c.SOURCE_ROW: F.col(_LINES_BEFORE) + F.col(_POSITION) + 1,
                c.DELIVERY: F.lit(delivery.number).cast("bigint"),
                c.INGESTED_AT: F.lit(delivery.at),
                c.RUN_ID: F.lit(delivery.run_id),
            }
        )
        .drop(_PATH, _BLOCK_START, _LINES_BEFORE, _POSITION)
    )


def with_dates_of(lines: DataFrame, date_column: str, pattern: str | None) -> DataFrame:
    """The survey date of each line from its own cell; null when the cell is no such date."""
    return lines.withColumns(
        {
            c.DELIVERED_DATE: day(F.col(date_column), pattern),
            c.DELIVERED_DATE_SOURCE: F.lit("column"),
            c.DELIVERED_DATE_PRECISION: F.lit("day"),
        }
    )


def day(cell: Column, pattern: str | None) -> Column:
    """The date that a cell says, in ISO form or the given pattern; null for anything else.

    Spark's own cast would also take `2024` and, once, `now`.
    """
    text = F.btrim(cell)
    parsed = F.try_to_date(text, pattern or ISO_DAY)
    return F.when(text.rlike(_ISO_SHAPE), parsed) if pattern is None else parsed


def commented(lines: DataFrame, headers: dict[str, str]) -> DataFrame:
    """Source columns carry their original header as a comment. `headers`: column name -> header."""
    columns = [
        F.col(name).alias(name, metadata={"comment": f"As delivered under '{headers[name]}'"})
        if name in headers
        else F.col(name)
        for name in lines.columns
    ]
    return lines.select(*columns)
