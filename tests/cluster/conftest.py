"""A cluster, files to load, and what local mode makes of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from lakehouse.generate import generate_surveys
from tests.support.pipeline import Pipeline
from tests.support.processes.cluster import Cluster, standalone

REFUSED = b"ID,Class\r\n1,Business\0\r\n"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A master and two workers."""
    with standalone(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture(scope="session")
def local(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A warehouse that local mode filled: three months, one with bad lines, one in UTF-16, which Spark reads from a
    copy; a fourth file is refused."""
    pipeline = Pipeline(spark, config, tmp_path_factory.mktemp("local"))
    files = generate_surveys(pipeline.landing, 300, 3, 7, faults=5)
    files[0].write_bytes(files[0].read_text(encoding="utf-8").encode("utf-16"))
    (pipeline.landing / "survey_2025-04.csv").write_bytes(REFUSED)
    assert pipeline.run() == 5
    return pipeline


@pytest.fixture
def shared(local: Pipeline, tmp_path: Path) -> Path:
    """A folder with the same files in `landing`, and no warehouse yet."""
    shutil.copytree(local.landing, tmp_path / "surveys" / "landing")
    return tmp_path / "surveys"
