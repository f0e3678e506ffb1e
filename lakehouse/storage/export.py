"""Views as plain files, for tools that read no Delta: Parquet and CSV, one file each, or one per month."""

from __future__ import annotations

import json
from collections.abc import Iterable

from pyspark.sql import DataFrame, DataFrameWriter, SparkSession
from pyspark.sql import functions as F

from lakehouse.errors import UsageError
from lakehouse.storage.filesystem import is_folder, list_names, move, read_lines, remove, write_text
from lakehouse.storage.frames import without_formulas
from lakehouse.storage.tables.ddl import PERSONAL
from lakehouse.storage.tables.views import ALERTS_VIEW, FLAT_VIEW
from schemas import columns as c

# Lists the files of an export. A folder that holds this file, and none that it does not list, may be replaced.
MANIFEST = "export.json"
_PARTS = "_parts"
_FILE_MONTH = "_file_month"
# Quotes are doubled, as spreadsheets have it, and blanks stay as they are.
_CSV: dict[str, str | bool] = {
    "header": True,
    "escape": '"',
    "ignoreLeadingWhiteSpace": False,
    "ignoreTrailingWhiteSpace": False,
}


def is_exported(view: str) -> bool:
    """Whether a view is exported: all alerts, those of each team, and the flat view."""
    return view == FLAT_VIEW or view.startswith(ALERTS_VIEW)


def export(spark: SparkSession, out: str, views: Iterable[str], with_personal_data: bool) -> dict[str, tuple[int, int]]:
    """Writes the views into a folder, whole or not at all; returns for each the number of its files and of its rows.

    Raises `UsageError` when the folder holds what no export wrote. Everything is written beside the folder first, which
    then takes its place.
    """
    _require_exportable(spark, out)
    parent, _, name = out.rpartition("/")
    new, old = f"{parent}/.{name}.export-new", f"{parent}/.{name}.export-old"
    remove(spark, new)
    try:
        files = {view: _write_view(spark, view, new, with_personal_data) for view in views}
        listed = sorted(file for of_view, _ in files.values() for file in of_view)
        manifest = {"with_personal_data": with_personal_data, "files": listed}
        write_text(spark, f"{new}/{MANIFEST}", json.dumps(manifest, indent=2) + "\n")
        _remove_checksum(spark, new, MANIFEST)
        if is_folder(spark, out):
            remove(spark, old)
            move(spark, out, old)
        move(spark, new, out)
    finally:
        remove(spark, new)
    remove(spark, old)
    return {view: (len(of_view), rows) for view, (of_view, rows) in files.items()}


def _require_exportable(spark: SparkSession, out: str) -> None:
    names = list_names(spark, out)
    if names and not is_folder(spark, out):
        raise UsageError(f"--out {out}: is a file. Name a folder.")
    manifest = json.loads("".join(read_lines(spark, f"{out}/{MANIFEST}")) or "{}")
    foreign = sorted(set(names) - {MANIFEST, *manifest.get("files", ())})
    if foreign:
        raise UsageError(
            f"--out {out}: holds {foreign[0]}, which no export wrote. Name a new folder, or one with an earlier export."
        )


def _write_view(spark: SparkSession, view: str, folder: str, with_personal_data: bool) -> tuple[list[str], int]:
    """Writes one view in both formats; returns the names of the files, and how many rows it has."""
    _, _, name = view.partition(".")
    rows = spark.table(view)
    hidden = () if with_personal_data else PERSONAL
    kept = rows.select(*(column for column in rows.columns if column not in hidden))
    by_month = view == FLAT_VIEW
    parquet = _write_files(spark, kept, folder, name, "parquet", by_month)
    if not parquet:
        return [], 0
    # Read again: the view is computed once, and both formats have the same rows in the same order.
    written = spark.read.parquet(*(f"{folder}/{file}" for file in parquet))
    csv = _write_files(spark, without_formulas(written), folder, name, "csv", by_month)
    return [*parquet, *csv], written.count()


def _write_files(
    spark: SparkSession, rows: DataFrame, folder: str, name: str, file_format: str, by_month: bool
) -> list[str]:
    """Writes rows as one file, or as one per survey month; returns the names of the files."""
    parts = f"{folder}/{_PARTS}"
    _writer(rows, by_month).format(file_format).options(**(_CSV if file_format == "csv" else {})).save(parts)
    prefix = f"{_FILE_MONTH}="
    months = {entry: f"_{entry.removeprefix(prefix)}" for entry in list_names(spark, parts) if entry.startswith(prefix)}
    names = []
    for place, suffix in sorted(months.items()) if by_month else [(".", "")]:
        (part,) = (entry for entry in list_names(spark, f"{parts}/{place}") if entry.startswith("part-"))
        names.append(f"{name}{suffix}.{file_format}")
        move(spark, f"{parts}/{place}/{part}", f"{folder}/{names[-1]}")
        _remove_checksum(spark, folder, names[-1])
    remove(spark, parts)
    return names


def _writer(rows: DataFrame, by_month: bool) -> DataFrameWriter:
    if not by_month:
        return rows.coalesce(1).write
    # The month stays a column of the files too, beside the one that names them.
    with_file = rows.repartition(c.SURVEY_MONTH).withColumn(_FILE_MONTH, F.col(c.SURVEY_MONTH))
    return with_file.write.partitionBy(_FILE_MONTH)


def _remove_checksum(spark: SparkSession, folder: str, name: str) -> None:
    """Removes the file in which Hadoop keeps the checksum of a file on a local disk."""
    remove(spark, f"{folder}/.{name}.crc")
