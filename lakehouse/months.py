"""A month as every table names it: YYYY-MM."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F


def month_of(day: str) -> Column:
    """The month of a column of days; null for none."""
    return F.date_format(day, "yyyy-MM")
