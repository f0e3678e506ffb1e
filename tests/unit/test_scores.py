"""Ratings to scores, by hand."""

from __future__ import annotations

import pytest
from chispa.column_comparer import assert_column_equality
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from lakehouse.gold.scores import Concepts, answer_state, applicable, service_index, weighted_score

SCALE = (1, 5)
WEIGHTS = {"a": 1.5, "b": 1.0, "c": 0.5, "d": 1.0}


def concepts(**asked: Column) -> Concepts:
    return Concepts(
        {name: applicable(F.col(name), 0).cast("double") for name in WEIGHTS},
        WEIGHTS,
        {name: asked.get(name, F.lit(True)) for name in WEIGHTS},
    )


@pytest.mark.parametrize(
    ("ratings", "index", "weighted"),
    [
        # (5 + 3 + 1 + 3) / 4 = 3; (1.5*5 + 3 + 0.5*1 + 3) / 4 = 3.5
        ((5, 3, 1, 3), 50.0, 62.5),
        # 0 is no rating: (5 + 3) / 2 = 4; (7.5 + 3) / 2.5 = 4.2
        ((5, 3, 0, 0), 75.0, 80.0),
        # No answer counts like "not applicable"; two of four are just enough.
        ((5, 3, None, 0), 75.0, 80.0),
        ((5, 0, None, 0), None, None),
        ((0, 0, 0, 0), None, None),
        ((1, 1, 1, 1), 0.0, 0.0),
        ((5, 5, 5, 5), 100.0, 100.0),
    ],
)
def test_scores_over_the_answered_concepts(
    spark: SparkSession, ratings: tuple[int | None, ...], index: float | None, weighted: float | None
) -> None:
    frame = spark.createDataFrame([ratings], "a int, b int, c int, d int")
    row = frame.select(service_index(concepts(), SCALE), weighted_score(concepts(), SCALE)).head()
    assert row is not None
    assert list(row) == [value if value is None else pytest.approx(value, abs=1e-9) for value in (index, weighted)]


def test_a_question_that_was_not_asked_does_not_count(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(5, None, None, None)], "a int, b int, c int, d int")
    asked = concepts(b=F.lit(False), c=F.lit(False))
    row = frame.select(service_index(asked, SCALE), service_index(concepts(), SCALE)).head()
    assert row is not None
    assert list(row) == [100.0, None]


def test_answer_state(spark: SparkSession) -> None:
    cases = [(None, "unanswered"), (0, "not_applicable"), (1, "answered"), (5, "answered")]
    frame = spark.createDataFrame(cases, "rating int, expected string")
    assert_column_equality(frame.withColumn("actual", answer_state(F.col("rating"), 0)), "actual", "expected")
