"""Delivered words that stand for no value of their column."""

from __future__ import annotations

import os

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config, load_config
from lakehouse.quality.words import unknown_words, value_checks
from lakehouse.storage.frames import frame_of


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load_config(None, None, (), os.environ)


@pytest.mark.no_spark
def test_the_rules_that_know_words(shipped: Config) -> None:
    checks = value_checks(shipped.suites["silver"], shipped.catalogue)
    assert set(checks.values()) == set(shipped.catalogue.of_type("category"))
    assert all(reason.endswith(f":{column}") for reason, column in checks.items())


def test_unknown_words_by_file_and_column_the_frequent_ones_first(spark: SparkSession) -> None:
    rows = [
        ("a", "Eco Premium", "Male", ["unknown:class"]),
        ("a", "Eco Premium", "M", ["unknown:class", "unknown:gender"]),
        ("a", "Business", "Male", ["age:age"]),
        ("a", "Business", "Male", []),
        ("b", "First", "Male", ["unknown:class"]),
        ("c", "Cattle", "Male", ["unknown:class"]),
        # A total is no response.
        ("a", "40", "Male", ["missing:id", "missing:age", "missing:seat", "missing:wifi", "unknown:class"]),
    ]
    lines = frame_of(spark, rows, "_source_sha256 string, class string, gender string, reasons array<string>")
    checks = {"unknown:class": "class", "unknown:gender": "gender"}
    found = unknown_words(lines, checks, ["a", "b"]).collect()
    assert [tuple(row) for row in found] == [
        ("a", "class", "Eco Premium", 2),
        ("a", "gender", "M", 1),
        ("b", "class", "First", 1),
    ]
