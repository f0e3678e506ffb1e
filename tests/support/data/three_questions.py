"""A survey of three questions, asked by two questionnaires."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession

from lakehouse.storage.frames import frame_of
from lakehouse.survey.catalogue import Catalogue
from tests.support.catalogues import question

CATALOGUE = Catalogue((), (question("wifi", 0.5), question("seat", 1.5), question("gate", 1.0)), ("",), ("team",))
# Key -> questions asked.
QUESTIONNAIRES = {1: ("wifi", "seat"), 2: ("wifi", "gate")}
SILVER = (
    "response_key bigint, id bigint, gender string, customer_type string, age int, travel_type string, class string, "
    "departure_delay int, arrival_delay int, wifi int, seat int, gate int, questionnaire_key bigint"
)
RESPONSES = [
    (11, 1, "Female", "Returning", 30, "Business", "Economy", 2, 7, 5, 3, None, 1),
    # The same passenger on another flight, with a delay that was not reported.
    (12, 1, "Female", "Returning", 30, "Personal", "Economy", 9, None, 0, None, None, 1),
    # Nothing is known of the person but the id; a gate that was left empty, a seat that was not asked.
    (13, 2, None, "Returning", None, "Business", "Economy", 40, 0, 4, 1, None, 2),
    (14, 2, None, "Returning", None, "Business", "Economy", 0, 0, 2, None, 0, 2),
    # The same id a year older is a passenger of its own.
    (15, 1, "Female", "Returning", 31, "Business", "Economy", 0, 0, 1, 1, None, 1),
]


def silver_rows(spark: SparkSession) -> DataFrame:
    """The responses of January as silver has them."""
    return frame_of(spark, RESPONSES, SILVER).selectExpr("*", "'2025-01' survey_month", "'built' _built_from")
