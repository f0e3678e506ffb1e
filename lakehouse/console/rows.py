"""Rows of a frame on stdout."""

from __future__ import annotations

import csv
import json
import sys

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from lakehouse.console.text import aligned
from lakehouse.errors import UsageError
from lakehouse.storage.frames import without_formulas

# Rows of a printed table; csv and json have no limit.
TABLE_ROWS = 1000


def print_rows(rows: DataFrame, output: str) -> None:
    """Rows on stdout as an aligned table, CSV, or one JSON object per line."""
    try:
        if output == "table":
            _print_table(rows)
        elif output == "csv":
            writer = csv.writer(sys.stdout)
            writer.writerow(rows.columns)
            writer.writerows(without_formulas(rows).toLocalIterator())
        else:
            for row in rows.toLocalIterator():
                print(json.dumps(row.asDict(recursive=True), default=str, ensure_ascii=False))
    except PySparkException as error:
        raise query_error(error) from error


def _print_table(rows: DataFrame) -> None:
    first = rows.limit(TABLE_ROWS + 1).collect()
    if not first:
        print("(no rows)")
        return
    print(aligned(rows.columns, [tuple(row) for row in first[:TABLE_ROWS]]))
    if len(first) > TABLE_ROWS:
        print(f"… first {TABLE_ROWS} rows; --format csv prints all")


def row_of_id(rows: DataFrame, column: str, given: str, if_none: str, way_out: str) -> Row:
    """The row whose id begins as given. Raises `UsageError` when more than one does; when none does, it says
    `if_none`."""
    matching = rows.where(F.startswith(column, F.lit(given.lower()))).limit(2).collect() if given else []
    if len(matching) != 1:
        what = "is the beginning of more than one id" if matching else if_none
        raise UsageError(f"{given}: {what}. `{way_out}` shows the ids.")
    return matching[0]


def query_error(error: PySparkException) -> UsageError:
    """A statement that Spark could not run, as one line."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return UsageError(f"the query failed (only reading statements are taken): {lines[0] if lines else error}")
