"""Great Expectations on a frame: the counts of the row predicates, from few Spark jobs."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.config.load import Config
from lakehouse.errors import CheckError
from lakehouse.quality.results import results_of
from lakehouse.quality.rules import fails
from lakehouse.quality.runner import evaluate
from lakehouse.quality.suites import Suite, quarantining, reason, row_checks
from lakehouse.storage.frames import frame_of

WORDS = {
    "class": "Economy",
    "travel_type": "Business",
    "customer_type": "Returning",
    "satisfaction": "Satisfied",
    "gender": "Male",
}
# Typed lines by what is changed in a good one, and the reasons for which each must be rejected.
PLANTED: list[tuple[dict[str, object], list[str]]] = [
    ({}, []),
    ({"seat_comfort": 0, "age": None, "gender": None, "flight_distance": None}, []),
    ({"seat_comfort": 6}, ["rating_out_of_range:seat_comfort"]),
    ({"seat_comfort": -1, "cleanliness": 7}, ["rating_out_of_range:seat_comfort", "rating_out_of_range:cleanliness"]),
    ({"age": None, "age__unread": "forty"}, ["not_a_number:age"]),
    ({"age": 121}, ["age_out_of_range:age"]),
    ({"age": 120}, []),
    ({"id__unread": "A1"}, ["id_not_a_number:id"]),
    ({"class": "Eco Premium"}, ["unknown_value:class"]),
    ({"class": None, "class__given": False}, ["required_missing:class"]),
    ({"survey_date": None}, ["survey_date_unreadable:survey_date"]),
    ({"survey_date__beyond": date(2205, 10, 4)}, ["survey_date_out_of_range:survey_date"]),
    (
        {"departure_delay": -1, "flight_distance": 20001},
        ["delay_out_of_range:departure_delay", "distance_out_of_range:flight_distance"],
    ),
    # Nobody must report an arrival delay; a warning counts how many do not.
    ({"arrival_delay": None}, []),
]


def column_type(name: str) -> str:
    if name.endswith("__given"):
        return "boolean"
    if name in WORDS or name.endswith("__unread"):
        return "string"
    return "date" if name.startswith("survey_date") else "int"


def good(name: str) -> object:
    if name.endswith("__beyond"):
        return None
    values: dict[str, object] = {"boolean": True, "string": WORDS.get(name), "date": date(2025, 1, 31), "int": 3}
    return values[column_type(name)]


@pytest.fixture(scope="module")
def suite(config: Config) -> Suite:
    return config.suites["silver"]


@pytest.fixture(scope="module")
def planted(spark: SparkSession, suite: Suite) -> DataFrame:
    """The lines, as silver's rules see them."""
    names = list(dict.fromkeys(column for _, column in row_checks(suite)))
    rows = [tuple(changed.get(name, good(name)) for name in names) for changed, _ in PLANTED]
    assert set(names).issuperset(name for changed, _ in PLANTED for name in changed)
    return frame_of(spark, rows, ", ".join(f"{name} {column_type(name)}" for name in names)).localCheckpoint()


def test_it_counts_what_was_planted_and_what_the_predicates_count(suite: Suite, planted: DataFrame) -> None:
    judging_rows = replace(suite, rules=quarantining(suite))
    found = {
        reason(one.rule, str(one.column)): (one.evaluated, one.failed, one.success)
        for one in evaluate(judging_rows, planted)
    }
    checks = list(row_checks(suite))
    predicates = planted.select(*(F.count_if(fails(rule, column)) for rule, column in checks)).collect()[0]
    reasons = [name for _, names in PLANTED for name in names]
    assert found == {
        reason(rule, column): (len(PLANTED), failed, failed == 0)
        for (rule, column), failed in zip(checks, predicates, strict=True)
    }
    assert {name: failed for name, (_, failed, _) in found.items() if failed} == {
        name: reasons.count(name) for name in reasons
    }


@pytest.mark.parametrize(("mostly", "success"), [(0.95, False), (0.9, True), (None, False)])
def test_a_rule_may_allow_a_share(suite: Suite, planted: DataFrame, mostly: float | None, success: bool) -> None:
    (rule,) = (rule for rule in suite.rules if rule.id == "arrival_delay_reported")
    (found,) = evaluate(replace(suite, rules=(replace(rule, mostly=mostly),)), planted)
    # One of fourteen: 7.1 %.
    assert (found.evaluated, found.failed, found.success) == (14, 1, success)


def test_an_empty_frame_counts_nothing_and_is_no_pass(suite: Suite, planted: DataFrame) -> None:
    found = evaluate(suite, planted.limit(0))
    assert {(one.evaluated, one.failed) for one in found} == {(0, 0)}
    assert [one.rule.id for one in found if not one.success] == ["rows_present"]


def test_a_column_without_a_single_value_is_no_pass(suite: Suite, planted: DataFrame) -> None:
    (rule,) = (rule for rule in suite.rules if rule.id == "age_out_of_range")
    alone = replace(suite, rules=(rule,))
    (found,) = evaluate(alone, planted.withColumn("age", F.lit(None).cast("int")))
    assert (found.evaluated, found.failed, found.missing, found.is_vacuous) == (len(PLANTED), 0, len(PLANTED), True)
    outcomes = [
        results_of("silver", alone, [found], delivered)[0].outcome.value for delivered in (None, {"age"}, {"id"})
    ]
    # That a column is empty which no file has is no news.
    assert outcomes == ["vacuous", "vacuous", "passed"]
    (judged,) = evaluate(alone, planted)
    assert not judged.is_vacuous
    assert str(judged.library).startswith("great_expectations 1.")
    assert judged.seconds is not None
    assert judged.seconds > 0


def test_a_check_that_cannot_run_is_no_finding(suite: Suite, planted: DataFrame) -> None:
    (rule,) = (rule for rule in suite.rules if rule.id == "age_out_of_range")
    with pytest.raises(CheckError, match="rule age_out_of_range could not run on age"):
        evaluate(replace(suite, rules=(rule,)), planted.drop("age"))


@pytest.mark.skipif(
    "LAKEHOUSE_TEST_CONNECT" in os.environ, reason="Spark Connect does not tell how many Spark jobs ran"
)
def test_the_number_of_checks_costs_no_spark_jobs(spark: SparkSession, suite: Suite, planted: DataFrame) -> None:
    spark.sparkContext.setJobGroup("suite", "checks of silver")
    try:
        assert len(evaluate(suite, planted)) > 45
    finally:
        spark.sparkContext.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type]
    assert 1 <= len(spark.sparkContext.statusTracker().getJobIdsForGroup("suite")) <= 8
