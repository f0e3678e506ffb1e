"""Lookups in mappings of the driver, as Spark columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import Column
from pyspark.sql import functions as F


def looked_up(values: Mapping[str, object], key: Column) -> Column:
    """The value of each row's key; null for an unknown key. `values`: key -> value, not empty."""
    keys_and_values = (F.lit(part) for pair in values.items() for part in pair)
    return F.try_element_at(F.create_map(*keys_and_values), key)


def in_force(steps: Sequence[tuple[date, object]], day: Column) -> Column:
    """The value in force on each row's day.

    `steps`: (first day, value from then on), in order; the first value is also in force before its first day.
    """
    (_, first_value), *later = steps
    return F.coalesce(*(F.when(day >= start, value) for start, value in reversed(later)), F.lit(first_value))
