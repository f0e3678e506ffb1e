"""Additive metrics per period and segment, from one pass over the responses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.gold.scores import applicable
from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c

# The airlines' usual meaning of "late", in minutes.
LATE_MINUTES = 15
LOW, TOP = 2, 4
_CELL = (c.SURVEY_MONTH, c.BUILT_FROM, c.CLASS, c.TRAVEL_TYPE, c.CUSTOMER_TYPE)
_QUESTIONS = "_questions"
_DECIMAL = "decimal(24,10)"


def cells(facts: DataFrame, catalogue: Catalogue, asked: Mapping[str, Column]) -> DataFrame:
    """One row per month, class, travel type and customer type: the measures of all responses in it, and
    `_questions`, the measures of each question. Tiny: everything below is added up from it."""
    per_question = [_question(q, asked[q], catalogue.not_applicable) for q in catalogue.question_ids]
    return facts.groupBy(*_CELL).agg(*_responses(), F.array(*per_question).alias(_QUESTIONS))


def _responses() -> Iterable[Column]:
    reported = ~F.col(c.ARRIVAL_DELAY_IS_IMPUTED)
    has_index = F.col(c.SERVICE_INDEX).isNotNull()
    measures = {
        c.N: F.count("*"),
        "n_satisfied": F.count_if(F.col(c.IS_SATISFIED)),
        "n_service_index": F.count_if(has_index),
        # Decimals add up to the same sum in any order.
        "sum_service_index": _sum(F.col(c.SERVICE_INDEX).cast(_DECIMAL)),
        "sum_weighted_score": _sum(F.col(c.WEIGHTED_SCORE).cast(_DECIMAL)),
        "n_departure_late": F.count_if(F.col(c.DEPARTURE_DELAY) >= LATE_MINUTES),
        "n_arrival_reported": F.count_if(reported),
        "n_arrival_late": F.count_if(reported & (F.col(c.ARRIVAL_DELAY) >= LATE_MINUTES)),
        "sum_departure_delay": _sum(F.col(c.DEPARTURE_DELAY)),
        "sum_arrival_delay": _sum(F.when(reported, F.col(c.ARRIVAL_DELAY))),
    }
    return [measure.alias(name) for name, measure in measures.items()]


def _question(question: str, asked: Column, not_applicable: int) -> Column:
    answer = F.when(asked, F.col(question))
    rating = applicable(answer, not_applicable)
    return F.struct(
        F.lit(question).alias(c.QUESTION),
        F.count_if(asked).alias("n_asked"),
        F.count(rating).alias(c.N),
        F.count_if(answer == not_applicable).alias("n_not_applicable"),
        F.count_if(asked & answer.isNull()).alias("n_unanswered"),
        _sum(rating).alias("sum_rating"),
        _sum(rating * rating).alias("sum_squares"),
        F.count_if(rating <= LOW).alias("n_low"),
        F.count_if(rating >= TOP).alias("n_top"),
    )


def _sum(column: Column) -> Column:
    return F.coalesce(F.sum(column), F.lit(0))


def _segments() -> Column:
    both = F.concat_ws(" / ", c.CLASS, c.TRAVEL_TYPE)
    values = {
        "overall": F.lit("all"),
        c.CLASS: F.col(c.CLASS),
        c.TRAVEL_TYPE: F.col(c.TRAVEL_TYPE),
        c.CUSTOMER_TYPE: F.col(c.CUSTOMER_TYPE),
        "class_travel_type": both,
    }
    pairs = [F.struct(F.lit(name).alias(c.SEGMENT), value.alias(c.SEGMENT_VALUE)) for name, value in values.items()]
    return F.inline(F.array(*pairs))


def satisfaction_metrics(cells: DataFrame) -> DataFrame:
    """One row per month and segment value."""
    measures = [name for name in cells.columns if name not in (*_CELL, _QUESTIONS)]
    return _rolled_up(cells.select("*", _segments()), (), measures)


def question_metrics(cells: DataFrame) -> DataFrame:
    """One row per month, segment value and question that was asked in it."""
    by_question = cells.select(*_CELL, F.inline(_QUESTIONS)).where(F.col("n_asked") > 0)
    measures = [name for name in by_question.columns if name not in (*_CELL, c.QUESTION)]
    return _rolled_up(by_question.select("*", _segments()), (c.QUESTION,), measures)


def _rolled_up(cells: DataFrame, keys: tuple[str, ...], measures: Iterable[str]) -> DataFrame:
    sums = [F.sum(name).alias(name) for name in measures]
    totals = cells.groupBy(c.SURVEY_MONTH, c.BUILT_FROM, c.SEGMENT, c.SEGMENT_VALUE, *keys).agg(*sums)
    first_day = F.to_date(F.concat(c.SURVEY_MONTH, F.lit("-01")))
    return totals.withColumns({c.PERIOD_TYPE: F.lit("month"), c.PERIOD_START: first_day})
