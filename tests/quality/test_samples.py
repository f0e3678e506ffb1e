"""Some of the lines that failed, for failed checks only."""

from __future__ import annotations

import os

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config, load_config
from lakehouse.quality.results import CheckOutcome, CheckResult
from lakehouse.quality.samples import failing_rows, with_samples
from lakehouse.quality.suites import Severity
from lakehouse.storage.frames import frame_of

PLACE = ("_source_sha256", "_source_row")


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load_config(None, None, (), os.environ)


def result(rule: str, column: str, outcome: CheckOutcome) -> CheckResult:
    return CheckResult("silver", "t", rule, column, Severity.WARNING, 9, 1, None, outcome, "")


def test_failed_checks_get_at_most_ten_lines(spark: SparkSession, shipped: Config) -> None:
    rows = [("b", line, line // 2, 200 if line > 3 else 20, -1) for line in range(1, 20)]
    typed = frame_of(
        spark,
        [*rows, ("a", 7, 100, 300, None)],
        "_source_sha256 string, _source_row bigint, id bigint, age int, arrival_delay int",
    )
    results = [
        result("age_out_of_range", "age", CheckOutcome.FAILED),
        result("delay_out_of_range", "arrival_delay", CheckOutcome.PASSED),
        result("id_repeats", "id", CheckOutcome.FAILED),
    ]
    failing = failing_rows(shipped.suites["silver"], results, typed, PLACE)
    assert failing is not None
    age, delay, repeats = with_samples(results, failing)
    assert age.samples == (("a", 7), *(("b", line) for line in range(4, 13)))
    assert delay.samples == ()
    # Line 1 alone has id 0; the others come in pairs.
    assert repeats.samples == tuple(("b", line) for line in range(2, 12))


def test_nothing_is_looked_for_when_nothing_failed(spark: SparkSession, shipped: Config) -> None:
    rows = frame_of(spark, [], "_source_sha256 string, _source_row bigint, id bigint, age int")
    passed = [result("age_out_of_range", "age", CheckOutcome.PASSED), result("id_repeats", "id", CheckOutcome.PASSED)]
    assert failing_rows(shipped.suites["silver"], passed, rows, PLACE) is None
