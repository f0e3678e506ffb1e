"""What is open, nearly over, or cannot be judged, from the alerts of the last full month and those of a running one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from lakehouse.report.model import Problem
from lakehouse.report.problems import problems, recovering, standing, unjudged
from tests.support.data.report_rows import MONTHS, NEWEST, POLICY, alert, no_alert, span

pytestmark = pytest.mark.no_spark

WORDINGS = {"check_in_service": "Check-in service"}


def opened(*alerts: dict[str, Any], team: str = "ground") -> tuple[Problem, ...]:
    return problems(standing(alerts, span()), team, POLICY, WORDINGS)


def test_a_drop_in_words() -> None:
    (problem,) = opened(alert(handling="acknowledged", first_period=date(2026, 8, 1), periods_open=3))
    assert problem.headline == "Check-in service: rated 3.10, was 3.30"
    assert problem.facts == (
        "\N{MINUS SIGN}0.18 at an equal mix of passengers (95 % interval \N{MINUS SIGN}0.22 to \N{MINUS SIGN}0.14)",
        "all passengers",
        "1,000 answers",
    )
    assert (problem.since, problem.handling, problem.is_preliminary) == ("Aug 2026", "acknowledged", False)
    assert problem.published == alert()["headline"]


@pytest.mark.parametrize(
    ("changed", "headline", "fact"),
    [
        (
            {
                "metric": "share_satisfied",
                "question": None,
                "value": 0.382,
                "baseline_value": 0.43,
                "difference": -0.048,
            },
            "Satisfaction: 38.2\N{NO-BREAK SPACE}% satisfied, was 43.0\N{NO-BREAK SPACE}%",
            "\N{MINUS SIGN}4.8\N{NO-BREAK SPACE}points at an equal mix of passengers "
            "(95 % interval \N{MINUS SIGN}22.0 to \N{MINUS SIGN}14.0)",
        ),
        (
            {
                **{"rule": "low_ratings", "metric": "share_low", "value": 0.52, "threshold": 0.45, "ci_low": 0.49},
                **{"ci_high": 0.55, "baseline_value": None, "difference": None},
            },
            "Check-in service: 52.0\N{NO-BREAK SPACE}% low ratings (1 or 2), ceiling 45\N{NO-BREAK SPACE}%",
            "95 % interval 49.0\N{NO-BREAK SPACE}% to 55.0\N{NO-BREAK SPACE}%",
        ),
        (
            {
                **{"rule": "mix_shift", "metric": "passenger_mix", "question": None, "value": 0.2},
                **{"ci_low": None, "ci_high": None, "baseline_value": 0.0, "difference": 0.2},
            },
            "Passenger mix: 20.0\N{NO-BREAK SPACE}% of passengers in other groups than before",
            "all passengers",
        ),
    ],
)
def test_every_kind_of_alert_in_words(changed: dict[str, Any], headline: str, fact: str) -> None:
    (problem,) = opened(alert(**changed))
    assert (problem.headline, problem.facts[0]) == (headline, fact)


def test_led_alerts_are_folded_under_their_leader() -> None:
    child = alert(
        alert_id="a2", series_id="s2", parent_id="a1", segment="class", segment_value="Economy", difference=-0.3
    )
    (problem,) = opened(child, alert())
    assert problem.groups == ("Economy class: \N{MINUS SIGN}0.30",)


def test_an_alert_whose_leader_closed_stands_by_itself() -> None:
    led = alert(alert_id="a2", series_id="s2", parent_id="a1", period_start=MONTHS[-2])
    closed = [alert(period_start=MONTHS[-2]), no_alert(alert_id="a3", state="ok")]
    running = [no_alert(alert_id="a4", series_id="s4", is_preliminary=True)]
    assert [one.alert_id for one in opened(led, *closed, *running)] == ["a2"]


def test_problems_of_other_teams_and_of_months_before_are_not_shown() -> None:
    assert opened(alert(), team="gate") == ()
    assert opened(alert(period_start=MONTHS[-2]), no_alert(alert_id="a3", series_id="s3")) == ()


def test_a_running_month_closes_nothing_and_adds_what_it_shows() -> None:
    begun = alert(period_start=MONTHS[-2], first_period=MONTHS[-2])
    quiet = no_alert(alert_id="a3", is_preliminary=True, phase="pauses", first_period=MONTHS[-2])
    assert [one.since for one in opened(begun, quiet)] == ["Sep 2026"]
    new = alert(alert_id="a4", series_id="s4", is_preliminary=True, phase=None, first_period=None)
    assert [(one.since, one.is_preliminary) for one in opened(begun, quiet, new)] == [
        ("Sep 2026", False),
        ("Oct 2026", True),
    ]


def test_a_group_too_small_to_show_has_no_figures() -> None:
    (problem,) = opened(alert(n=9))
    assert problem.headline == "Check-in service: worse in a group too small to show"
    assert problem.facts == ("all passengers", "fewer than 10 answers")
    assert (problem.published, problem.reason) == ("", "")


def test_a_problem_with_one_good_month_is_nearly_over() -> None:
    paused = no_alert(phase="pauses", first_period=MONTHS[2])
    stands = standing([paused], span())
    assert problems(stands, "ground", POLICY, WORDINGS) == ()
    assert recovering(stands, "ground", WORDINGS) == (
        "Check-in service (mean rating): good in Oct 2026, after a problem since Jul 2026; "
        "over after one more good month",
    )
    assert recovering(stands, "gate", WORDINGS) == ()


def test_what_could_not_be_judged_is_told_once_per_cause() -> None:
    few = "few_answers: 98 answers, fewer than 100: cannot tell"
    bad = "2026-10: 12% of its lines are in quarantine (limit 10%): not judged"
    rows = [
        alert(series_id="1", state="insufficient", reason=few, segment="class", segment_value="Economy Plus"),
        alert(
            series_id="2", state="insufficient", reason=few, segment="class", segment_value="Economy Plus", question="x"
        ),
        alert(series_id="3", state="insufficient", reason="no_baseline: too few periods: cannot tell"),
        alert(series_id="4", state="not_judged", reason=bad),
        alert(series_id="5", state="not_judged", reason=bad),
        alert(series_id="6", state="insufficient", reason="mix: other", team="gate"),
        no_alert(series_id="7"),
    ]
    told = [(one.why, one.what) for one in unjudged(standing(rows, span()), ["ground"])]
    assert told == [
        ("The data is too bad", bad),
        ("Too few answers in Oct 2026", "Economy Plus class"),
        ("Too few months before it to compare with in Oct 2026", "all passengers"),
    ]


def test_a_series_by_day_stands_as_its_newest_day_says() -> None:
    days = [alert(period_type="day", period_start=date(2026, 10, day), first_period=None) for day in (3, 4)]
    assert [one.since for one in opened(*days)] == ["4 Oct 2026"]
    assert opened(*days, no_alert(period_type="day", period_start=date(2026, 10, 5))) == ()
    assert date(2026, 10, 1) == NEWEST
