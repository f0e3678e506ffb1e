"""Dimensions, facts, long ratings, metrics and fingerprints on a survey of three questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from chispa import assert_df_equality
from chispa.column_comparer import assert_column_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.contracts import conform_to
from lakehouse.gold.dimensions import age_band, dates, flight_details, passengers, questions
from lakehouse.gold.facts import asked_columns, facts
from lakehouse.gold.metrics import cells, concept_metrics, question_metrics, satisfaction_metrics
from lakehouse.gold.months import built_from, contents, months
from lakehouse.gold.ratings import count_answers, ratings, with_answers
from lakehouse.survey.catalogue import Catalogue
from schemas import gold
from tests.support import question

CATALOGUE = Catalogue((), (question("wifi", 0.5), question("seat", 1.5), question("gate", 1.0)), ("",), ("team",))
# Key -> questions asked.
QUESTIONNAIRES = {1: ("wifi", "seat"), 2: ("wifi", "gate")}


def test_age_band(spark: SparkSession) -> None:
    cases = [
        (None, None),
        (0, "0-17"),
        (17, "0-17"),
        (18, "18-24"),
        (24, "18-24"),
        (25, "25-39"),
        (39, "25-39"),
        (40, "40-59"),
        (59, "40-59"),
        (60, "60+"),
        (120, "60+"),
    ]
    frame = spark.createDataFrame(cases, "age int, expected string")
    assert_column_equality(frame.withColumn("actual", age_band(F.col("age"))), "actual", "expected")


@pytest.mark.parametrize(
    ("day", "year", "quarter", "month", "of_month", "weekday", "is_weekend"),
    [
        (date(2024, 2, 29), 2024, 1, 2, 29, 4, False),
        (date(2025, 3, 1), 2025, 1, 3, 1, 6, True),
        (date(2025, 3, 2), 2025, 1, 3, 2, 7, True),
        (date(2025, 3, 31), 2025, 1, 3, 31, 1, False),
        (date(2025, 12, 31), 2025, 4, 12, 31, 3, False),
    ],
)
def test_a_day(
    spark: SparkSession, day: date, year: int, quarter: int, month: int, of_month: int, weekday: int, is_weekend: bool
) -> None:
    of = f"{year}-{month:02d}"
    found = dates(spark.createDataFrame([(of,)], "survey_month string")).where(F.col("date") == day)
    expected = spark.createDataFrame([(day, year, quarter, month, of, of_month, weekday, is_weekend)], gold.DIM_DATE)
    assert_df_equality(found, expected, ignore_nullable=True, ignore_metadata=True)


def test_a_month_has_all_its_days_once(spark: SparkSession) -> None:
    months_at_hand = spark.createDataFrame([("2024-02",), ("2025-02",), ("2025-12",)], "survey_month string")
    counts = dates(months_at_hand).groupBy("survey_month").agg(F.count_distinct("date"), F.count("*")).collect()
    assert sorted(map(tuple, counts)) == [("2024-02", 29, 29), ("2025-02", 28, 28), ("2025-12", 31, 31)]


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


def silver(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(RESPONSES, SILVER).selectExpr("*", "'2025-01' survey_month", "'built' _built_from")


def test_dimensions_have_one_row_per_key(spark: SparkSession) -> None:
    people = passengers(silver(spark))
    found = [tuple(row) for row in people.select("id", "gender", "age", "age_band").orderBy("id", "age").collect()]
    assert found == [(1, "Female", 30, "25-39"), (1, "Female", 31, "25-39"), (2, None, None, None)]
    assert people.select("passenger_key").distinct().count() == 3
    details = flight_details(silver(spark)).select("travel_type", "class").collect()
    assert sorted(map(tuple, details)) == [("Business", "Economy"), ("Personal", "Economy")]


def test_facts_point_at_their_dimensions(spark: SparkSession) -> None:
    rows = silver(spark)
    wide = facts(rows, CATALOGUE, QUESTIONNAIRES)
    joined = wide.join(passengers(rows).select("passenger_key"), "passenger_key", "inner").join(
        flight_details(rows).select("flight_details_key"), "flight_details_key", "inner"
    )
    assert sorted(row[0] for row in joined.select("response_key").collect()) == [11, 12, 13, 14, 15]


def test_facts(spark: SparkSession) -> None:
    measures = ("arrival_delay", "arrival_delay_is_imputed", "service_index", "weighted_satisfaction_score")
    found = facts(silver(spark), CATALOGUE, QUESTIONNAIRES).select("response_key", *measures, "answered_concepts")
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
    frame = spark.createDataFrame([(1,), (2,)], "questionnaire_key bigint")
    found = frame.select("*", *(is_asked.alias(name) for name, is_asked in asked.items()))
    expected = [(1, True, True, False, False), (2, True, False, True, False)]
    schema = "questionnaire_key bigint, wifi boolean, seat boolean, gate boolean, snack boolean"
    assert_df_equality(found, spark.createDataFrame(expected, schema), ignore_nullable=True)


def test_one_long_row_per_question_asked(spark: SparkSession) -> None:
    answers = with_answers(silver(spark), CATALOGUE, asked_columns(CATALOGUE, QUESTIONNAIRES))
    expected = [
        (11, "wifi", 5, "answered"),
        (11, "seat", 3, "answered"),
        (12, "wifi", None, "not_applicable"),
        (12, "seat", None, "unanswered"),
        (13, "wifi", 4, "answered"),
        (13, "gate", None, "unanswered"),
        (14, "wifi", 2, "answered"),
        (14, "gate", None, "not_applicable"),
        (15, "wifi", 1, "answered"),
        (15, "seat", 1, "answered"),
    ]
    long = ratings(answers)
    assert_df_equality(
        long.select("response_key", "question", "rating", "answer_state"),
        spark.createDataFrame(expected, "response_key bigint, question string, rating int, answer_state string"),
        ignore_row_order=True,
        ignore_nullable=True,
    )
    assert answers.select(count_answers(answers)).collect()[0][0] == len(expected)
    known = {(row[0], row[1]) for row in questions(CATALOGUE)}
    assert {tuple(row) for row in long.select("question_key", "question").distinct().collect()} == known


FACTS = (
    "survey_month string, class string, travel_type string, customer_type string, is_satisfied boolean, "
    "service_index double, weighted_satisfaction_score double, departure_delay int, arrival_delay int, "
    "arrival_delay_is_imputed boolean, wifi int, seat int, gate int, questionnaire_key bigint"
)
MEASURED = [
    ("2025-01", "Business", "Business", "Returning", True, 75.0, 80.0, 15, 14, False, 5, None, 0, 2),
    ("2025-01", "Economy", "Personal", "Returning", False, 25.5, 20.25, 14, 15, False, 2, None, None, 2),
    # Late both ways, but the arrival is an estimate; a gate that was not asked.
    ("2025-01", "Economy", "Business", "First-time", False, None, None, 60, 60, True, 0, 3, 3, 1),
    ("2025-02", "Business", "Business", "Returning", True, 100.0, 100.0, 0, 0, False, 4, None, 1, 2),
]
JANUARY, FEBRUARY = ("month", date(2025, 1, 1)), ("month", date(2025, 2, 1))


@pytest.fixture(scope="module")
def measured(spark: SparkSession) -> DataFrame:
    """The cells of the four responses, computed once."""
    frame = spark.createDataFrame(MEASURED, FACTS).withColumn("_built_from", F.lit("built"))
    return cells(frame, CATALOGUE, asked_columns(CATALOGUE, QUESTIONNAIRES)).localCheckpoint()


def test_satisfaction_metrics(measured: DataFrame) -> None:
    found = conform_to(satisfaction_metrics(measured), "metrics", gold.SATISFACTION_METRICS).collect()
    rows = {tuple(row)[:4]: tuple(row)[4:-1] for row in found}
    assert len(rows) == len(found) == 10 + 5
    expected = {
        # n, satisfied, with index, sum of indexes, of scores, left late, arrival reported, late, sums of delays
        (*JANUARY, "overall", "all"): (3, 1, 2, 100.5, 100.25, 2, 2, 1, 89, 29),
        (*JANUARY, "class", "Economy"): (2, 0, 1, 25.5, 20.25, 1, 1, 1, 74, 15),
        (*JANUARY, "travel_type", "Personal"): (1, 0, 1, 25.5, 20.25, 0, 1, 1, 14, 15),
        (*JANUARY, "customer_type", "Returning"): (2, 1, 2, 100.5, 100.25, 1, 2, 1, 29, 29),
        (*JANUARY, "class_travel_type", "Economy / Business"): (1, 0, 0, 0.0, 0.0, 1, 0, 0, 60, 0),
        (*FEBRUARY, "overall", "all"): (1, 1, 1, 100.0, 100.0, 0, 1, 0, 0, 0),
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
    assert len(rows) == len(found) == len(questions)
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
    rows = [(*MEASURED[0][:10], *answer) for answer in answers]
    frame = spark.createDataFrame(rows, FACTS).withColumn("_built_from", F.lit("built"))
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
    found = satisfaction_metrics(measured)
    sums = [F.sum(name).alias(name) for name in found.columns if name.startswith(("n", "sum_"))]
    per_segment = found.groupBy("period_start", "segment").agg(*sums).collect()
    assert len({tuple(row)[2:] for row in per_segment if row["period_start"] == JANUARY[1]}) == 1
    assert len(per_segment) == 10


CONTENT = "survey_month string, response_key bigint, _row_hash bigint, survey_date date, questionnaire_key bigint"
ROWS: list[tuple[object, ...]] = [
    ("2025-01", 1, 101, date(2025, 1, 1), 1),
    ("2025-01", 2, 102, date(2025, 1, 2), 1),
    ("2025-01", 3, 103, date(2025, 1, 3), 2),
    ("2025-02", 4, 104, date(2025, 2, 1), 1),
]
THREE = {1: ("wifi", "seat"), 2: ("wifi", "seat", "gate"), 3: ("gate",)}


def fingerprints(
    spark: SparkSession, rows: Sequence[tuple[object, ...]], catalogue: Catalogue = CATALOGUE
) -> dict[str, str]:
    found = months(contents(spark.createDataFrame(rows, CONTENT)).collect(), catalogue, THREE)
    return {month: content.built_from for month, content in found.items()}


def test_months_count_their_responses_and_questions(spark: SparkSession) -> None:
    found = months(contents(spark.createDataFrame(ROWS, CONTENT)).collect(), CATALOGUE, THREE)
    assert {month: (one.rows, one.asked) for month, one in found.items()} == {"2025-01": (3, 7), "2025-02": (1, 2)}


@pytest.mark.parametrize(
    "january",
    [
        # One value each: response, content, date, questionnaire.
        [*ROWS[:2], ("2025-01", 9, 103, date(2025, 1, 3), 2)],
        [*ROWS[:2], ("2025-01", 3, 999, date(2025, 1, 3), 2)],
        [*ROWS[:2], ("2025-01", 3, 103, date(2025, 1, 4), 2)],
        [*ROWS[:2], ("2025-01", 3, 103, date(2025, 1, 3), 3)],
        # A row less, a row more, a pair of equal rows more.
        ROWS[:2],
        [*ROWS[:3], ("2025-01", 5, 105, date(2025, 1, 5), 2)],
        [*ROWS[:3], ROWS[0], ROWS[0]],
    ],
)
def test_a_fingerprint_changes_with_any_value_of_its_month(
    spark: SparkSession, january: list[tuple[object, ...]]
) -> None:
    before, after = fingerprints(spark, ROWS), fingerprints(spark, [*january, ROWS[3]])
    assert before["2025-01"] != after["2025-01"]
    assert before["2025-02"] == after["2025-02"]


def test_a_fingerprint_knows_no_order_but_the_catalogue(spark: SparkSession) -> None:
    before = fingerprints(spark, ROWS)
    assert fingerprints(spark, ROWS[::-1]) == before
    assert fingerprints(spark, [ROWS[1], ROWS[3], ROWS[2], ROWS[0]]) == before
    heavier = replace(CATALOGUE, questions=(question("wifi", 2.0), *CATALOGUE.questions[1:]))
    assert all(before[month] != other for month, other in fingerprints(spark, ROWS, heavier).items())


def test_every_row_names_what_its_month_was_built_from(spark: SparkSession) -> None:
    found = months(contents(spark.createDataFrame(ROWS, CONTENT)).collect(), CATALOGUE, THREE)
    frame = spark.createDataFrame([("2025-02",), ("2025-01",), ("2025-03",)], "survey_month string")
    row = [one[0] for one in frame.select(built_from(found)).collect()]
    assert row == [found["2025-02"].built_from, found["2025-01"].built_from, None]
