"""Ids that are text: every character counts, from the delivered cell to the star schema, and in an erasure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import load_config
from lakehouse.errors import UsageError
from tests.support.catalogues import SHIPPED_QUESTIONS, with_conf
from tests.support.data.surveys import response, write_survey
from tests.support.pipeline import Pipeline

WITH_TEXT_IDS = SHIPPED_QUESTIONS.replace("    headers: [ID]\n", "    headers: [ID]\n    kind: text\n")


def pipeline_with(spark: SparkSession, root: Path, questions: str) -> Pipeline:
    conf = with_conf(root / "conf", questions)
    return Pipeline(spark, load_config(conf, None, (), os.environ), root, conf)


def ids(pipeline: Pipeline, table: str) -> list[object]:
    return sorted(row[0] for row in pipeline.read(table).select("id").collect())


@pytest.mark.long
def test_every_character_of_a_text_id_counts(spark: SparkSession, tmp_path: Path) -> None:
    # The tables were made for whole numbers, and hold none yet: they are made anew.
    pipeline = pipeline_with(spark, tmp_path, WITH_TEXT_IDS)
    given = ["7", "007", "7.0", "R_a", "R_A", " R_b ", "Émile 1"]
    write_survey(pipeline.landing / "survey_2025-01.csv", [*map(response, given), response("n/a"), ["R_c 5", "x"]])
    assert pipeline.run() == 0
    expected = sorted(one.strip() for one in given)
    for table in ("silver.survey_responses", "gold.fact_survey_responses", "gold.dim_passengers"):
        assert ids(pipeline, table) == expected, table
    assert pipeline.sql("SELECT count(DISTINCT response_key) FROM silver.survey_responses")[0][0] == len(given)
    reasons = pipeline.sql("SELECT reasons FROM silver.quarantine ORDER BY _source_row")
    assert [row[0] for row in reasons] == [["required_missing:id"], ["malformed"]]

    write_survey(pipeline.landing / "survey_2025-02.csv", [response("R_a", cleanliness=5), response("R_d")])
    assert pipeline.run() == 0
    assert ids(pipeline, "silver.survey_responses") == sorted([*expected, "R_d"])

    with pytest.raises(UsageError, match="names the id"):
        pipeline.call("forget", "--id", "R_a", "--reason", "letter of R_a")
    assert pipeline.run("forget", "--id", "007", "--id", "R_c 5") == 0
    left = sorted({*expected, "R_d"} - {"007"})
    for table in ("silver.survey_responses", "gold.fact_survey_responses", "gold.dim_passengers"):
        assert ids(pipeline, table) == left, table
    assert pipeline.read("bronze.survey_responses_raw").where("_corrupt_record is not null").isEmpty()
    assert pipeline.run("verify", "--deep") == 0

    before = pipeline.versions()
    as_numbers = pipeline_with(spark, tmp_path, SHIPPED_QUESTIONS)
    with pytest.raises(UsageError, match=r"its column id is string.*`kind` under columns\.id") as refused:
        as_numbers.call()
    assert refused.value.exit_code == 2
    assert as_numbers.versions() == before
