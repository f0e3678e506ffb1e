"""Warehouses that tests share: they read them, and leave their content as it is."""

from __future__ import annotations

import shutil
from contextlib import redirect_stderr

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from lakehouse.generate import Effect, generate_surveys
from tests.support.data.bad_lines import BAD_LINES, ROWS
from tests.support.data.surveys import response, write_survey
from tests.support.pipeline import Pipeline
from tests.support.places import REAL_SURVEY


@pytest.fixture(scope="session")
def bad_lines(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A warehouse into which one file with every kind of bad line was loaded; log.txt is what the run said."""
    pipeline = Pipeline(spark, config, tmp_path_factory.mktemp("bad_lines"))
    lines = (BAD_LINES.get(number, response(number)) for number in range(1, ROWS + 1))
    write_survey(pipeline.landing / "survey_2025-03.csv", lines)
    with (pipeline.root / "log.txt").open("w", encoding="utf-8") as log, redirect_stderr(log):
        assert pipeline.run("run", "-v") == 0
    return pipeline


@pytest.fixture(scope="session")
def months(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A warehouse into which six monthly files came in two runs, the newest first; tests leave its content."""
    root = tmp_path_factory.mktemp("months")
    worse = Effect("check_in_service", "2025-06", 0.35)
    files = generate_surveys(root / "files", 300, 6, 3, effects=[worse], faults=10)
    pipeline = Pipeline(spark, config, root)
    for first in (3, 0):
        for file in files[first : first + 3]:
            shutil.copy(file, pipeline.landing)
        assert pipeline.run() == 0
    return pipeline


@pytest.fixture(scope="session")
def real_survey(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A warehouse into which the public survey file was loaded as one month; tests leave its content."""
    pipeline = Pipeline(spark, config, tmp_path_factory.mktemp("real_survey"))
    assert pipeline.run("run", "--landing", str(REAL_SURVEY), "--survey-date", "2025-01-31") == 0
    return pipeline
