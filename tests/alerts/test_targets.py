"""Targets: a floor or a ceiling, told in words, by the owner of the time; and what an alert is as a row."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from lakehouse.alerts.alert import Alert
from lakehouse.alerts.evidence.observed import Cell
from lakehouse.alerts.rules import Threshold
from schemas.gold import ALERTS
from tests.support.data.answers import BUSINESS, ECONOMY, month, ratings, shares
from tests.support.judging import CATALOGUE, GATE, SEVEN, WIFI, drop, judged, opened, target

pytestmark = pytest.mark.no_spark


FLOOR = target("share_satisfied", "below", 0.40)
CEILING = target("share_low", "above", 0.45, question_thresholds={"wifi": Threshold(0.60, "why")})


@pytest.mark.parametrize(
    ("metric", "asked", "share", "n", "state", "team"),
    [
        ("share_satisfied", None, 0.30, 500, "open", "airline"),
        # The point lies beyond the floor, the interval does not.
        ("share_satisfied", None, 0.39, 500, "ok", "airline"),
        ("share_satisfied", None, 0.0, 49, "insufficient", "airline"),
        ("share_satisfied", None, 0.0, 50, "open", "airline"),
        ("share_low", "gate", 0.52, 500, "open", "gate"),
        ("share_low", "gate", 0.46, 500, "ok", "gate"),
        ("share_low", "gate", 0.0, 0, "insufficient", "gate"),
        # Its own ceiling lies higher.
        ("share_low", "wifi", 0.52, 500, "ok", "in_flight"),
        ("share_low", "wifi", 0.70, 500, "open", "in_flight"),
    ],
)
def test_targets(metric: str, asked: str | None, share: float, n: int, state: str, team: str) -> None:
    (alert,) = judged(ratings({"gate": [4.0]}, more=shares(metric, asked, [share], n)), FLOOR, CEILING)
    assert (alert.state.value, alert.team, alert.n) == (state, team, 2 * n)


def test_targets_in_words() -> None:
    def told(share: float, n: int = 500) -> Alert:
        return judged(ratings({"gate": [4.0]}, more=shares("share_low", "wifi", [share], n)), CEILING)[0]

    assert told(0.7).headline == "wifi: 70.0% low ratings (1 or 2), all passengers, in 2024-01; 1,000 answers"
    assert told(0.7).reason == "95% interval 67.1% to 72.8% lies wholly above 60.0%"
    assert told(0.6).reason.endswith("not shown to be above 60.0%")
    assert told(0.6, 0).value is None


def test_a_target_on_a_mean() -> None:
    low = target("mean_rating", "below", 3.0, segments=("class",))
    alerts = judged(ratings({"wifi": {ECONOMY: [2.9], BUSINESS: [2.95]}}), low)
    assert [(one.segment_value, one.state.value) for one in alerts] == [("Business", "ok"), ("Economy", "open")]


def test_an_alert_has_the_columns_of_the_contract_and_keeps_its_id() -> None:
    alerts = judged(ratings({"wifi": [*SEVEN, 3.7]}), drop(segments=("overall",)))
    row = dict(zip(ALERTS.names, alerts[-1].as_row("hash"), strict=True))
    assert (row["period_start"], row["question"], row["n"], row["_built_from"]) == (month(7), "wifi", 2000, "hash")
    assert row["difference"] == pytest.approx(-0.3, abs=0.01)
    cells = alerts[-1].evidence.cells if alerts[-1].evidence else ()
    assert [one.cell for one in cells] == [BUSINESS, ECONOMY]
    assert row["cells"] == [(*one.cell, *list(vars(one).values())[1:]) for one in cells]
    again = judged(ratings({"wifi": [*SEVEN, 4.0]}), drop(segments=("overall",)))
    assert [one.alert_id for one in again] == [one.alert_id for one in alerts]
    assert len({one.alert_id for one in alerts}) == len(alerts)


def test_a_past_period_keeps_its_owner_and_its_words() -> None:
    versions = [
        replace(GATE.versions[0], wording="Location of the gate", valid_to=date(2024, 1, 31)),
        replace(GATE.versions[0], wording="Where is the gate?", owner="airline", valid_from=date(2024, 2, 1)),
    ]
    catalogue = replace(CATALOGUE, questions=(WIFI, replace(GATE, versions=tuple(versions))))
    low = target("mean_rating", "below", 3.0)
    january, february = judged(ratings({"gate": [4.0, 4.0]}), low, catalogue=catalogue)
    assert (january.team, february.team) == ("gate", "airline")
    assert (january.headline[:8], february.headline[:8]) == ("Location", "Where is")


def test_cells_with_a_handful_of_answers_do_not_count() -> None:
    odd = Cell("First", "Business", "Returning")
    values = {ECONOMY: [4.0] * 7, odd: [*[4.0] * 6, 1.0]}
    seen = ratings({"wifi": values}, answers={ECONOMY: [1000] * 7, odd: [4] * 7})
    assert opened(judged(seen)) == []
