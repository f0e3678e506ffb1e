"""Months as text, in the form that every table uses: YYYY-MM."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F


def month_of(day: str) -> Column:
    """The month of a date column, as YYYY-MM; null when the date is null."""
    return F.date_format(day, "yyyy-MM")
