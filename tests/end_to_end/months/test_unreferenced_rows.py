"""Rows of dimensions that no fact points at any more are gone after the run that replaced the facts."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lakehouse.config.load import Config
from tests.support.data.surveys import response, write_survey
from tests.support.pipeline import Pipeline

DIMENSIONS = {
    "gold.dim_passengers": "passenger_key",
    "gold.dim_flight_details": "flight_details_key",
    "gold.dim_date": "survey_month",
}

pytestmark = pytest.mark.long


def unreferenced(pipeline: Pipeline) -> dict[str, int]:
    """Rows that no fact points at, by dimension."""
    fact = pipeline.read("gold.fact_survey_responses")
    return {
        table: pipeline.read(table).join(fact, on=key, how="left_anti").count() for table, key in DIMENSIONS.items()
    }


def test_what_a_correction_leaves_alone_is_dropped(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    write_survey(pipeline.landing / "survey_2025-01.csv", [response(1), response(2), response(3, class_="Economy")])
    write_survey(pipeline.landing / "survey_2025-02.csv", [response(4)])
    assert pipeline.run() == 0
    # Response 1 has another passenger row, 3 another class, and February is empty.
    corrected = [response(1, age=41), response(3), response(4, gate_location=1)]
    write_survey(pipeline.landing / "survey_2025-03.csv", corrected)
    assert pipeline.run() == 0
    assert unreferenced(pipeline) == dict.fromkeys(DIMENSIONS, 0)
    assert pipeline.read("gold.dim_flight_details").count() == 1
    # As a run leaves it that dies after the dimensions and before the fact, and whose file is then forgotten.
    table = pipeline.tables.passengers
    stray = pipeline.read(table.full_name).limit(1).withColumn("passenger_key", F.lit(7).cast("bigint"))
    pipeline.warehouse.append(stray, table, metadata={"rules_version": config.rules_version, "operator_event": 0})
    assert unreferenced(pipeline)["gold.dim_passengers"] == 1
    write_survey(pipeline.landing / "survey_2025-03_more.csv", [response(5)])
    assert pipeline.run() == 0
    assert unreferenced(pipeline) == dict.fromkeys(DIMENSIONS, 0)
    before = pipeline.warehouse.version(table)
    # A month that only grows costs the dimensions one commit, which adds its passengers.
    write_survey(pipeline.landing / "survey_2025-03_last.csv", [response(6)])
    assert pipeline.run() == 0
    assert unreferenced(pipeline) == dict.fromkeys(DIMENSIONS, 0)
    assert pipeline.warehouse.version(table) == (before or 0) + 1
