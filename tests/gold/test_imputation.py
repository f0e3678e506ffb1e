"""The back-test of imputed arrival delays, by hand."""

from __future__ import annotations

from datetime import datetime

import pytest
from pyspark.sql import SparkSession

from lakehouse.gold.imputation import Backtest, backtest, delay_counts
from lakehouse.storage.frames import frame_of
from schemas.ops import IMPUTATION_BACKTEST

AT = datetime(2025, 1, 1)
SCHEMA = "departure_delay int, arrival_delay int, arrival_delay_is_imputed boolean"


def tested(spark: SparkSession, *delays: tuple[int, int | None]) -> Backtest | None:
    """The back-test over departure and reported arrival delays; a missing arrival was filled with the departure."""
    rows = [(left, left if came is None else came, came is None) for left, came in delays]
    return backtest(delay_counts(frame_of(spark, rows, SCHEMA)).collect())


def test_errors_of_each_rule(spark: SparkSession) -> None:
    found = tested(spark, (0, 0), (0, 4), (10, 8), (20, 28), (10, None), (20, None), (20, None))
    assert found is not None
    assert (found.reported, found.missing) == (4, 3)
    # Distances from the departure delay 0, 4, 2, 8; the median is (4 + 8) / 2 = 6, the mean 40 / 4 = 10.
    assert found.plain == pytest.approx({"departure_delay": 14 / 4, "median": (6 + 2 + 2 + 22) / 4, "mean": 36 / 4})
    # One missing among 1-15 minutes (2; 2; 2), two among 16-60 (8; 22; 18).
    assert found.reweighted == pytest.approx(
        {"departure_delay": (2 + 2 * 8) / 3, "median": (2 + 2 * 22) / 3, "mean": (2 + 2 * 18) / 3}
    )
    assert found.is_best


def test_a_band_without_reported_delays_is_left_out(spark: SparkSession) -> None:
    found = tested(spark, (5, 6), (200, None), (5, None))
    assert found is not None
    assert found.reweighted == {"departure_delay": 1.0, "median": 0.0, "mean": 0.0}
    alone = tested(spark, (5, 6), (200, None))
    assert alone is not None
    assert (alone.missing, alone.reweighted) == (1, None)


def test_another_rule_can_be_better(spark: SparkSession) -> None:
    found = tested(spark, (60, 3), (0, 3), (90, 3))
    assert found is not None
    assert not found.is_best
    assert found.plain["median"] == 0.0


def test_without_a_reported_delay_there_is_nothing_to_test(spark: SparkSession) -> None:
    assert tested(spark, (3, None)) is None


@pytest.mark.no_spark
def test_each_rule_is_a_row() -> None:
    two_rules = Backtest(4, 3, {"departure_delay": 1.5, "mean": 2.0}, {"departure_delay": 1.0})
    rows = [dict(zip(IMPUTATION_BACKTEST.names, row, strict=True)) for row in two_rules.as_rows("run", AT)]
    assert [(row["method"], row["mean_absolute_error"], row["reweighted_error"]) for row in rows] == [
        ("departure_delay", 1.5, 1.0),
        ("mean", 2.0, None),
    ]
    assert {(row["run_id"], row["n_reported"], row["n_imputed"]) for row in rows} == {("run", 4, 3)}
