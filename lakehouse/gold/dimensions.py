"""Dimensions of the star schema, each derived from silver with deterministic keys."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.contracts import row_of
from lakehouse.keys import key_of, surrogate_key
from lakehouse.months import month_of
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.concepts import Member
from lakehouse.survey.questions import FOR_EVER, Question, Version
from schemas import columns as c
from schemas.gold import DIM_QUESTIONS

# Columns that identify a passenger and the details of a flight: the inputs of their keys.
PASSENGER = (c.ID, c.GENDER, c.CUSTOMER_TYPE, c.AGE)
FLIGHT_DETAILS = (c.TRAVEL_TYPE, c.CLASS)
# First age of each band, oldest first.
_BANDS = ((60, "60+"), (40, "40-59"), (25, "25-39"), (18, "18-24"), (0, "0-17"))


def age_band(age: Column) -> Column:
    """`0-17`, `18-24`, `25-39`, `40-59` or `60+`; null when the age is not given."""
    return F.coalesce(*(F.when(age >= first, band) for first, band in _BANDS))


def passengers(silver: DataFrame) -> DataFrame:
    """One row per distinct id, gender, customer type and age."""
    distinct = silver.select(*PASSENGER).distinct()
    return distinct.withColumns({c.PASSENGER_KEY: surrogate_key(PASSENGER), c.AGE_BAND: age_band(F.col(c.AGE))})


def flight_details(silver: DataFrame) -> DataFrame:
    """One row per combination of travel type and class."""
    distinct = silver.select(*FLIGHT_DETAILS).distinct()
    return distinct.withColumn(c.FLIGHT_DETAILS_KEY, surrogate_key(FLIGHT_DETAILS))


def dates(months: DataFrame) -> DataFrame:
    """One row per day of the months (`survey_month`, 'YYYY-MM')."""
    start = F.to_date(F.concat(c.SURVEY_MONTH, F.lit("-01")))
    days = months.select(F.explode(F.sequence(start, F.last_day(start))).alias(c.DATE))
    # Spark counts Sunday as day 1.
    iso_weekday = (F.dayofweek(c.DATE) + 5) % 7 + 1
    return days.select(
        c.DATE,
        F.year(c.DATE).alias("year"),
        F.quarter(c.DATE).alias("quarter"),
        F.month(c.DATE).alias("month"),
        month_of(c.DATE).alias(c.SURVEY_MONTH),
        F.dayofmonth(c.DATE).alias("day"),
        iso_weekday.alias("iso_weekday"),
        (iso_weekday >= 6).alias("is_weekend"),
    )


def question_key(question: str, valid_from: date) -> int:
    """Key of a question version."""
    return key_of((question, valid_from.isoformat()))


def questions(catalogue: Catalogue) -> list[tuple[object, ...]]:
    """One row per question version, in the order of the contract of gold.dim_questions."""
    members = {member.question: member for concept in catalogue.concepts for member in concept.members}
    return [
        _question_row(question, version, members[question.id])
        for question in catalogue.questions
        for version in question.versions
    ]


def _question_row(question: Question, version: Version, member: Member) -> tuple[object, ...]:
    return row_of(
        DIM_QUESTIONS,
        question_key=question_key(question.id, version.valid_from),
        question=question.id,
        wording=version.wording,
        team=version.owner,
        concept=question.concept,
        concept_share=member.share,
        replaced_by=sorted(member.successors),
        weight=version.weight,
        weight_reason=version.weight_reason,
        not_applicable=list(question.not_applicable),
        change=version.change,
        predecessors=dict(version.predecessors),
        comparability=version.comparability,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        is_current=version.valid_to == FOR_EVER,
    )
