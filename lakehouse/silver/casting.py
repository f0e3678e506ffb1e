"""Delivered text to typed values.

Spark's casts are not used: they would turn `18.0` into null and read `now` as a date. A cell that cannot be read as
its column's type becomes null, and its text is kept in a helper column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.cells import day, identifier, is_missing, rating, trimmed, whole_number
from lakehouse.lookups import looked_up
from lakehouse.months import is_beyond
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.dates import COLUMN, ParsedDate
from schemas import columns as c

_CELL_SUFFIX = "__cell"


def category(cell: Column, values: Mapping[str, tuple[str, ...]], spellings: Mapping[str, str]) -> Column:
    """The canonical word for a cell that is not missing; an unknown word stays as it is, trimmed.

    `values` has the canonical words as keys; `spellings`: every known word in lower case -> canonical.
    """
    text = trimmed(cell)
    return F.when(cell.isin(*values), cell).otherwise(F.coalesce(looked_up(spellings, F.lower(text)), text))


def typed(bronze: DataFrame, catalogue: Catalogue) -> DataFrame:
    """One row per bronze row: every column of the catalogue typed, its `survey_date`, and its lineage.

    Helper columns tell the rules why a value is null: `<column>__unread`, the text of a cell that is no number or date;
    `<column>__given`, for required columns, whether the cell holds a value; `survey_date__beyond`, a date that no
    response can have; and `_is_malformed`.
    """
    cells = {
        name: _delivered(bronze, catalogue.aliases(name)).alias(f"{name}{_CELL_SUFFIX}")
        for name in (*(column.name for column in catalogue.columns if column.type != "date"), *catalogue.question_ids)
    }
    numbers = tuple(dict.fromkeys((c.ID, *catalogue.of_type("whole_number"), *catalogue.question_ids)))
    unread_date = _unread_date(_delivered(bronze, catalogue.aliases(c.SURVEY_DATE)), catalogue.missing_values)
    with_numbers = bronze.select(*cells.values(), unread_date, *_lineage()).withColumns(_numbers(catalogue))
    return with_numbers.select(
        *(_categories(catalogue)),
        *numbers,
        *(_unread(name, catalogue.missing_values) for name in numbers),
        *(
            (~is_missing(_cell(name), catalogue.missing_values)).alias(f"{name}{c.GIVEN_SUFFIX}")
            for name in catalogue.required
        ),
        *(name for name in with_numbers.columns if name not in numbers and not name.endswith(_CELL_SUFFIX)),
    )


def with_dates(bronze: DataFrame, catalogue: Catalogue) -> DataFrame:
    """Bronze rows, with the survey date of files that have a date column as the catalogue reads it now.

    Bronze keeps what was known when the line was loaded: a catalogue that was mended since reads its cell anew.
    """
    cell = _delivered(bronze, catalogue.aliases(c.SURVEY_DATE))
    has_column = F.col(c.DELIVERED_DATE_SOURCE) == COLUMN
    read = F.when(has_column, day(cell, catalogue.column(c.SURVEY_DATE).dates)).otherwise(F.col(c.DELIVERED_DATE))
    return bronze.withColumn(c.DELIVERED_DATE, read)


def with_redated(bronze: DataFrame, redated: Mapping[str, ParsedDate]) -> DataFrame:
    """Bronze rows, with the survey date replaced for files that were redated. `redated`: SHA-256 -> date."""
    if not redated:
        return bronze
    day = looked_up({sha: one.date for sha, one in redated.items()}, F.col(c.SOURCE_SHA256))
    precision = looked_up({sha: one.precision for sha, one in redated.items()}, F.col(c.SOURCE_SHA256))
    return bronze.withColumns(
        {
            c.DELIVERED_DATE: F.coalesce(day, c.DELIVERED_DATE),
            c.DELIVERED_DATE_SOURCE: F.when(day.isNotNull(), "argument").otherwise(F.col(c.DELIVERED_DATE_SOURCE)),
            c.DELIVERED_DATE_PRECISION: F.coalesce(precision, c.DELIVERED_DATE_PRECISION),
        }
    )


def _lineage() -> list[Column]:
    return [
        F.col(c.DELIVERED_DATE).alias(c.SURVEY_DATE),
        F.col(c.DELIVERED_DATE_SOURCE).alias(c.SURVEY_DATE_SOURCE),
        F.col(c.DELIVERED_DATE_PRECISION).alias(c.SURVEY_DATE_PRECISION),
        *map(F.col, (c.SOURCE_FILE, c.SOURCE_SHA256, c.SOURCE_ROW, c.SOURCE_HEADER, c.DELIVERY, c.RUN_ID)),
        F.col(c.CORRUPT_RECORD).isNotNull().alias(c.IS_MALFORMED),
        _beyond(F.col(c.DELIVERED_DATE)).alias(c.SURVEY_DATE + c.BEYOND_SUFFIX),
    ]


def _cell(name: str) -> Column:
    return F.col(f"{name}{_CELL_SUFFIX}")


def _numbers(catalogue: Catalogue) -> dict[str, Column]:
    """Ids, and every number column and question as a number."""
    columns = {
        name: whole_number(_cell(name), catalogue.column(name).numbers) for name in catalogue.of_type("whole_number")
    }
    ratings = {
        question.id: rating(_cell(question.id), question.words, catalogue.numbers) for question in catalogue.questions
    }
    return columns | {c.ID: _id(catalogue)} | ratings


def _id(catalogue: Catalogue) -> Column:
    cell = _cell(c.ID)
    if catalogue.ids_are_text:
        return F.when(~is_missing(cell, catalogue.missing_values), trimmed(cell))
    return identifier(cell)


def _categories(catalogue: Catalogue) -> Iterable[Column]:
    for column in catalogue.columns:
        if column.type == "category":
            cell = _cell(column.name)
            word = category(cell, column.values, column.spellings)
            yield F.when(~is_missing(cell, catalogue.missing_values), word).alias(column.name)


def _unread(name: str, missing: Iterable[str]) -> Column:
    cell = _cell(name)
    is_unread = F.col(name).isNull() & ~is_missing(cell, missing)
    return F.when(is_unread, trimmed(cell)).alias(f"{name}{c.UNREAD_SUFFIX}")


def _beyond(day: Column) -> Column:
    return F.when(is_beyond(day), day)


def _unread_date(cell: Column, missing: Iterable[str]) -> Column:
    is_unread = F.col(c.DELIVERED_DATE).isNull() & ~is_missing(cell, missing)
    return F.when(is_unread, trimmed(cell)).alias(f"{c.SURVEY_DATE}{c.UNREAD_SUFFIX}")


def _delivered(bronze: DataFrame, aliases: Iterable[str]) -> Column:
    present = [F.col(alias) for alias in aliases if alias in bronze.columns]
    return F.coalesce(*present) if present else F.lit(None).cast("string")
