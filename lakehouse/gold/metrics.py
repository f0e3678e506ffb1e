"""Additive metrics per month, day and segment, from one aggregation over the responses."""

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
from schemas.segments import CELLS, EVERYBODY, OVERALL, SEGMENTS, SEPARATOR

# A flight is late from this many minutes on, as airlines usually count.
LATE_MINUTES = 15
# Ratings up to LOW are low (bottom-2 box), from TOP on they are top (top-2 box).
LOW, TOP = 2, 4
# Day of the survey; null where only its month is known.
_DAY = "_day"
_CELL = (c.SURVEY_MONTH, c.BUILT_FROM, _DAY, c.CLASS, c.TRAVEL_TYPE, c.CUSTOMER_TYPE)
_QUESTIONS = "_questions"
_CONCEPTS = "_concepts"
_DECIMAL = "decimal(24,10)"


def cells(facts: DataFrame, catalogue: Catalogue, asked: Mapping[str, Column]) -> DataFrame:
    """One row per day, class, travel type and customer type, the finest groups of the metrics: the measures of all
    responses, in the array `_questions` those of each question, and in the array `_concepts` those of each concept
    with more than one question, if there are any. A few rows; all metrics are sums over them."""
    questions = F.array(*(_question_measures(question, asked[question.id]) for question in catalogue.questions))
    concepts = [
        _concept_measures(name, members, catalogue, asked)
        for name, members in catalogue.trends.items()
        if len(members) > 1
    ]
    by_concept = [F.array(*concepts).alias(_CONCEPTS)] if concepts else []
    day = F.when(F.col(c.SURVEY_DATE_PRECISION) == "day", F.col(c.SURVEY_DATE))
    return (
        facts.withColumn(_DAY, day).groupBy(*_CELL).agg(*_response_measures(), questions.alias(_QUESTIONS), *by_concept)
    )


def _response_measures() -> Iterable[Column]:
    reported = ~F.col(c.ARRIVAL_DELAY_IS_IMPUTED)
    has_index = F.col(c.SERVICE_INDEX).isNotNull()
    measures = {
        c.N: F.count("*"),
        "n_satisfied": F.count_if(F.col(c.IS_SATISFIED)),
        "n_service_index": F.count_if(has_index),
        # A sum of decimals does not depend on the order of the rows; a sum of doubles does.
        "sum_service_index": _sum(F.col(c.SERVICE_INDEX).cast(_DECIMAL)),
        "sum_squares_service_index": _sum_of_squares(F.col(c.SERVICE_INDEX)),
        "sum_weighted_score": _sum(F.col(c.WEIGHTED_SCORE).cast(_DECIMAL)),
        "sum_squares_weighted_score": _sum_of_squares(F.col(c.WEIGHTED_SCORE)),
        "n_departure_late": F.count_if(F.col(c.DEPARTURE_DELAY) >= LATE_MINUTES),
        "n_arrival_reported": F.count_if(reported),
        "n_arrival_late": F.count_if(reported & (F.col(c.ARRIVAL_DELAY) >= LATE_MINUTES)),
        "sum_departure_delay": _sum(F.col(c.DEPARTURE_DELAY)),
        "sum_arrival_delay": _sum(F.when(reported, F.col(c.ARRIVAL_DELAY))),
    }
    return [measure.alias(name) for name, measure in measures.items()]


def _question_measures(question: Question, asked: Column) -> Column:
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


def _concept_measures(
    name: str, members: Sequence[Member], catalogue: Catalogue, asked: Mapping[str, Column]
) -> Column:
    """The measures of a concept: `raw`, the rating of its root question; where that was not asked, `bridged`, the mean
    of its other questions, weighted by share."""
    root_member, *others = members
    root = catalogue.question(root_member.question)
    answer = F.when(asked[root.id], F.col(root.id))
    raw = applicable(answer, root.not_applicable)
    # The other questions are compared with the root question whether it came before or after them, so only successors
    # among themselves replace them.
    other_ids = {member.question for member in others}
    others = [replace(member, successors=member.successors & other_ids) for member in others]
    other = value_of(others, catalogue, asked)
    bridged = F.when(~asked[root.id], other)
    others_answered = reduce(or_, (F.col(member.question).isNotNull() for member in others))
    others_not_applicable = ~asked[root.id] & other.isNull() & others_answered
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


