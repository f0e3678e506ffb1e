"""Parses delivered cells. Spark's casts are not used: they turn `18.0` into null and read `now` as a date."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pyspark.sql import Column
from pyspark.sql import functions as F

from lakehouse.survey.catalogue import MAX_ID_DIGITS

# Characters that are trimmed from both ends of a cell.
BLANKS = " \t\r"
_AROUND = "[ \\t\\r]*"
# Not `$`: in Java it also matches before a final line separator, and the cast that follows would fail on that.
_END = r"\z"
_MAX_DIGITS = 9


def is_missing(cell: Column, missing: Iterable[str]) -> Column:
    """Whether a cell has no value: null, only blanks, or one of the words for "no value" in any case."""
    words = "|".join(re.escape(word) for word in missing if word)
    return cell.isNull() | cell.rlike(f"(?iu)^{_AROUND}({words})?{_AROUND}{_END}")


def whole_number(cell: Column, max_digits: int = _MAX_DIGITS, signed: bool = True) -> Column:
    """The whole number in a cell; null for anything else (`1e3`, `NaN`, `now`).

    `18.0` is 18: some exports add a decimal to columns that have empty cells.
    """
    digits = f"{'-?' if signed else ''}[0-9]{{1,{max_digits}}}"
    # Nearly every cell is plain digits; the slower regular expression is for the others.
    trimmed = F.nullif(F.regexp_extract(cell, f"^{_AROUND}({digits})(\\.0+)?{_AROUND}{_END}", 1), F.lit(""))
    text = F.when(cell.rlike(f"^{digits}{_END}"), cell).otherwise(trimmed)
    return text.cast("int" if max_digits == _MAX_DIGITS else "bigint")


def identifier(cell: Column) -> Column:
    """The identifier in a cell, as bigint; null for anything else."""
    return whole_number(cell, MAX_ID_DIGITS, signed=False)
