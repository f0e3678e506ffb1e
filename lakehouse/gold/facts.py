"""Responses to facts: adds the keys of the dimensions, the imputed arrival delay and the scores."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.gold.dimensions import FLIGHT_DETAILS, PASSENGER
from lakehouse.gold.scores import answered_concepts, concepts_of, service_index, weighted_score
from lakehouse.keys import surrogate_key
from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c


def imputed_arrival_delay() -> Column:
    """The reported arrival delay, else the departure delay: a plane that left late arrives late.

    Mean absolute error on the public file 4.97 minutes, against 15.1 with the median and 20.4 with the mean.
    """
    return F.coalesce(c.ARRIVAL_DELAY, c.DEPARTURE_DELAY)


def asked_columns(catalogue: Catalogue, questionnaires: Mapping[int, tuple[str, ...]]) -> dict[str, Column]:
    """Question -> whether it was asked of a response, by the response's questionnaire. `questionnaires`: key ->
    questions."""
    return {question: _is_asked(question, questionnaires) for question in catalogue.question_ids}


def _is_asked(question: str, questionnaires: Mapping[int, tuple[str, ...]]) -> Column:
    keys = sorted(key for key, questions in questionnaires.items() if question in questions)
    if len(keys) == len(questionnaires):
        return F.lit(True)
    return F.col(c.QUESTIONNAIRE_KEY).isin(keys) if keys else F.lit(False)


def facts(silver: DataFrame, catalogue: Catalogue, questionnaires: Mapping[int, tuple[str, ...]]) -> DataFrame:
    """One row per response: silver with its keys, scores and `arrival_delay` never null."""
    asked = asked_columns(catalogue, questionnaires)
    concepts = concepts_of(catalogue, asked)
    return silver.withColumns(
        {
            c.PASSENGER_KEY: surrogate_key(PASSENGER),
            c.FLIGHT_DETAILS_KEY: surrogate_key(FLIGHT_DETAILS),
            c.ARRIVAL_DELAY: imputed_arrival_delay(),
            c.ARRIVAL_DELAY_IS_IMPUTED: F.col(c.ARRIVAL_DELAY).isNull(),
            c.SERVICE_INDEX: service_index(concepts),
            c.WEIGHTED_SCORE: weighted_score(concepts),
            c.ANSWERED_CONCEPTS: answered_concepts(concepts),
        }
    )
