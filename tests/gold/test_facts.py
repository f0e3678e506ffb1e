"""Facts: their measures, their keys, and which questions each response was asked."""

from __future__ import annotations

from dataclasses import replace

from chispa import assert_df_equality
from pyspark.sql import SparkSession

from lakehouse.gold.dimensions import flight_details, passengers
from lakehouse.gold.facts import asked_columns, facts
from lakehouse.storage.frames import frame_of
from tests.support.catalogues import question
from tests.support.data.three_questions import CATALOGUE, QUESTIONNAIRES, silver_rows


def test_facts_point_at_their_dimensions(spark: SparkSession) -> None:
    rows = silver_rows(spark)
    wide = facts(rows, CATALOGUE, QUESTIONNAIRES)
    joined = wide.join(passengers(rows).select("passenger_key"), "passenger_key", "inner").join(
        flight_details(rows).select("flight_details_key"), "flight_details_key", "inner"
    )
    assert sorted(row[0] for row in joined.select("response_key").collect()) == [11, 12, 13, 14, 15]


def test_facts(spark: SparkSession) -> None:
    measures = ("arrival_delay", "arrival_delay_is_imputed", "service_index", "weighted_satisfaction_score")
    found = facts(silver_rows(spark), CATALOGUE, QUESTIONNAIRES).select("response_key", *measures, "answered_concepts")
    expected = [
        # (5 + 3) / 2 = 4; (0.5*5 + 1.5*3) / 2 = 3.5
        (11, 7, False, 75.0, 62.5, 2),
        (12, 9, True, None, None, 0),
        # A seat that was not asked is delivered all the same: (4 + 1) / 2 = 2.5; (0.5*4 + 1.5*1) / 2 = 1.75
        (13, 0, False, 37.5, 18.75, 2),
        # One of the two asked is half.
        (14, 0, False, 25.0, 25.0, 1),
        (15, 0, False, 0.0, 0.0, 2),
    ]
    assert sorted(map(tuple, found.collect())) == expected


def test_a_question_is_asked_by_its_questionnaires(spark: SparkSession) -> None:
    catalogue = replace(CATALOGUE, questions=(*CATALOGUE.questions, question("snack", 1.0)))
    asked = asked_columns(catalogue, QUESTIONNAIRES)
    frame = frame_of(spark, [(1,), (2,)], "questionnaire_key bigint")
    found = frame.select("*", *(is_asked.alias(name) for name, is_asked in asked.items()))
    expected = [(1, True, True, False, False), (2, True, False, True, False)]
    schema = "questionnaire_key bigint, wifi boolean, seat boolean, gate boolean, snack boolean"
    assert_df_equality(found, frame_of(spark, expected, schema), ignore_nullable=True)
