"""Counts that compare the tables of a warehouse with each other: repeated, unmatched and differing keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.bronze import LINE


def repeated_keys(table: DataFrame, keys: Sequence[str]) -> int:
    """Number of keys that more than one row has."""
    return table.groupBy(*keys).count().where(F.col("count") > 1).count()


def lines_in_two_places(tables: Iterable[DataFrame]) -> int:
    """Number of delivered lines that are in more than one of the tables, or twice in one of them."""
    lines = reduce(DataFrame.unionByName, (table.select(*LINE) for table in tables))
    return repeated_keys(lines, LINE)


def unmatched(left: DataFrame, right: DataFrame, keys: Sequence[str]) -> tuple[int, int]:
    """Number of distinct keys that only `left` has, and that only `right` has."""
    left_keys = left.select(*keys).distinct().withColumn("in_left", F.lit(1))
    right_keys = right.select(*keys).distinct().withColumn("in_right", F.lit(1))
    joined = left_keys.join(right_keys, on=list(keys), how="full")
    counts = joined.agg(F.count_if(F.col("in_right").isNull()), F.count_if(F.col("in_left").isNull())).head()
    assert counts is not None
    return counts[0], counts[1]


def counted_by(table: DataFrame, keys: Sequence[str | Column], **measures: Column) -> dict[tuple[object, ...], object]:
    """Values of the keys -> values of the measures, both in the order given. Collects one row per key."""
    rows = table.groupBy(*keys).agg(*(measure.alias(name) for name, measure in measures.items())).collect()
    return {tuple(row)[: len(keys)]: tuple(row)[len(keys) :] for row in rows}


def differences(
    left: Mapping[tuple[object, ...], object], right: Mapping[tuple[object, ...], object], names: tuple[str, str]
) -> Iterator[str]:
    """Each key whose measures differ between the two sides, in words. `names`: what to call the sides."""
    for key in sorted(left.keys() | right.keys(), key=str):
        if left.get(key) != right.get(key):
            shown = ", ".join(map(str, key))
            yield f"{shown}: {names[0]} {left.get(key)}, {names[1]} {right.get(key)}"
