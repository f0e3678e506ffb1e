"""Frames and rows have exactly the columns of their schema."""

from __future__ import annotations

import pytest
from chispa import assert_df_equality
from pyspark.sql import SparkSession
from pyspark.sql.types import LongType, StringType, StructField, StructType

from lakehouse.contracts import conform_to, row_of
from lakehouse.errors import MissingColumnsError
from lakehouse.storage.frames import frame_of

SCHEMA = StructType([StructField("id", LongType()), StructField("name", StringType())])


def test_a_frame_gets_the_columns_of_its_contract(spark: SparkSession) -> None:
    given = frame_of(spark, [("a", 1, True)], "name string, id int, more boolean")
    assert_df_equality(conform_to(given, "layer.t", SCHEMA), frame_of(spark, [(1, "a")], SCHEMA))
    with pytest.raises(MissingColumnsError, match=r"layer\.t: missing column\(s\) name\. Present: id"):
        conform_to(given.select("id"), "layer.t", SCHEMA)


@pytest.mark.no_spark
def test_a_row_is_given_by_name() -> None:
    assert row_of(SCHEMA, name="a", id=1) == (1, "a")
    for values in ({"id": 1}, {"id": 1, "name": "a", "more": 2}):
        with pytest.raises(ValueError, match=r"differ in (name|more)$"):
            row_of(SCHEMA, **values)
