"""Metrics of satisfaction, questions and concepts, per month and segment."""

from __future__ import annotations

from datetime import date

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.contracts import conform_to
from lakehouse.gold.facts import asked_columns
from lakehouse.gold.metrics import cells, concept_metrics, question_metrics, satisfaction_metrics
from lakehouse.storage.frames import frame_of
from lakehouse.survey.catalogue import Catalogue
from schemas import gold
from tests.support.catalogues import question
from tests.support.data.three_questions import CATALOGUE, QUESTIONNAIRES

FACTS = (
    "survey_month string, class string, travel_type string, customer_type string, is_satisfied boolean, "
    "service_index double, weighted_satisfaction_score double, departure_delay int, arrival_delay int, "
    "arrival_delay_is_imputed boolean, wifi int, seat int, gate int, questionnaire_key bigint, survey_date date, "
    "survey_date_precision string"
)
MEASURED = [
    (
        "2025-01",
        "Business",
        "Business",
        "Returning",
        True,
        75.0,
        80.0,
        15,
        14,
        False,
        5,
        None,
        0,
        2,
        date(2025, 1, 7),
        "day",
    ),
    (
        "2025-01",
        "Economy",
        "Personal",
        "Returning",
        False,
        25.5,
        20.25,
        14,
        15,
        False,
        2,
        None,
        None,
        2,
        date(2025, 1, 1),
        "month",
    ),
    # Late both ways, but the arrival is an estimate; a gate that was not asked.
    (
        "2025-01",
        "Economy",
        "Business",
        "First-time",
        False,
        None,
        None,
        60,
        60,
        True,
        0,
        3,
        3,
        1,
        date(2025, 1, 7),
        "day",
    ),
    (
        "2025-02",
        "Business",
        "Business",
        "Returning",
        True,
        100.0,
        100.0,
        0,
        0,
        False,
        4,
        None,
        1,
        2,
        date(2025, 2, 1),
        "month",
    ),
]
JANUARY, FEBRUARY = ("month", date(2025, 1, 1)), ("month", date(2025, 2, 1))


@pytest.fixture(scope="module")
def measured(spark: SparkSession) -> DataFrame:
    """The cells of the four responses, computed once."""
    frame = frame_of(spark, MEASURED, FACTS).withColumn("_built_from", F.lit("built"))
    return cells(frame, CATALOGUE, asked_columns(CATALOGUE, QUESTIONNAIRES)).localCheckpoint()


def test_satisfaction_metrics(measured: DataFrame) -> None:
    found = conform_to(satisfaction_metrics(measured), "metrics", gold.SATISFACTION_METRICS).collect()
    rows = {tuple(row)[:4]: tuple(row)[4:-1] for row in found}
    assert len(rows) == len(found) == 13 + 6 + 2
    expected = {
        # n, satisfied, with index, sums and squares of indexes and scores, late, arrivals reported, late, delays
        (*JANUARY, "overall", "all"): (3, 1, 2, 100.5, 6275.25, 100.25, 6810.0625, 2, 2, 1, 89, 29),
        (*JANUARY, "class", "Economy"): (2, 0, 1, 25.5, 650.25, 20.25, 410.0625, 1, 1, 1, 74, 15),
        (*JANUARY, "travel_type", "Personal"): (1, 0, 1, 25.5, 650.25, 20.25, 410.0625, 0, 1, 1, 14, 15),
        (*JANUARY, "customer_type", "Returning"): (2, 1, 2, 100.5, 6275.25, 100.25, 6810.0625, 1, 2, 1, 29, 29),
        (*JANUARY, "class_travel_type", "Economy / Business"): (1, 0, 0, 0.0, 0.0, 0.0, 0.0, 1, 0, 0, 60, 0),
        # Days, of the responses whose day is known, in the finest segment alone.
        ("day", date(2025, 1, 7), "class_travel_customer", "Business / Business / Returning"): (
            *(1, 1, 1, 75.0, 5625.0, 80.0, 6400.0, 1, 1, 0, 15, 14),
        ),
        (*FEBRUARY, "overall", "all"): (1, 1, 1, 100.0, 10000.0, 100.0, 10000.0, 0, 1, 0, 0, 0),
    }
    assert {place: rows[place] for place in expected} == expected


