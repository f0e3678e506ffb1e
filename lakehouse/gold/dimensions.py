"""Dimensions of the star schema, each derived from silver with deterministic keys."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.keys import key_of, surrogate_key
from lakehouse.months import month_of
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.questions import FOR_EVER
from schemas import columns as c

# What makes a passenger and a flight: the inputs of their keys.
PASSENGER = (c.ID, c.GENDER, c.CUSTOMER_TYPE, c.AGE)
FLIGHT_DETAILS = (c.TRAVEL_TYPE, c.CLASS)
# First age of each band but the lowest.
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
    """One row per question version, in the order of the contract."""
    members = {member.question: member for concept in catalogue.concepts for member in concept.members}
    return [
        (
            *(question_key(q.id, version.valid_from), q.id, version.wording, version.owner, q.concept),
            *(members[q.id].share, sorted(members[q.id].successors), version.weight, version.weight_reason),
            *(list(q.not_applicable), version.change, dict(version.predecessors), version.comparability),
            *(version.valid_from, version.valid_to, version.valid_to == FOR_EVER),
        )
        for q in catalogue.questions
        for version in q.versions
    ]
