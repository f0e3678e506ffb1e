"""Values that the driver knows, as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import Column
from pyspark.sql import functions as F


def looked_up(values: Mapping[str, object], key: Column) -> Column:
    """The value of each row's key; null for a key that has none. `values` must not be empty."""
    return F.try_element_at(F.create_map(*(F.lit(part) for pair in values.items() for part in pair)), key)


def in_force(steps: Sequence[tuple[date, object]], day: Column) -> Column:
    """The value in force on each row's day. `steps`: first day -> value, in order; the first one holds before, too."""
    (_, first), *later = steps
    return F.coalesce(*(F.when(day >= start, value) for start, value in reversed(later)), F.lit(first))
