"""What must hold between the tables of a warehouse, counted on the tables themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.bronze import LINE


def repeated_keys(table: DataFrame, keys: Sequence[str]) -> int:
    """Keys that more than one row has."""
    return table.groupBy(*keys).count().where(F.col("count") > 1).count()


def lines_in_two_places(places: Iterable[DataFrame]) -> int:
    """Delivered lines that are in more than one of the places, or twice in one."""
    line = LINE
    return repeated_keys(reduce(DataFrame.unionByName, (place.select(*line) for place in places)), line)


def unmatched(one: DataFrame, other: DataFrame, keys: Sequence[str]) -> tuple[int, int]:
    """Distinct keys of each side that the other lacks."""
    sides = one.select(*keys).distinct().withColumn("one", F.lit(1))
    others = other.select(*keys).distinct().withColumn("other", F.lit(1))
    joined = sides.join(others, on=list(keys), how="full")
    found = joined.agg(F.count_if(F.col("other").isNull()), F.count_if(F.col("one").isNull())).head()
    assert found is not None
    return found[0], found[1]


def counted_by(table: DataFrame, keys: Sequence[str | Column], **measures: Column) -> dict[tuple[object, ...], object]:
    """Keys -> measures, in the order given; for tables of few keys."""
    rows = table.groupBy(*keys).agg(*(measure.alias(name) for name, measure in measures.items())).collect()
    return {tuple(row)[: len(keys)]: tuple(row)[len(keys) :] for row in rows}


def differences(
    one: Mapping[tuple[object, ...], object], other: Mapping[tuple[object, ...], object], names: tuple[str, str]
) -> Iterator[str]:
    """Each key for which the two sides say something else, in words."""
    for key in sorted(one.keys() | other.keys(), key=str):
        if one.get(key) != other.get(key):
            shown = ", ".join(map(str, key))
            yield f"{shown}: {names[0]} {one.get(key)}, {names[1]} {other.get(key)}"
