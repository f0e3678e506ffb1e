"""Months of answers to alerts: what opens, for whom, since when, and what does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from lakehouse.alerts.evidence.observed import Measure, Observation, Observed, as_weeks, observed
from lakehouse.alerts.trust import Lines
from tests.support.data.answers import BUSINESS, ECONOMY, month, ratings, shares
from tests.support.judging import CATALOGUE, GATE, SEVEN, WIFI, drop, judged, month_of, of, opened, target

pytestmark = pytest.mark.no_spark


def test_a_fall_opens_in_its_segment_for_its_team_alone() -> None:
    fell = {ECONOMY: [*SEVEN, 3.7], BUSINESS: [*SEVEN, 4.0]}
    alerts = judged(ratings({"wifi": fell, "gate": [*SEVEN, 4.0]}))
    assert {(number, asked) for number, asked, _ in opened(alerts)} == {(7, "wifi")}
    economy = next(one for one in of(alerts, "class") if one.segment_value == "Economy" and month_of(one) == 7)
    assert (economy.team, economy.state.value, economy.parent_id) == ("in_flight", "open", None)
    assert economy.headline.replace("\N{MINUS SIGN}", "-") == (
        "wifi: mean 3.70, was 4.00 (-0.30, 95% interval -0.38 to -0.22), Economy class, in 2024-07; 1,000 answers"
    )
    assert economy.q_value is not None and economy.q_value < 1e-6
    led = [one for one in alerts if one.parent_id]
    assert {one.parent_id for one in led} == {economy.alert_id}


def test_nothing_opens_where_nothing_changed() -> None:
    assert opened(judged(ratings({"wifi": SEVEN * 2, "gate": SEVEN * 2}))) == []


def test_a_fall_everywhere_is_one_alert_with_children() -> None:
    alerts = judged(ratings({"wifi": [*SEVEN, 3.6], "gate": [*SEVEN, 4.0]}))
    open_ones = [one for one in alerts if one.state.value == "open"]
    leaders = [one for one in open_ones if one.parent_id is None]
    assert len(open_ones) > 3
    assert [(one.segment, one.question) for one in leaders] == [("overall", "wifi")]


def test_a_lasting_fall_is_one_episode_and_never_its_own_baseline() -> None:
    alerts = judged(ratings({"wifi": [*SEVEN, *[3.7] * 8, *[4.0] * 3]}), drop(segments=("overall",)))
    own = of(alerts)[6:]
    assert [one.phase.value if one.phase else None for one in own] == [
        *("begins", *["lasts"] * 7),
        *("pauses", "recovered", None),
    ]
    assert {one.first_period for one in own[:10]} == {month(7)}
    assert [one.periods_open for one in own[:8]] == list(range(1, 9))
    assert all(one.evidence and one.evidence.baseline_value == pytest.approx(4.0, abs=0.01) for one in own[:8])
    assert own[2].headline.endswith("all passengers, since 2024-07, third month; 2,000 answers")
    assert own[10].first_period is None


def test_a_small_fall_opens_once_it_lasts() -> None:
    alerts = judged(ratings({"wifi": [*SEVEN, *[3.93] * 3]}), drop(segments=("overall",)))
    states = [one.state.value for one in of(alerts)[6:]]
    assert states[0] == "ok" and states[-1] == "open"
    assert of(alerts)[-1].reason.startswith("the last ")


def test_a_fall_that_took_months_to_show_is_compared_with_the_months_before_it() -> None:
    alerts = of(judged(ratings({"wifi": [*SEVEN, *[3.92] * 8]}), drop(segments=("overall",))))
    begins = next(number for number, one in enumerate(alerts) if one.phase and one.phase.value == "begins")
    since = [one.evidence for one in alerts[begins:] if one.evidence]
    assert since[0].periods > 1
    assert [one.baseline_value for one in since] == [pytest.approx(4.0, abs=0.005)] * len(since)
    assert {one.state.value for one in alerts[begins:]} == {"open"}


def test_the_first_months_cannot_be_told() -> None:
    reasons = [one.reason for one in of(judged(ratings({"wifi": [4.0] * 4})))]
    assert [reason.partition(":")[0] for reason in reasons[:3]] == ["no_baseline"] * 3
    assert "against the periods before" in reasons[3]


def test_too_few_answers_are_never_fine() -> None:
    few = ratings({"wifi": [*SEVEN, 1.0]}, answers={ECONOMY: [1000] * 6 + [99]})
    last = of(judged(few, drop(segments=("overall",))))[-1]
    # So few responses in a month are a fault of its data, unless somebody lets it through.
    assert (last.state.value, last.reason.partition(":")[0]) == ("not_judged", "2024-07")
    through = of(judged(few, drop(segments=("overall",)), let_through=[("month", month(7))]))[-1]
    assert (through.state.value, through.reason) == (
        "insufficient",
        "few_answers: 99 answers, fewer than 100: cannot tell",
    )


def test_a_changed_mix_is_no_fall_but_an_alert_of_its_own() -> None:
    by_cell = {ECONOMY: [2.5] * 7, BUSINESS: [4.0] * 7}
    seen = ratings({"wifi": by_cell}, answers={ECONOMY: [800] * 6 + [1500], BUSINESS: [1200] * 6 + [500]})
    alerts = judged(seen, drop(), drop("passenger_mix", segments=("overall",), minimum_effect=0.10))
    assert opened(alerts) == [(7, None, "all")]
    (mix,) = (one for one in alerts if one.state.value == "open")
    assert (mix.metric, mix.team) == ("passenger_mix", "airline")
    assert mix.headline == (
        "Passenger mix: 35.0% of passengers in other groups than before, all passengers, in 2024-07; 2,000 responses"
    )
    raw = of(alerts)[-1]
    assert raw.evidence and raw.value is not None
    assert raw.value - raw.evidence.baseline_value < -0.5
    assert raw.evidence.difference == pytest.approx(0, abs=1e-9)


def test_passengers_of_another_kind_cannot_be_compared() -> None:
    seen = ratings({"wifi": [4.0] * 7}, answers={ECONOMY: [1000] * 6 + [0], BUSINESS: [1000] * 6 + [2000]})
    last = of(judged(seen))[-1]
    assert (last.state.value, last.reason.partition(":")[0]) == ("insufficient", "mix")


def test_a_surge_of_not_applicable_is_an_alert_of_its_own() -> None:
    usual, surge = [0.03, 0.031, 0.029, 0.03, 0.03, 0.03], 0.15
    seen = ratings({"wifi": [*SEVEN, 4.0]}, more=shares("share_not_applicable", "wifi", [*usual, surge]))
    alerts = judged(seen, drop(), drop("share_not_applicable", segments=("overall",), minimum_effect=0.03))
    assert opened(alerts) == [(7, "wifi", "all")]
    assert next(one for one in alerts if one.state.value == "open").headline.startswith(
        "wifi: 15.0% not applicable, was 3.0% (+12.0 points, 95% interval +"
    )


def test_bad_data_is_not_judged_until_somebody_lets_it_through() -> None:
    seen = ratings({"wifi": [*SEVEN, 3.5, 4.0]})
    bad: dict[str, Any] = {"lines": Lines(quarantined={month(7): 500})}
    alerts = judged(seen, drop(segments=("overall",)), **bad)
    states = [one.state.value for one in of(alerts)]
    assert states[6:] == ["not_judged", "ok"]
    assert of(alerts)[6].reason == (
        "2024-07: 20% of its lines are in quarantine (limit 10%): not judged; `lakehouse alerts judge` lets it through"
    )
    through = judged(seen, drop(segments=("overall",)), **bad, let_through=[("month", month(7))])
    assert [one.state.value for one in of(through)][6:] == ["open", "ok"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (Lines(waiting={month(7): 300}), "13% of its lines wait in files that are not admitted (limit 10%)"),
        (Lines(), "20% of its arrival delays are imputed (limit 10%)"),
    ],
)
def test_other_faults_of_data(lines: Lines, words: str) -> None:
    arrivals = shares("share_late_arrivals", None, [0.2] * 7, 800)
    last = of(judged(ratings({"wifi": [*SEVEN, 4.0]}, more=arrivals), lines=lines))[-1]
    assert last.state.value == "not_judged"
    assert words in last.reason


def test_a_running_month_is_preliminary_judged_strictly_and_in_no_episode() -> None:
    answers = {ECONOMY: [500] * 7, BUSINESS: [500] * 7}
    slight, clear = (ratings({"wifi": [*SEVEN, value]}, answers=answers) for value in (3.87, 3.5))
    rule = drop(segments=("overall",))
    assert [of(judged(seen, rule))[-1].state.value for seen in (slight, clear)] == ["open", "open"]
    running = [of(judged(seen, rule, today=date(2024, 7, 20)))[-1] for seen in (slight, clear)]
    assert [one.state.value for one in running] == ["ok", "open"]
    assert [(one.is_preliminary, one.phase) for one in running] == [(True, None)] * 2
    assert running[1].headline.endswith("in 2024-07, so far; 1,000 answers")


def test_other_words_begin_another_series() -> None:
    versions = [
        replace(WIFI.versions[0], valid_to=date(2024, 6, 30)),
        replace(WIFI.versions[0], valid_from=date(2024, 7, 1), change="reword", comparability="mean_only"),
    ]
    catalogue = replace(CATALOGUE, questions=(replace(WIFI, versions=tuple(versions)), GATE))
    last = of(judged(ratings({"wifi": [*SEVEN, 3.0]}), drop(segments=("overall",)), catalogue=catalogue))[-1]
    assert (last.state.value, last.reason.partition(":")[0]) == ("insufficient", "questionnaire_changed")


def index(values: Sequence[float], asked: Sequence[float]) -> Observed:
    """The service index (0-100), and the share of the passengers that were asked about wifi."""
    score = ratings({"wifi": [4.0] * len(values)}, more=shares("service_index", None, [0.0] * len(values)))
    place = [one.metric for one in score.measures].index("service_index")
    n = score.sums.n[:, place]
    for number, value in enumerate(values):
        score.sums.total[number, place] = n[number] * value
        score.sums.squares[number, place] = n[number] * (value**2 + 18.0**2)
    of_wifi = shares("share_not_applicable", "wifi", [0.0] * len(values))
    of_gate = shares("share_not_applicable", "gate", [0.0] * len(values))
    with_asked = ratings(
        {"wifi": [4.0] * len(values)}, more=[*shares("service_index", None, [0.0] * len(values)), *of_wifi, *of_gate]
    )
    asked_place = [(one.metric, one.question) for one in with_asked.measures].index(("share_not_applicable", "wifi"))
    index_place = [one.metric for one in with_asked.measures].index("service_index")
    for number, share in enumerate(asked):
        with_asked.sums.n[number, asked_place] *= share
        for new, old in ((with_asked.sums.total, score.sums.total), (with_asked.sums.squares, score.sums.squares)):
            new[number, index_place] = old[number, place]
    return with_asked


def test_a_question_that_is_gone_makes_another_index() -> None:
    rule = drop("service_index", segments=("overall",), minimum_effect=2, lasting_effect=2)
    usual = [60.0, 60.1, 59.9, 60.0, 60.0, 60.0]
    assert of(judged(index([*usual, 55], [1] * 7), rule), asked=None)[-1].state.value == "open"
    gone = of(judged(index([*usual, 55], [1] * 6 + [0]), rule), asked=None)[-1]
    assert (gone.state.value, gone.reason.partition(":")[0]) == ("insufficient", "questionnaire_changed")


def test_a_season_is_compared_with_last_year() -> None:
    season = [4.0, 4.0, 4.0, 4.0, 4.0, 3.5, *[4.0] * 11, 3.5, *[4.0] * 11, 3.2]
    alerts = judged(ratings({"wifi": season}), drop(segments=("overall",), baseline="last_year"))
    assert opened(alerts) == [(30, "wifi", "all")]
    assert "against the same period last year" in of(alerts)[29].reason


def test_answers_that_are_all_the_same_cannot_be_tested() -> None:
    seen = ratings({"wifi": [4.0] * 7})
    seen.sums.squares[:] = seen.sums.n * 16
    seen.sums.total[6], seen.sums.squares[6] = seen.sums.n[6] * 3, seen.sums.n[6] * 9
    last = of(judged(seen, drop(segments=("overall",))))[-1]
    assert (last.state.value, last.reason.partition(":")[0]) == ("insufficient", "no_variance")


def test_days_and_weeks_are_judged_as_months_are() -> None:
    first = date(2024, 1, 1)
    days = [first + timedelta(days=number) for number in range(70)]
    rows = [
        Observation(day, ECONOMY, Measure("mean_rating", "wifi"), 200, 200 * mean, 200 * (mean**2 + 1.44))
        for number, day in enumerate(days)
        for mean in ([4.0, 4.02, 3.98][number % 3] - 0.5 * (number >= 63),)
    ]
    seen = observed("day", rows, {(day, ECONOMY): 200 for day in days})
    by_day = judged(seen, drop(segments=("overall",), period_type="day"))
    assert [one.period_start for one in by_day if one.state.value == "open"] == days[63:]
    assert by_day[63].headline.endswith("in 2024-03-04; 200 answers")
    weeks = as_weeks(seen)
    assert (weeks.period_type, len(weeks.periods), weeks.passengers.sum()) == ("week", 10, 70 * 200)
    by_week = judged(weeks, drop(segments=("overall",), period_type="week"))
    assert [one.period_start for one in by_week if one.state.value == "open"] == [date(2024, 3, 4)]
    assert by_week[-1].headline.endswith("in week of 2024-03-04; 1,400 answers")
    # Rules of another period type say nothing.
    assert judged(weeks, drop(segments=("overall",))) == ()


def test_without_any_answer_nothing_is_judged() -> None:
    assert (
        judged(
            observed("month", [], {}),
            drop(),
            drop("passenger_mix", segments=("overall",)),
            target("share_satisfied", "below", 0.40),
        )
        == ()
    )
    seen = ratings({"wifi": [*SEVEN, 4.0]})
    assert {
        one.metric for one in judged(seen, drop(), drop("service_index"), target("share_satisfied", "below", 0.40))
    } == {"mean_rating"}