def test_question_metrics(measured: DataFrame) -> None:
    found = conform_to(question_metrics(measured), "metrics", gold.QUESTION_METRICS).collect()
    rows = {tuple(row)[:5]: tuple(row)[5:-1] for row in found}
    assert len(rows) == len(found)
    expected = {
        # asked, n, not applicable, unanswered, sum, sum of squares, low, top
        (*JANUARY, "overall", "all", "wifi"): (3, 2, 1, 0, 7, 29, 1, 1),
        (*JANUARY, "overall", "all", "gate"): (2, 0, 1, 1, 0, 0, 0, 0),
        (*JANUARY, "overall", "all", "seat"): (1, 1, 0, 0, 3, 9, 0, 0),
        (*JANUARY, "class", "Economy", "gate"): (1, 0, 0, 1, 0, 0, 0, 0),
        (*FEBRUARY, "overall", "all", "wifi"): (1, 1, 0, 0, 4, 16, 0, 1),
        (*FEBRUARY, "overall", "all", "gate"): (1, 1, 0, 0, 1, 1, 1, 0),
    }
    assert {place: rows[place] for place in expected} == expected
    # A question that nobody in the segment was asked has no row.
    assert (*JANUARY, "class_travel_type", "Economy / Business", "gate") not in rows
    assert (*FEBRUARY, "overall", "all", "seat") not in rows


def test_a_concept_of_one_question_has_its_measures(measured: DataFrame) -> None:
    found = conform_to(concept_metrics(measured, CATALOGUE), "metrics", gold.CONCEPT_METRICS).collect()
    rows = {tuple(row)[:5]: tuple(row)[5:-1] for row in found}
    questions = question_metrics(measured).collect()
    assert len(rows) == len(found) == len([row for row in questions if row["period_type"] == "month"])
    # asked, n, not applicable, raw, sum, low, top; nothing bridged, no overlap
    expected = {
        (*JANUARY, "overall", "all", "wifi"): (3, 2, 1, 2, 7, 1, 1, 0, 0.0, 0, 0.0, 0.0),
        (*JANUARY, "overall", "all", "gate"): (2, 0, 1, 0, 0, 0, 0, 0, 0.0, 0, 0.0, 0.0),
    }
    assert {place: rows[place] for place in expected} == expected


def test_a_bridged_concept_counts_its_own_question_first(spark: SparkSession) -> None:
    catalogue = Catalogue(
        (),
        (
            question("wifi", 1.0),
            question(
                "seat", 1.0, concept="wifi", change="split", predecessors={"wifi": 0.75}, comparability="mean_only"
            ),
            question(
                "gate", 1.0, concept="wifi", change="split", predecessors={"wifi": 0.25}, comparability="mean_only"
            ),
        ),
        ("",),
        ("team",),
    )
    asked_of = {1: ("wifi",), 2: ("seat", "gate"), 3: ("wifi", "seat", "gate")}
    answers = [
        # wifi, seat, gate, questionnaire
        (2, None, None, 1),
        (0, None, None, 1),
        (None, 4, 2, 2),
        (None, 0, 5, 2),
        (None, 0, None, 2),
        # Both were asked: the own rating counts, and 0.75 * 4 + 0.25 * 4 - 3 = 1 is measured.
        (3, 4, 4, 3),
        (0, 1, 1, 3),
    ]
    rows = [(*MEASURED[0][:10], *answer, *MEASURED[0][14:]) for answer in answers]
    frame = frame_of(spark, rows, FACTS).withColumn("_built_from", F.lit("built"))
    found = concept_metrics(cells(frame, catalogue, asked_columns(catalogue, asked_of)), catalogue)
    (row,) = conform_to(found.where("segment = 'overall'"), "metrics", gold.CONCEPT_METRICS).collect()
    assert row.asDict() == {
        **{"period_type": "month", "period_start": JANUARY[1], "segment": "overall", "segment_value": "all"},
        **{"concept": "wifi", "n_asked": 7, "n": 4, "n_not_applicable": 3, "_built_from": "built"},
        **{"n_raw": 2, "sum_raw": 5, "n_low": 1, "n_top": 0},
        # 0.75 * 4 + 0.25 * 2 = 3.5, and the other part alone: 5.
        **{"n_bridged": 2, "sum_bridged": 8.5},
        **{"n_overlap": 1, "sum_difference": 1.0, "sum_squared_difference": 1.0},
    }


def test_the_values_of_a_segment_add_up_to_all(measured: DataFrame) -> None:
    found = satisfaction_metrics(measured).where("period_type = 'month'")
    sums = [F.sum(name).alias(name) for name in found.columns if name.startswith(("n", "sum_"))]
    per_segment = found.groupBy("period_start", "segment").agg(*sums).collect()
    assert len({tuple(row)[2:] for row in per_segment if row["period_start"] == JANUARY[1]}) == 1
    assert len(per_segment) == 12
