"""Delivered files to bronze rows: every cell as text, with the file and line that it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from lakehouse.cells import day
from lakehouse.contracts import row_of
from lakehouse.survey.date_patterns import DateReading
from lakehouse.survey.dates import COLUMN, DeliveredDate
from schemas import columns as c
from schemas.bronze import SPLITS

_POSITION = "_position"
_PATH = "_path"
_BLOCK_START = "_block_start"
_LINES_BEFORE = "_lines_before"
# Unit of `DeliveredFile.newlines` and of the splits that Spark reads.
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Delivery:
    """The files that one run loaded: number of the delivery, time, and the run's id."""

    number: int
    at: datetime
    run_id: str


@dataclass(frozen=True)
class DeliveredFile:
    """A file as Spark reads it: `uri` is Spark's name for it, `newlines[i]` the number of line ends before block i."""

    uri: str
    name: str
    sha256: str
    lines: int
    header: str
    dialect: str | None
    date: DeliveredDate
    newlines: Sequence[int]


def text_schema(names: Iterable[str]) -> StructType:
    """Every source column as text, plus a column for the raw text of a malformed line."""
    return StructType([StructField(name, StringType()) for name in (*names, c.CORRUPT_RECORD)])


def splits(files: Iterable[DeliveredFile], split_blocks: int) -> list[tuple[object, ...]]:
    """Rows of `schemas.bronze.SPLITS`: where each split of each file starts and how many lines precede it.

    `split_blocks`: blocks per split, as Spark was told to cut the files.
    """
    return [_split(file, first) for file in files for first in range(0, len(file.newlines), split_blocks)]


def _split(file: DeliveredFile, first_block: int) -> tuple[object, ...]:
    values: dict[str, object] = {
        _PATH: file.uri,
        _BLOCK_START: first_block * _BLOCK_BYTES,
        _LINES_BEFORE: file.newlines[first_block],
        c.SOURCE_FILE: file.name,
        c.SOURCE_SHA256: file.sha256,
        c.SOURCE_LINES: file.lines,
        c.SOURCE_HEADER: file.header,
        c.SOURCE_DIALECT: file.dialect,
        c.DELIVERED_DATE: file.date.date,
        c.DELIVERED_DATE_SOURCE: file.date.source,
        c.DELIVERED_DATE_PRECISION: file.date.precision,
    }
    return row_of(SPLITS, **values)


def with_position(lines: DataFrame) -> DataFrame:
    """Adds file, start of the split, and position within the split.

    Must follow the read directly: the position counts within a task, and only right after the read a task is a split.
    """
    within_task = F.monotonically_increasing_id().bitwiseAND(F.lit((1 << 33) - 1))
    return lines.withColumns(
        {
            # Spark writes a local path as file:/ or file:///, depending on its version.
            _PATH: F.regexp_replace("_metadata.file_path", "^file:/+", "file:///"),
            _BLOCK_START: F.col("_metadata.file_block_start"),
            _POSITION: within_task,
        }
    )


def with_lineage(lines: DataFrame, starts: DataFrame, delivery: Delivery, marker: str) -> DataFrame:
    """Lines from `with_position` with their lineage: line number, file, delivery and run. `starts`: rows of `splits`.

    A line belongs to the split in which it starts, so its number is the line ends before the split plus its position;
    the header is line 0. Lines that consist of the `marker` are no records, and are dropped.
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


def with_line_ends(lines: DataFrame, columns: Iterable[str], stand_ins: Mapping[str, str]) -> DataFrame:
    """Restores the line ends in the cells of the columns, and in malformed lines. `stand_ins`: character -> line end
    that it stands for."""
    written, meant = "".join(stand_ins), "".join(stand_ins.values())
    return lines.withColumns({name: F.translate(name, written, meant) for name in (*columns, c.CORRUPT_RECORD)})


def with_dates_of(lines: DataFrame, date_column: str, reading: DateReading) -> DataFrame:
    """The survey date of each line from its date column; null when the cell cannot be read as a date."""
    return lines.withColumns(
        {
            c.DELIVERED_DATE: day(F.col(date_column), reading),
            c.DELIVERED_DATE_SOURCE: F.lit(COLUMN),
            c.DELIVERED_DATE_PRECISION: F.lit("day"),
        }
    )


def commented(lines: DataFrame, headers: dict[str, str]) -> DataFrame:
    """Adds the original header of each source column as its comment. `headers`: column name -> header."""
    columns = [
        F.col(name).alias(name, metadata={"comment": f"As delivered under '{headers[name]}'"})
        if name in headers
        else F.col(name)
        for name in lines.columns
    ]
    return lines.select(*columns)