def _sum_of_squares(column: Column) -> Column:
    return _sum((column * column).cast(_DECIMAL))


def _periods_and_segments(*, with_days: bool) -> Column:
    """Repeats each row once per period and segment that it belongs to, with their names and values: all segments of its
    month, and `with_days` its day, in the finest segment alone, of which all others are sums."""
    values = {name: F.concat_ws(SEPARATOR, *columns) for name, columns in SEGMENTS.items()}
    values[OVERALL] = F.lit(EVERYBODY)
    first_day = F.to_date(F.concat(c.SURVEY_MONTH, F.lit("-01")))
    places = [_place("month", first_day, segment, value) for segment, value in values.items()]
    if with_days:
        day = _place("day", F.col(_DAY), CELLS, values[CELLS])
        places.append(F.when(F.col(_DAY).isNotNull(), day))
    return F.inline(F.array_compact(F.array(*places)))


def _place(period_type: str, start: Column, segment: str, value: Column) -> Column:
    return F.struct(
        F.lit(period_type).alias(c.PERIOD_TYPE),
        start.alias(c.PERIOD_START),
        F.lit(segment).alias(c.SEGMENT),
        value.alias(c.SEGMENT_VALUE),
    )


def satisfaction_metrics(cells: DataFrame) -> DataFrame:
    """One row per month or day, and segment value."""
    measures = [name for name in cells.columns if name not in (*_CELL, _QUESTIONS, _CONCEPTS)]
    return _rolled_up(cells.select("*", _periods_and_segments(with_days=True)), (), measures)


def question_metrics(cells: DataFrame) -> DataFrame:
    """One row per month or day, segment value and question that was asked in it."""
    return _of_questions_asked(cells.select(*_CELL, F.inline(_QUESTIONS)), c.QUESTION, with_days=True)


def concept_metrics(cells: DataFrame, catalogue: Catalogue) -> DataFrame:
    """One row per month, segment value and concept of which some question was asked in it."""
    single = {members[0].question: name for name, members in catalogue.trends.items() if len(members) == 1}
    frames = [_single_question_concepts(cells, single)] if single else []
    if _CONCEPTS in cells.columns:
        frames.append(cells.select(*_CELL, F.inline(_CONCEPTS)))
    return _of_questions_asked(reduce(DataFrame.unionByName, frames), c.CONCEPT, with_days=False)


def _single_question_concepts(cells: DataFrame, concepts: Mapping[str, str]) -> DataFrame:
    """Concepts of a single question have the measures of that question. `concepts`: question -> concept."""
    of_questions = cells.select(*_CELL, F.inline(_QUESTIONS)).where(F.col(c.QUESTION).isin(list(concepts)))
    no_count, no_sum = F.lit(0).cast("bigint"), F.lit(0).cast(_DECIMAL)
    return of_questions.select(
        *_CELL,
        looked_up(concepts, F.col(c.QUESTION)).alias(c.CONCEPT),
        c.N_ASKED,
        c.N,
        c.N_NOT_APPLICABLE,
        F.col(c.N).alias("n_raw"),
        F.col("sum_rating").alias("sum_raw"),
        "n_low",
        "n_top",
        no_count.alias("n_bridged"),
        no_sum.alias("sum_bridged"),
        no_count.alias("n_overlap"),
        no_sum.alias("sum_difference"),
        no_sum.alias("sum_squared_difference"),
    )


def _of_questions_asked(cells: DataFrame, key: str, *, with_days: bool) -> DataFrame:
    """Sums per period, segment and key (question or concept), without those that nobody was asked."""
    measures = [name for name in cells.columns if name not in (*_CELL, key)]
    asked = cells.where(F.col(c.N_ASKED) > 0).select("*", _periods_and_segments(with_days=with_days))
    return _rolled_up(asked, (key,), measures)


def _rolled_up(cells: DataFrame, keys: tuple[str, ...], measures: Iterable[str]) -> DataFrame:
    sums = [F.sum(name).alias(name) for name in measures]
    place = (c.BUILT_FROM, c.PERIOD_TYPE, c.PERIOD_START, c.SEGMENT, c.SEGMENT_VALUE)
    return cells.groupBy(*place, *keys).agg(*sums)
