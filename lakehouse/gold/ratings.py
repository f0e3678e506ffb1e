"""Wide ratings to long: one row per response and question asked."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.gold.dimensions import question_key
from lakehouse.gold.scores import answer_state, applicable
from lakehouse.lookups import in_force
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.questions import Question
from schemas import columns as c

_ANSWERS = "_answers"


def with_answers(facts: DataFrame, catalogue: Catalogue, asked: Mapping[str, Column]) -> DataFrame:
    """Adds `_answers`: one struct per question asked of the response."""
    answers = [F.when(asked[question.id], _answer(question)) for question in catalogue.questions]
    return facts.withColumn(_ANSWERS, F.array_compact(F.array(*answers)))


def _answer(question: Question) -> Column:
    rating = F.col(question.id)
    return F.struct(
        _key(question).cast("bigint").alias(c.QUESTION_KEY),
        F.lit(question.id).alias(c.QUESTION),
        applicable(rating, question.not_applicable).alias(c.RATING),
        answer_state(rating, question.not_applicable).alias(c.ANSWER_STATE),
    )


def _key(question: Question) -> Column:
    """Key of the question version that was valid on the survey date."""
    keys = [(version.valid_from, question_key(question.id, version.valid_from)) for version in question.versions]
    return in_force(keys, F.col(c.SURVEY_DATE))


def ratings(with_answers: DataFrame) -> DataFrame:
    """One row per response and question asked, with `rating` 1-5 or null and the answer's state."""
    return with_answers.select(c.RESPONSE_KEY, c.SURVEY_MONTH, c.BUILT_FROM, F.inline(_ANSWERS))


def count_answers(with_answers: DataFrame) -> Column:
    """Number of rows that `ratings` makes of the frame, as an aggregate."""
    return F.coalesce(F.sum(F.size(with_answers[_ANSWERS])), F.lit(0))
