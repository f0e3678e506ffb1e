"""Months against the months before them."""

from __future__ import annotations

import os
from datetime import date

import pytest

from lakehouse.config.load import Config, load_config
from lakehouse.quality.periods import monthly, period_findings
from lakehouse.quality.results import results_of

pytestmark = pytest.mark.no_spark

SIX = [f"2025-0{month}" for month in range(1, 7)]
TODAY = date(2025, 8, 14)


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load_config(None, None, (), os.environ)


def judged(config: Config, measure: str, values: list[float], built: list[str], today: date = TODAY) -> dict[str, str]:
    """Outcome by rule."""
    suite = config.suites["periods"]
    measures = {measure: dict(zip(SIX, values, strict=False))}
    found = period_findings(suite, measures, built, max(measures[measure], default=None), today)
    return {result.rule: result.outcome.value for result in results_of("periods", suite, found)}


@pytest.mark.parametrize(
    ("measure", "values", "outcome"),
    [
        ("responses", [100, 120, 90, 110, 100, 51], "passed"),
        ("responses", [100, 120, 90, 110, 100, 49], "failed"),
        ("responses", [100, 120, 90, 110, 100, 200], "passed"),
        ("responses", [100, 120, 90, 110, 100, 201], "failed"),
        ("responses", [100], "vacuous"),
        # The middle value: one odd month before does not change what is usual.
        ("responses", [100, 9000, 90, 110, 100, 120], "passed"),
        ("share_imputed", [0.003, 0.003, 0.022], "passed"),
        ("share_imputed", [0.003, 0.003, 0.024], "failed"),
        ("share_not_applicable", [0.10, 0.04], "failed"),
        ("share_not_applicable", [0.10, 0.06], "passed"),
        ("share_quarantined", [0.0, 0.02], "passed"),
        ("share_quarantined", [0.0, 0.021], "failed"),
    ],
)
def test_a_month_is_compared_with_the_months_before(
    shipped: Config, measure: str, values: list[float], outcome: str
) -> None:
    assert judged(shipped, measure, values, SIX[len(values) - 1 : len(values)])[f"{measure}_near_usual"] == outcome


def test_each_month_that_was_built_is_judged_and_named(shipped: Config) -> None:
    suite = shipped.suites["periods"]
    values = dict(zip(SIX, [100, 110, 20, 105, 900, 100], strict=True))
    (found, *_) = period_findings(suite, {"responses": values}, SIX, SIX[-1], TODAY)
    assert (found.evaluated, found.failed, found.missing) == (6, 2, 1)
    assert found.detail == "2025-03: 20, usual 105, 2025-05: 900, usual 102"


@pytest.mark.parametrize(("today", "outcome"), [(date(2025, 8, 14), "passed"), (date(2025, 8, 15), "failed")])
def test_the_newest_month_ended_lately(shipped: Config, today: date, outcome: str) -> None:
    found = judged(shipped, "responses", [100.0] * 6, [], today)
    assert found == {"newest_month_recent": outcome}
    assert judged(shipped, "responses", [], [], today) == {}


def test_measures_of_a_month() -> None:
    january, february = date(2025, 1, 1), date(2025, 2, 1)
    responses = [(january, 8, 6), (february, 4, 4)]
    answers = [(january, 10, 1), (january, 10, 4), (february, 0, 0)]
    assert monthly(responses, answers, {"2025-01": 2}) == {
        "responses": {"2025-01": 8, "2025-02": 4},
        "share_imputed": {"2025-01": 0.25, "2025-02": 0.0},
        "share_not_applicable": {"2025-01": 0.25},
        "share_quarantined": {"2025-01": 0.2, "2025-02": 0.0},
    }
