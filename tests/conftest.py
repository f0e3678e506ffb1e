"""One Spark session and the shipped configuration for a test run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config, load_config
from lakehouse.storage.session import start_session
from tests.support.places import TEST_CONF

# They import Airflow, and run in its environment: `make test-airflow`.
collect_ignore = ["airflow"]


@pytest.fixture(scope="session")
def config() -> Config:
    """The shipped configuration, with the session for tests."""
    return load_config(TEST_CONF, None, (), os.environ)


@pytest.fixture(scope="session")
def spark(config: Config) -> Iterator[SparkSession]:
    """The one session of a test run; a Spark Connect session in `make test-connect`."""
    if "LAKEHOUSE_TEST_CONNECT" in os.environ:
        builder = SparkSession.builder.remote("local[2]")
        for name, value in config.spark.items():
            # Spark Connect takes no options of the driver, nor those that are fixed at its start.
            if name.startswith("spark.sql.") and ".codegen." not in name:
                builder = builder.config(name, value)
        session = builder.getOrCreate()
    else:
        session = start_session(config.spark)
    yield session
    session.stop()
