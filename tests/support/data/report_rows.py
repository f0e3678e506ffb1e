"""Rows as the report collects them, written by hand: six months in which check-in got worse in the last one."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

from lakehouse.alerts.rules import MEAN_RATING, SHARE_LOW, SHARE_SATISFIED, AlertPolicy, DropRule, TargetRule
from lakehouse.config.load import load_config
from lakehouse.report.collected import Collected, Span, span_of
from lakehouse.report.model import Page
from lakehouse.report.page import page_of

MONTHS = tuple(date(2026, month, 1) for month in range(5, 11))
NEWEST = MONTHS[-1]
MADE_AT = datetime(2026, 11, 3, 8, 30, tzinfo=timezone.utc)
WORSE = DropRule(name="worse_rating", metric=MEAN_RATING, reason="", minimum_effect=0.1, lasting_effect=0.05)
LOW = TargetRule(name="low_ratings", metric=SHARE_LOW, reason="", direction="above", threshold=0.45)
FLOOR = TargetRule(name="overall_satisfaction", metric=SHARE_SATISFIED, reason="", direction="below", threshold=0.4)
POLICY = AlertPolicy((FLOOR, LOW, WORSE))
QUESTIONS = {
    "check_in_service": ("ground", "Check-in service"),
    "baggage_handling": ("ground", "Handling of baggage"),
    "seat_comfort": ("in_flight", "Comfort of the seat"),
}
Row = dict[str, Any]


def alert(**changed: Any) -> Row:
    """An alert on check-in among all passengers in the newest month: open, but for what is changed."""
    own = {
        "alert_id": "a1",
        "series_id": "s1",
        "parent_id": None,
        "period_type": "month",
        "period_start": NEWEST,
        "segment": "overall",
        "segment_value": "all",
        "rule": "worse_rating",
        "metric": "mean_rating",
        "team": "ground",
        "question": "check_in_service",
        "n": 1000,
        "value": 3.1,
        "threshold": 0.1,
        "ci_low": -0.22,
        "ci_high": -0.14,
        "state": "open",
        "reason": "against the periods before: p 1e-09, q 1e-08; worse by at least 0.10",
        "headline": "Check-in service: mean 3.10, was 3.30, all passengers, in 2026-10; 1,000 answers",
        "is_preliminary": False,
        "phase": "begins",
        "first_period": NEWEST,
        "periods_open": 1,
        "baseline_value": 3.3,
        "difference": -0.18,
        "standard_error": 0.02,
        "factor": 1.1,
        "periods_tested": 1,
        "value_tested": 3.1,
        "handling": "new",
    }
    assert changed.keys() <= own.keys()
    return own | changed


def no_alert(**changed: Any) -> Row:
    """The same in a month in which nothing is shown."""
    fine = {
        "state": "ok",
        "reason": "p 0.4, q 1; not worse by 0.10, the least that counts",
        "difference": 0.01,
        "ci_low": -0.03,
        "ci_high": 0.05,
        "value_tested": 3.31,
        "phase": None,
        "first_period": None,
        "periods_open": 0,
    }
    return alert(**(fine | changed))


def rated(question: str, n: int, mean: float, **changed: Any) -> Row:
    """Ratings of a question among all passengers in the newest month: a fifth low, three fifths top."""
    own = {
        "period_type": "month",
        "period_start": NEWEST,
        "segment": "overall",
        "segment_value": "all",
        "question": question,
        "n_asked": n,
        "n": n,
        "n_not_applicable": 0,
        "sum_rating": round(n * mean),
        "sum_squares": round(n * (mean**2 + 1.5)),
        "n_low": n // 5,
        "n_top": n * 3 // 5,
    }
    assert changed.keys() <= own.keys()
    return own | changed


def responses(month: date, n: int = 1000, satisfied: int = 430) -> Row:
    """What all passengers of a month answered."""
    return {
        "period_type": "month",
        "period_start": month,
        "segment": "overall",
        "segment_value": "all",
        "n": n,
        "n_satisfied": satisfied,
        "n_service_index": n,
        "sum_service_index": n * 56.0,
        "sum_squares_service_index": n * (56.0**2 + 200),
        "n_departure_late": n // 4,
        "n_arrival_reported": n,
        "n_arrival_late": n // 4,
    }


def version(question: str, **changed: Any) -> Row:
    """A version of a question, asked from long ago for ever."""
    team, wording = QUESTIONS[question]
    own = {
        "question": question,
        "wording": wording,
        "team": team,
        "weight": 1.0,
        "change": None,
        "comparability": None,
        "valid_from": date(2000, 1, 1),
        "valid_to": date(9999, 12, 31),
    }
    assert changed.keys() <= own.keys()
    return own | changed


def link(travel_type: str, question: str, top: tuple[int, int], low: tuple[int, int]) -> Row:
    """Top and low raters of a question and the satisfied among them; as many rated it 3 as rated it low."""
    return {
        "travel_type": travel_type,
        "question": question,
        "n_rated": top[0] + 2 * low[0],
        "n_top": top[0],
        "n_top_satisfied": top[1],
        "n_low": low[0],
        "n_low_satisfied": low[1],
    }


def files(**changed: Any) -> Row:
    """The admitted files of a balance that adds up."""
    own = {"state": "admitted", "n_files": 6, "lines": 6005, "in_silver": 6000, "superseded": 1, "quarantined": 4}
    return {**own, "erased": 0, "waiting": 0, **changed}


def months_of_check_in() -> list[Row]:
    """Ratings of check-in by month: 3.3, and 3.1 in the newest."""
    return [rated("check_in_service", 1000, 3.1 if day == NEWEST else 3.3, period_start=day) for day in MONTHS]


def groups(question: str, *cells: tuple[str, int, float]) -> list[Row]:
    """Ratings of a question by class and travel type in the newest month."""
    return [rated(question, n, mean, segment="class_travel_type", segment_value=value) for value, n, mean in cells]


def collected(**changed: Any) -> Collected:
    """All rows of the six months, but for what is changed."""
    in_groups = groups(
        "check_in_service",
        ("Business / Business", 800, 3.7),
        ("Economy / Business", 60, 2.5),
        ("Economy / Personal", 9, 2.0),
    )
    own: Row = {
        "responses": dict.fromkeys(MONTHS, 1000),
        "satisfaction": [responses(day) for day in MONTHS],
        "questions": [*months_of_check_in(), *in_groups, rated("seat_comfort", 1000, 3.5)],
        "alerts": [
            *(no_alert(period_start=day, alert_id=f"ok{day.month}") for day in MONTHS[3:-1]),
            alert(),
            alert(
                alert_id="a2",
                series_id="s2",
                parent_id="a1",
                segment="class_travel_type",
                segment_value="Business / Business",
                n=800,
                difference=-0.2,
            ),
        ],
        "versions": [version(question) for question in QUESTIONS],
        "associations": [
            link("Business", "check_in_service", (600, 420), (300, 120)),
            link("Business", "seat_comfort", (700, 420), (300, 150)),
        ],
        "files": [files()],
        "runs": [{"command": "run", "ended": 1793606400, "exit_code": 0, "message": ""}],
    }
    assert changed.keys() <= Collected.__dataclass_fields__.keys()
    return Collected(**(own | changed))


def span() -> Span:
    """The months of these rows."""
    found = span_of(dict.fromkeys(MONTHS, 1000), 100)
    assert found is not None
    return found


def page(rows: Collected | None = None, team: str | None = None) -> Page:
    """The page of the rows."""
    rows = rows or collected()
    catalogue = load_config(None, None, (), {}).catalogue
    return page_of(rows, span_of(rows.responses, 100), POLICY, catalogue, MADE_AT, team)
