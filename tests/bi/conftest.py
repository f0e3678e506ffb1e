"""A warehouse that the tests of this folder copy."""

from __future__ import annotations

import shutil

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from lakehouse.generate import Effect, generate_surveys
from tests.support.pipeline import Pipeline


@pytest.fixture(scope="session")
def surveyed(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A warehouse with three months, in the last of which check-in became worse."""
    pipeline = Pipeline(spark, config, tmp_path_factory.mktemp("surveyed"))
    worse = Effect("check_in_service", "2025-03", 0.5)
    for file in generate_surveys(pipeline.root / "files", 300, 3, 3, effects=[worse]):
        shutil.copy(file, pipeline.landing)
    assert pipeline.run() == 0
    return pipeline
