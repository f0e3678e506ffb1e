"""Parses delivered cells. Spark's casts are not used: they turn `18.0` into null and read `now` as a date.

`lakehouse.survey.numbers` and `lakehouse.survey.date_patterns` read single texts in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F

from lakehouse.lookups import looked_up
from lakehouse.survey.catalogue import MAX_ID_DIGITS
from lakehouse.survey.date_patterns import ISO_DAY, ISO_OFFSET, ISO_TIME, DateReading
from lakehouse.survey.numbers import AROUND, BLANKS, MAX_DIGITS, PLAIN, NumberMarks

# Not `$`: in Java it also matches before a final line separator, and the cast that follows would fail on that.
_END = r"\z"
_DAY_FORMAT = "yyyy-MM-dd"


def trimmed(cell: Column) -> Column:
    """The text of a cell without the blanks around it."""
    return F.btrim(cell, F.lit(BLANKS))


def is_missing(cell: Column, missing: Iterable[str]) -> Column:
    """Whether a cell has no value: null, only blanks, or one of the words for "no value" in any case."""
    words = "|".join(re.escape(word) for word in missing if word)
    return cell.isNull() | cell.rlike(f"(?iu)^{AROUND}({words})?{AROUND}{_END}")


def whole_number(cell: Column, marks: NumberMarks = PLAIN, max_digits: int = MAX_DIGITS, signed: bool = True) -> Column:
    """The whole number in a cell; null for anything else (`1e3`, `NaN`, `now`).

    `18.0` is 18: some exports add a decimal to columns that have empty cells.
    """
    # Nearly every cell is plain digits; the slower regular expression is for the others.
    is_plain = cell.rlike(f"^{'-?' if signed else ''}[0-9]{{1,{max_digits}}}{_END}")
    found = F.regexp_extract(cell, f"^{AROUND}{marks.shape(max_digits, signed)}{AROUND}{_END}", 1)
    if marks.thousands:
        found = F.translate(found, marks.thousands_characters, "")
    text = F.when(is_plain, cell).otherwise(F.nullif(found, F.lit("")))
    return text.cast("int" if max_digits == MAX_DIGITS else "bigint")


def rating(cell: Column, words: Mapping[str, int], marks: NumberMarks = PLAIN) -> Column:
    """The rating in a cell: a whole number, or the one that a word stands for; null for anything else.

    `words`: word in lower case -> rating.
    """
    number = whole_number(cell, marks)
    return F.coalesce(number, looked_up(words, F.lower(trimmed(cell)))) if words else number


def identifier(cell: Column) -> Column:
    """The identifier in a cell, as bigint; null for anything else."""
    return whole_number(cell, max_digits=MAX_ID_DIGITS, signed=False)


def day(cell: Column, reading: DateReading) -> Column:
    """The day in a cell; null for anything else. Spark's cast would also accept `2024` and, in some versions, `now`."""
    text = trimmed(cell)
    if reading.patterns:
        return F.coalesce(*(F.try_to_date(text, pattern) for pattern in reading.patterns))
    # Nearly every cell is a day alone. A time stamp without a zone has the day that it names, whatever the zone.
    return (
        F.when(cell.rlike(f"^{ISO_DAY}{_END}"), F.try_to_date(cell, _DAY_FORMAT))
        .when(text.rlike(f"^{ISO_DAY}(?:{ISO_TIME})?{_END}"), F.try_to_date(F.left(text, F.lit(10)), _DAY_FORMAT))
        .when(text.rlike(f"^{ISO_DAY}{ISO_TIME}{ISO_OFFSET}{_END}"), _day_in(reading.time_zone, text))
    )


def _day_in(time_zone: str, stamp: Column) -> Column:
    """The day of an ISO time stamp with a zone, as it is counted in another zone."""
    # Spark needs seconds before a zone.
    moment = F.try_to_timestamp(F.regexp_replace(stamp, "^(.{16})(?=[Z +-])", "$1:00"))
    return F.convert_timezone(None, F.lit(time_zone), moment).cast("date")
