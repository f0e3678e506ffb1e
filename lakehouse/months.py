"""Survey dates as columns: their months, in the form that every table uses (YYYY-MM), and their bounds."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from lakehouse.survey.dates import DAYS_AHEAD, FIRST_DAY
from schemas import columns as c


def month_of(day: str) -> Column:
    """The month of a date column, as YYYY-MM; null when the date is null."""
    return F.date_format(day, "yyyy-MM")


def is_beyond(day: Column) -> Column:
    """Whether no response can have this survey date: it is older than any survey, or later than the day after its line
    was loaded; null when the date is null.

    The day of loading stands in bronze, so that a rebuild gives the same answer, whenever it is.
    """
    return (day < F.lit(FIRST_DAY)) | (day > F.date_add(F.to_date(c.INGESTED_AT), DAYS_AHEAD))
