"""Delivered cells as values, by rules of our own: Spark would cast `18.0` to null and read `now` as a date."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pyspark.sql import Column
from pyspark.sql import functions as F

from lakehouse.survey.catalogue import MAX_ID_DIGITS

# What may stand around a value in a cell.
BLANKS = " \t\r"
_AROUND = "[ \\t\\r]*"
# Java's `$` matches before a last line separator too, which the cast that follows would not take.
_END = r"\z"
_MAX_DIGITS = 9


def is_missing(cell: Column, missing: Iterable[str]) -> Column:
    """Whether a cell holds nothing: null, only blanks, or one of the words for "no value" in any case."""
    words = "|".join(re.escape(word) for word in missing if word)
    return cell.isNull() | cell.rlike(f"(?iu)^{_AROUND}({words})?{_AROUND}{_END}")


def whole_number(cell: Column, max_digits: int = _MAX_DIGITS, signed: bool = True) -> Column:
    """The whole number that a cell says; null for anything else (`1e3`, `NaN`, `now`).

    `18.0` is 18: some exports add a decimal to columns that have empty cells.
    """
    digits = f"{'-?' if signed else ''}[0-9]{{1,{max_digits}}}"
    # Nearly every cell is plain digits already; only the others are worth a closer look.
    odd = F.nullif(F.regexp_extract(cell, f"^{_AROUND}({digits})(\\.0+)?{_AROUND}{_END}", 1), F.lit(""))
    text = F.when(cell.rlike(f"^{digits}{_END}"), cell).otherwise(odd)
    return text.cast("int" if max_digits == _MAX_DIGITS else "bigint")


def identifier(cell: Column) -> Column:
    """The identifier that a cell says, as bigint; null for anything else."""
    return whole_number(cell, MAX_ID_DIGITS, signed=False)
