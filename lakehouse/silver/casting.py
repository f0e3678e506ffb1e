"""Delivered text to typed values, by rules of our own; what cannot be cast becomes null beside its text.

Spark's casts would turn `18.0` into null and read `now` as a date: both are decided here instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c

TEXT_SUFFIX = "__text"
WHOLE_NUMBER = r"^-?[0-9]{1,9}$"
IDENTIFIER = r"^[0-9]{1,18}$"
_BLANKS = " \t\r"


def canonical_text(cell: Column, missing: Iterable[str]) -> Column:
    """The cell without surrounding blanks; null when it is empty or one of the words for "no value"."""
    text = F.btrim(cell, F.lit(_BLANKS))
    words = sorted({word.lower() for word in missing} | {""})
    return F.when(~F.lower(text).isin(words), text)


def number_text(text: Column) -> Column:
    """`18.0` is written `18`: some exports add a decimal to columns that have empty cells."""
    return F.regexp_replace(text, r"^(-?[0-9]+)\.0+$", "$1")


def whole_number(text: Column) -> Column:
    """The integer that a canonical text says; null for anything else (`1e3`, `NaN`, `now`)."""
    return F.when(text.rlike(WHOLE_NUMBER), text).cast("int")


def identifier(text: Column) -> Column:
    """The identifier that a canonical text says, as bigint; null for anything else."""
    return F.when(text.rlike(IDENTIFIER), text).cast("bigint")


def category(text: Column, spellings: Mapping[str, str]) -> Column:
    """The canonical word for a text; an unknown word stays as it is. `spellings`: lower case -> canonical."""
    lookup = F.create_map(*(F.lit(word) for pair in spellings.items() for word in pair))
    return F.coalesce(F.try_element_at(lookup, F.lower(text)), text)


def typed(bronze: DataFrame, catalogue: Catalogue) -> DataFrame:
    """One row per bronze row: every catalogued column typed, numbers with their text in `<column>__text`,
    `survey_date`, lineage, and `raw` (the line as delivered, as JSON text)."""
    values: dict[str, Column] = {}
    for column in catalogue.columns:
        if column.type == "date":
            continue
        text = canonical_text(_delivered(bronze, catalogue.aliases(column.name)), catalogue.missing_values)
        if column.type == "category":
            values[column.name] = category(text, column.spellings)
        else:
            values |= _number(column.name, text)
    for question in catalogue.question_ids:
        text = canonical_text(_delivered(bronze, catalogue.aliases(question)), catalogue.missing_values)
        values |= _number(question, text)
    return bronze.select(
        *(value.alias(name) for name, value in values.items()),
        F.col(c.DELIVERED_DATE).alias(c.SURVEY_DATE),
        F.col(c.DELIVERED_DATE_SOURCE).alias(c.SURVEY_DATE_SOURCE),
        F.col(c.DELIVERED_DATE_PRECISION).alias(c.SURVEY_DATE_PRECISION),
        F.to_json(F.struct(*_delivered_columns(bronze))).alias(c.RAW),
        *(c.SOURCE_FILE, c.SOURCE_SHA256, c.SOURCE_ROW, c.SOURCE_HEADER, c.CORRUPT_RECORD, c.DELIVERY, c.RUN_ID),
    )


def _number(name: str, text: Column) -> dict[str, Column]:
    canonical = number_text(text)
    return {f"{name}{TEXT_SUFFIX}": canonical, name: identifier(canonical) if name == c.ID else whole_number(canonical)}


def _delivered(bronze: DataFrame, aliases: Iterable[str]) -> Column:
    present = [F.col(alias) for alias in aliases if alias in bronze.columns]
    return F.coalesce(*present) if present else F.lit(None).cast("string")


def _delivered_columns(bronze: DataFrame) -> list[str]:
    return [name for name in bronze.columns if not name.startswith("_") or name == c.CORRUPT_RECORD]
