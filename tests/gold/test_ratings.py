"""Long ratings: one row per response and question asked."""

from __future__ import annotations

from chispa import assert_df_equality
from pyspark.sql import SparkSession

from lakehouse.gold.dimensions import questions
from lakehouse.gold.facts import asked_columns
from lakehouse.gold.ratings import count_answers, ratings, with_answers
from lakehouse.storage.frames import frame_of
from tests.support.data.three_questions import CATALOGUE, QUESTIONNAIRES, silver_rows


def test_one_long_row_per_question_asked(spark: SparkSession) -> None:
    answers = with_answers(silver_rows(spark), CATALOGUE, asked_columns(CATALOGUE, QUESTIONNAIRES))
    expected = [
        (11, "wifi", 5, "answered"),
        (11, "seat", 3, "answered"),
        (12, "wifi", None, "not_applicable"),
        (12, "seat", None, "unanswered"),
        (13, "wifi", 4, "answered"),
        (13, "gate", None, "unanswered"),
        (14, "wifi", 2, "answered"),
        (14, "gate", None, "not_applicable"),
        (15, "wifi", 1, "answered"),
        (15, "seat", 1, "answered"),
    ]
    long = ratings(answers)
    assert_df_equality(
        long.select("response_key", "question", "rating", "answer_state"),
        frame_of(spark, expected, "response_key bigint, question string, rating int, answer_state string"),
        ignore_row_order=True,
        ignore_nullable=True,
    )
    assert answers.select(count_answers(answers)).collect()[0][0] == len(expected)
    known = {(row[0], row[1]) for row in questions(CATALOGUE)}
    assert {tuple(row) for row in long.select("question_key", "question").distinct().collect()} == known
