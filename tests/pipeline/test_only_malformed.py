"""A file of which no line has the header's shape is quarantined like any other, and stops nobody."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from tests.support.pipeline import Pipeline
from tests.support.surveys import response, write_survey


def test_two_malformed_lines_are_quarantined(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    write_survey(pipeline.landing / "survey_2025-01.csv", [response(1)[:-3], response(2)[:-2]])
    assert pipeline.run() == 0
    rows = pipeline.read("silver.quarantine").collect()
    assert sorted((row["_source_row"], row["reasons"]) for row in rows) == [(1, ["malformed"]), (2, ["malformed"])]
    assert pipeline.read("silver.survey_responses").count() == 0
    before = pipeline.versions()
    assert pipeline.run() == 0
    assert pipeline.versions() == before
