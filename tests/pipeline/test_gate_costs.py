"""What the gates cost: Spark jobs, which do not grow with the number of rules or columns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config import Config
from tests.conftest import Pipeline
from tests.support import response, write_survey

# Great Expectations alone would take 58 for silver's checks, one by one; most of these are our own group-bys, which
# run beside its one aggregation.
MOST_JOBS = {"bronze": 8, "file": 8, "silver": 8, "silver, samples": 8, "gold": 24, "periods": 18, "balance": 8}


def test_spark_jobs_of_each_gate(
    spark: SparkSession, config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    lines = [response(number, age=222 if number == 7 else 40) for number in range(1, 21)]
    write_survey(pipeline.landing / "survey_2025-03.csv", lines)
    capsys.readouterr()
    assert pipeline.run("run", "-v") == 0
    told = re.findall(r"^gate (.+): [\d.]+ s, (\d+) Spark jobs$", capsys.readouterr().err, re.MULTILINE)
    jobs = {gate: int(number) for gate, number in told}
    assert jobs.keys() == MOST_JOBS.keys()
    assert {gate: number for gate, number in jobs.items() if number > MOST_JOBS[gate]} == {}
    assert min(jobs.values()) > 0
