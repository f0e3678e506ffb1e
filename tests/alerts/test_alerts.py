"""Shares to alerts: open only when the evidence is there."""

from __future__ import annotations

from datetime import date

import pytest

from lakehouse.alerts.judge import Alert, Share, judge
from lakehouse.alerts.rules import AlertRule, Threshold
from lakehouse.alerts.statistics import wilson
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.questions import Question, Version
from schemas.gold import ALERTS

pytestmark = pytest.mark.no_spark

FLOOR = AlertRule("overall", "share_satisfied", "below", 0.40, {}, "why")
CEILING = AlertRule("low", "share_low", "above", 0.45, {"wifi": Threshold(0.60, "why")}, "why")
WIFI_WORDS = Version("Wifi during the flight", "in_flight", 1.0, "why", date(2000, 1, 1))
WIFI = Question("wifi", (), "wifi", (WIFI_WORDS,))
GATE = Question(
    "gate",
    (),
    "gate",
    (
        Version("Location of the gate", "gate", 1.0, "why", date(2000, 1, 1), date(2025, 1, 31)),
        Version("Where is the gate?", "ground", 1.0, "why", date(2025, 2, 1), change="reword", comparability="none"),
    ),
)
CATALOGUE = Catalogue((), (WIFI, GATE), ("",), ("gate",), {"share_satisfied": "airline"})


def judged(metric: str, question: str | None, hits: int, n: int, month: int = 1) -> Alert:
    share = Share(metric, "month", date(2025, month, 1), "overall", "all", question, hits, n)
    (alert,) = judge((FLOOR, CEILING), [share], CATALOGUE)
    return alert


# Published by statistics packages for the same method.
@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(10, 100, 0.0552291, 0.1743657), (0, 20, 0.0, 0.1611252), (20, 20, 0.8388748, 1.0), (1, 2, 0.0945312, 0.9054688)],
)
def test_wilson(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n, 0.95) == pytest.approx((low, high), abs=1e-6)


@pytest.mark.parametrize(
    ("metric", "question", "hits", "n", "state", "team"),
    [
        ("share_satisfied", None, 300, 1000, "open", "airline"),
        # The point lies beyond the floor, the interval does not.
        ("share_satisfied", None, 390, 1000, "ok", "airline"),
        ("share_satisfied", None, 0, 99, "insufficient", "airline"),
        ("share_satisfied", None, 0, 100, "open", "airline"),
        ("share_low", "gate", 520, 1000, "open", "gate"),
        ("share_low", "gate", 460, 1000, "ok", "gate"),
        ("share_low", "gate", 99, 99, "insufficient", "gate"),
        ("share_low", "gate", 0, 0, "insufficient", "gate"),
        # Its own ceiling lies higher.
        ("share_low", "wifi", 520, 1000, "ok", "in_flight"),
        ("share_low", "wifi", 700, 1000, "open", "in_flight"),
    ],
)
def test_states(metric: str, question: str | None, hits: int, n: int, state: str, team: str) -> None:
    alert = judged(metric, question, hits, n)
    assert (alert.state.value, alert.team) == (state, team)


def test_words() -> None:
    opened = judged("share_low", "wifi", 700, 1000)
    assert opened.headline == "Wifi during the flight: 70.0% low ratings (1 or 2) in 2025-01"
    assert opened.reason == "95% interval 67.1% to 72.8% lies wholly above 60.0%"
    assert judged("share_low", "wifi", 600, 1000).reason.endswith("not shown to be above 60.0%")
    assert judged("share_low", "wifi", 9, 9).reason == "9 answers, fewer than 100: cannot tell"
    assert judged("share_low", "wifi", 0, 0).value is None


def test_a_row_has_the_columns_of_the_contract() -> None:
    row = dict(zip(ALERTS.names, judged("share_low", "wifi", 700, 1000).as_row("hash"), strict=True))
    assert (row["period_start"], row["question"], row["n"]) == (date(2025, 1, 1), "wifi", 1000)
    assert (row["value"], row["threshold"], row["state"], row["_built_from"]) == (0.7, 0.6, "open", "hash")


def test_an_alert_keeps_its_id() -> None:
    assert judged("share_low", "wifi", 1, 200).alert_id == judged("share_low", "wifi", 150, 200).alert_id
    assert judged("share_low", "wifi", 1, 200).alert_id != judged("share_low", "gate", 1, 200).alert_id


def test_a_past_period_keeps_its_owner_and_its_words() -> None:
    january, february = (judged("share_low", "gate", 520, 1000, month) for month in (1, 2))
    assert (january.team, february.team) == ("gate", "ground")
    assert january.headline.startswith("Location of the gate: ")
    assert february.headline.startswith("Where is the gate?: ")
