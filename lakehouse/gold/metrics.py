"""Additive metrics per period and segment, from one pass over the responses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.gold.scores import any_asked, applicable, value_of
from lakehouse.lookups import looked_up
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.concepts import Member
from lakehouse.survey.questions import Question
from schemas import columns as c

# The airlines' usual meaning of "late", in minutes.
LATE_MINUTES = 15
LOW, TOP = 2, 4
_CELL = (c.SURVEY_MONTH, c.BUILT_FROM, c.CLASS, c.TRAVEL_TYPE, c.CUSTOMER_TYPE)
_QUESTIONS = "_questions"
_CONCEPTS = "_concepts"
_DECIMAL = "decimal(24,10)"


def cells(facts: DataFrame, catalogue: Catalogue, asked: Mapping[str, Column]) -> DataFrame:
    """One row per month, class, travel type and customer type: the measures of all responses in it, as `_questions`
    those of each question, and as `_concepts` those of each concept of more than one question, if there are any.
    Tiny: everything below is added up from it."""
    questions = F.array(*(_question(question, asked[question.id]) for question in catalogue.questions))
    concepts = [_concept(name, of, catalogue, asked) for name, of in catalogue.trends.items() if len(of) > 1]
    by_concept = [F.array(*concepts).alias(_CONCEPTS)] if concepts else []
    return facts.groupBy(*_CELL).agg(*_responses(), questions.alias(_QUESTIONS), *by_concept)


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


def _question(question: Question, asked: Column) -> Column:
    answer = F.when(asked, F.col(question.id))
    rating = applicable(answer, question.not_applicable)
    return F.struct(
        F.lit(question.id).alias(c.QUESTION),
        F.count_if(asked).alias(c.N_ASKED),
        F.count(rating).alias(c.N),
        F.count_if(answer.isNotNull() & rating.isNull()).alias(c.N_NOT_APPLICABLE),
        F.count_if(asked & answer.isNull()).alias("n_unanswered"),
        _sum(rating).alias("sum_rating"),
        _sum(rating * rating).alias("sum_squares"),
        F.count_if(rating <= LOW).alias("n_low"),
        F.count_if(rating >= TOP).alias("n_top"),
    )


def _concept(name: str, members: Sequence[Member], catalogue: Catalogue, asked: Mapping[str, Column]) -> Column:
    """A concept's own question first; where it was not asked, the mean of those that stand in for it, by share."""
    root, *others = members
    own = catalogue.question(root.question)
    answer = F.when(asked[own.id], F.col(own.id))
    raw = applicable(answer, own.not_applicable)
    # Seen from the concept's own question, which of the two was asked later makes no difference.
    among = {member.question for member in others}
    others = [replace(member, successors=member.successors & among) for member in others]
    other = value_of(others, catalogue, asked)
    bridged = F.when(~asked[own.id], other)
    others_answered = reduce(or_, (F.col(member.question).isNotNull() for member in others))
    others_not_applicable = ~asked[own.id] & other.isNull() & others_answered
    difference = (other - raw).cast(_DECIMAL)
    return F.struct(
        F.lit(name).alias(c.CONCEPT),
        F.count_if(any_asked(members, asked)).alias(c.N_ASKED),
        (F.count(raw) + F.count(bridged)).alias(c.N),
        F.count_if((answer.isNotNull() & raw.isNull()) | others_not_applicable).alias(c.N_NOT_APPLICABLE),
        F.count(raw).alias("n_raw"),
        _sum(raw).alias("sum_raw"),
        F.count_if(raw <= LOW).alias("n_low"),
        F.count_if(raw >= TOP).alias("n_top"),
        F.count(bridged).alias("n_bridged"),
        _sum(bridged.cast(_DECIMAL)).alias("sum_bridged"),
        F.count(difference).alias("n_overlap"),
        _sum(difference).alias("sum_difference"),
        _sum((difference * difference).cast(_DECIMAL)).alias("sum_squared_difference"),
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
    measures = [name for name in cells.columns if name not in (*_CELL, _QUESTIONS, _CONCEPTS)]
    return _rolled_up(cells.select("*", _segments()), (), measures)


def question_metrics(cells: DataFrame) -> DataFrame:
    """One row per month, segment value and question that was asked in it."""
    return _of_asked(cells.select(*_CELL, F.inline(_QUESTIONS)), c.QUESTION)


def concept_metrics(cells: DataFrame, catalogue: Catalogue) -> DataFrame:
    """One row per month, segment value and concept that was asked in it, by whichever question."""
    single = {members[0].question: name for name, members in catalogue.trends.items() if len(members) == 1}
    frames = [_single(cells, single)] if single else []
    if _CONCEPTS in cells.columns:
        frames.append(cells.select(*_CELL, F.inline(_CONCEPTS)))
    return _of_asked(reduce(DataFrame.unionByName, frames), c.CONCEPT)


def _single(cells: DataFrame, concepts: Mapping[str, str]) -> DataFrame:
    """The measures of concepts that are one question: the question's own. `concepts`: question -> concept."""
    of_questions = cells.select(*_CELL, F.inline(_QUESTIONS)).where(F.col(c.QUESTION).isin(list(concepts)))
    count, total = F.lit(0).cast("bigint"), F.lit(0).cast(_DECIMAL)
    return of_questions.select(
        *_CELL,
        looked_up(concepts, F.col(c.QUESTION)).alias(c.CONCEPT),
        *(c.N_ASKED, c.N, c.N_NOT_APPLICABLE),
        *(F.col(c.N).alias("n_raw"), F.col("sum_rating").alias("sum_raw"), "n_low", "n_top"),
        *(count.alias("n_bridged"), total.alias("sum_bridged"), count.alias("n_overlap")),
        *(total.alias("sum_difference"), total.alias("sum_squared_difference")),
    )


def _of_asked(each: DataFrame, key: str) -> DataFrame:
    measures = [name for name in each.columns if name not in (*_CELL, key)]
    return _rolled_up(each.where(F.col(c.N_ASKED) > 0).select("*", _segments()), (key,), measures)


def _rolled_up(cells: DataFrame, keys: tuple[str, ...], measures: Iterable[str]) -> DataFrame:
    sums = [F.sum(name).alias(name) for name in measures]
    totals = cells.groupBy(c.SURVEY_MONTH, c.BUILT_FROM, c.SEGMENT, c.SEGMENT_VALUE, *keys).agg(*sums)
    first_day = F.to_date(F.concat(c.SURVEY_MONTH, F.lit("-01")))
    return totals.withColumns({c.PERIOD_TYPE: F.lit("month"), c.PERIOD_START: first_day})
