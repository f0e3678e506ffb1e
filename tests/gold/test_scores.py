"""Ratings to scores, by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from chispa.column_comparer import assert_column_equality
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from lakehouse.gold.scores import (
    Concepts,
    answer_state,
    answered_concepts,
    applicable,
    concepts_of,
    service_index,
    weighted_score,
)
from lakehouse.storage.frames import frame_of
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.questions import Question, Version
from tests.support.catalogues import question

WEIGHTS = {"a": 1.5, "b": 1.0, "c": 0.5, "d": 1.0}


def four(**asked: Column) -> Concepts:
    return Concepts(
        {name: applicable(F.col(name), (0,)).cast("double") for name in WEIGHTS},
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
    frame = frame_of(spark, [ratings], "a int, b int, c int, d int")
    row = frame.select(service_index(four()), weighted_score(four())).head()
    assert row is not None
    assert list(row) == [value if value is None else pytest.approx(value, abs=1e-9) for value in (index, weighted)]


def test_a_question_that_was_not_asked_does_not_count(spark: SparkSession) -> None:
    frame = frame_of(spark, [(5, None, None, None)], "a int, b int, c int, d int")
    asked = four(b=F.lit(False), c=F.lit(False))
    row = frame.select(service_index(asked), service_index(four())).head()
    assert row is not None
    assert list(row) == [100.0, None]


def test_answer_state(spark: SparkSession) -> None:
    cases = [(None, "unanswered"), (0, "not_applicable"), (1, "answered"), (5, "answered")]
    frame = frame_of(spark, cases, "rating int, expected string")
    assert_column_equality(frame.withColumn("actual", answer_state(F.col("rating"), (0,))), "actual", "expected")


def test_a_question_may_have_codes_of_its_own_or_none(spark: SparkSession) -> None:
    cases = [(9, None, 9, "not_applicable"), (0, 0, 0, None), (4, 4, 4, "answered"), (None, None, None, "unanswered")]
    frame = frame_of(spark, cases, "rating int, with_nine int, without int, state string")
    rating = F.col("rating")
    assert_column_equality(frame.withColumn("actual", applicable(rating, (9,))), "actual", "with_nine")
    assert_column_equality(frame.withColumn("actual", applicable(rating, ())), "actual", "without")
    assert_column_equality(frame.withColumn("actual", answer_state(rating, (9,))), "actual", "state")


JULY: dict[str, Any] = {"valid_from": date(2025, 7, 1), "change": "split", "comparability": "mean_only"}
SPLIT = Catalogue(
    (),
    (
        question("food", valid_to=date(2025, 6, 30)),
        question("meal", concept="food", predecessors={"food": 0.75}, **JULY),
        question("snack", concept="food", predecessors={"food": 0.25}, **JULY),
        question("seat"),
    ),
    ("",),
    ("team",),
)


@pytest.mark.parametrize(
    ("asked", "ratings", "index", "answered"),
    [
        # The whole, as long as only it was asked: (5 + 3) / 2 = 4.
        ("food seat", (5, None, None, 3), 75.0, 2),
        # The parts by share: 0.75*5 + 0.25*1 = 4; (4 + 2) / 2 = 3.
        ("meal snack seat", (None, 5, 1, 2), 50.0, 2),
        # Both parts as the whole would have been: the same score as in the first case.
        ("meal snack seat", (None, 5, 5, 3), 75.0, 2),
        # A part that is not applicable leaves its share to the other: (1 + 3) / 2 = 2.
        ("meal snack seat", (None, 0, 1, 3), 25.0, 2),
        # Of both the parts count: they are the newer questions. 0.75*4 + 0.25*4 = 4; (4 + 4) / 2 = 4.
        ("food meal snack seat", (1, 4, 4, 4), 75.0, 2),
        # Parts that were asked and not applicable leave no value, whatever the whole says: one of two is half.
        ("food meal snack seat", (1, 0, 0, 4), 75.0, 1),
        # One concept of one asked.
        ("meal snack", (None, 2, 2, None), 25.0, 1),
        ("seat", (None, None, None, 5), 100.0, 1),
    ],
)
def test_a_split_question_is_one_concept(
    spark: SparkSession, asked: str, ratings: tuple[int | None, ...], index: float, answered: int
) -> None:
    frame = frame_of(spark, [ratings], "food int, meal int, snack int, seat int")
    of = concepts_of(SPLIT, {name: F.lit(name in asked.split()) for name in SPLIT.question_ids})
    row = frame.select(service_index(of), answered_concepts(of)).head()
    assert row is not None
    assert list(row) == [pytest.approx(index, abs=1e-9), answered]


def test_a_new_weight_applies_from_its_day(spark: SparkSession) -> None:
    old = Version("Gate", "gate", 1.0, "why", date(2020, 1, 1), date(2025, 6, 30))
    new = Version("Gate", "gate", 3.0, "why", date(2025, 7, 1))
    catalogue = Catalogue((), (Question("gate", (), "gate", (old, new)), question("seat")), ("",), ("team",))
    of = concepts_of(catalogue, {"gate": F.lit(True), "seat": F.lit(True)})
    rows = [(date(2019, 1, 1), 5, 1), (date(2025, 6, 30), 5, 1), (date(2025, 7, 1), 5, 1)]
    frame = frame_of(spark, rows, "survey_date date, gate int, seat int")
    # (5 + 1) / 2 = 3; (3*5 + 1) / 4 = 4
    assert [row[0] for row in frame.select(weighted_score(of)).collect()] == [50.0, 50.0, 75.0]
