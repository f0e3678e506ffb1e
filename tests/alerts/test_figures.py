"""How often the shipped rules are wrong and what they find, on the public file shuffled into months."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from lakehouse.alerts.alert import Alert
from lakehouse.alerts.episodes import AlertState
from lakehouse.alerts.evidence.observed import Observed
from lakehouse.alerts.evidence.statistics import Numbers, Sums
from lakehouse.alerts.judge import Circumstances, judge
from lakehouse.config.load import Config
from tests.support.data.answers import month
from tests.support.data.pseudo_months import Survey, public_survey, seeds, shuffled
from tests.support.data.real_survey import needs_real_survey
from tests.support.data.surveys import QUESTIONS

pytestmark = [pytest.mark.long, pytest.mark.no_spark, needs_real_survey]

IN_FLIGHT = tuple(QUESTIONS[6:13])
ECONOMY_PLUS = {"class_": "Economy Plus"}
# Groups of 2,000 answers a month and more.
LARGE: tuple[dict[str, str], ...] = (
    {},
    {"class_": "Business"},
    {"class_": "Economy"},
    {"travel_type": "Business"},
    {"travel_type": "Personal"},
    {"customer_type": "Returning"},
    {"class_": "Business", "travel_type": "Business"},
    {"class_": "Economy", "travel_type": "Business"},
    {"class_": "Economy", "travel_type": "Personal"},
)


@pytest.fixture(scope="module")
def survey() -> Survey:
    return public_survey()


def opened(config: Config, seen: Observed) -> list[Alert]:
    alerts = judge(config.alert_policy, [seen], config.catalogue, Circumstances(date(2030, 1, 1)))
    return [alert for alert in alerts if alert.state.value == "open"]


def in_month(alerts: Iterable[Alert], *numbers: int) -> list[Alert]:
    """Alerts of some months, the first of which is 0."""
    return [alert for alert in alerts if alert.period_start in [month(number + 1) for number in numbers]]


def test_months_that_differ_by_chance_raise_hardly_anything(config: Config, survey: Survey) -> None:
    runs = [opened(config, survey.observed(shuffled(survey, 12, random))) for random in seeds(100)]
    with_any = sum(len({alert.period_start for alert in alerts}) for alerts in runs)
    assert with_any / (100 * 12) <= 0.03


def test_one_teams_bad_month_raises_nothing_elsewhere(config: Config, survey: Survey) -> None:
    elsewhere = 0
    for random in seeds(20):
        months, worse = shuffled(survey, 8, random), survey
        for question in IN_FLIGHT:
            worse = worse.moved(months == 7, question, -0.15, random)
        newest = in_month(opened(config, worse.observed(months)), 7)
        assert {alert.question for alert in newest} & set(IN_FLIGHT)
        elsewhere += any(alert.team in ("gate", "ground", "digital") for alert in newest)
    assert elsewhere / 20 <= 0.05


def test_months_that_wobble_do_not_storm(config: Config, survey: Survey) -> None:
    alerts = 0
    for random in seeds(10):
        months, wobbling = shuffled(survey, 12, random), survey
        for question in QUESTIONS:
            for number in range(12):
                wobbling = wobbling.moved(months == number, question, random.normal(0, 0.03), random)
        alerts += len(opened(config, wobbling.observed(months)))
    assert alerts / (10 * 12) <= 1


@pytest.mark.parametrize(("months", "answers", "found"), [(12, 784, 0.95), (18, 523, 0.85)])
def test_a_fall_in_one_group_is_found(config: Config, survey: Survey, months: int, answers: int, found: float) -> None:
    hits, seen = 0, seeds(60)
    for number, random in enumerate(seen):
        question, own = QUESTIONS[number % 14], shuffled(survey, months, random)
        rows = survey.group(**ECONOMY_PLUS) & (own == 6)
        assert rows.sum() == pytest.approx(answers, rel=0.2)
        so_far = survey.moved(rows, question, -0.3, random).only(own <= 6).observed(own[own <= 6])
        newest = in_month(opened(config, so_far), 6)
        hits += any(alert.question == question for alert in newest)
        teams = {alert.team for alert in newest if alert.question == question}
        assert teams <= {config.catalogue.owner(question, month(7))}
    assert hits / len(seen) >= found


def test_a_small_lasting_fall_is_found_by_its_third_month(config: Config, survey: Survey) -> None:
    hits = 0
    for number, random in enumerate(seeds(27)):
        question, group, months = QUESTIONS[number % 14], LARGE[number % len(LARGE)], shuffled(survey, 12, random)
        worse = survey
        for fallen in (6, 7, 8):
            worse = worse.moved(survey.group(**group) & (months == fallen), question, -0.10, random)
        so_far = worse.only(months <= 8).observed(months[months <= 8])
        alerts = in_month(opened(config, so_far), 6, 7, 8)
        hits += any(alert.question == question for alert in alerts)
    assert hits / 27 >= 0.90


def test_a_fall_everywhere_has_one_leader(config: Config, survey: Survey) -> None:
    for random in seeds(5):
        months = shuffled(survey, 8, random)
        worse = survey.moved(months == 7, "in_flight_wifi_service", -0.2, random)
        alerts = [one for one in opened(config, worse.observed(months)) if one.period_start == month(8)]
        of_wifi = [one for one in alerts if one.question == "in_flight_wifi_service"]
        assert len(of_wifi) > 5
        assert [one.segment for one in of_wifi if one.parent_id is None] == ["overall"]


def test_a_changed_mix_of_passengers_is_an_alert_of_its_own_and_no_other(config: Config, survey: Survey) -> None:
    others = 0
    for random in seeds(14):
        months = shuffled(survey, 8, random)
        gone = (months == 7) & survey.group(class_="Business", travel_type="Business")
        gone &= random.random(survey.size) < 0.75
        newest = in_month(opened(config, survey.only(~gone).observed(months[~gone])), 7)
        assert [alert.metric for alert in newest].count("passenger_mix") == 1
        # A floor is about those who answered, whoever they are: only comparisons are at an equal mix.
        others += any(alert.metric != "passenger_mix" for alert in newest if alert.evidence)
    assert others / 14 <= 0.075


def test_not_applicable_is_an_alert_of_its_own(config: Config, survey: Survey) -> None:
    for random in seeds(5):
        months = shuffled(survey, 8, random)
        seen = survey.not_applicable(months == 7, "seat_comfort", 0.15, random).observed(months)
        newest = in_month(opened(config, seen), 7)
        assert {(one.metric, one.question) for one in newest} == {("share_not_applicable", "seat_comfort")}


def test_a_question_that_is_gone_is_no_fall_of_the_index(config: Config, survey: Survey) -> None:
    months = shuffled(survey, 8, np.random.default_rng(0))
    seen = survey.observed(months, [(7, "in_flight_wifi_service")])
    assert in_month(opened(config, seen), 7) == []
    alerts = judge(config.alert_policy, [seen], config.catalogue, Circumstances(date(2030, 1, 1)))
    of_index = [one for one in alerts if one.metric == "service_index" and one.period_start == month(8)]
    assert {one.reason.partition(":")[0] for one in of_index} == {"questionnaire_changed"}


def test_a_fall_of_eight_months_is_one_episode(config: Config, survey: Survey) -> None:
    for number, random in enumerate(seeds(3)):
        months, question = shuffled(survey, 16, random), QUESTIONS[number]
        worse = survey
        for fallen in range(6, 14):
            worse = worse.moved((months == fallen) & survey.group(travel_type="Personal"), question, -0.3, random)
        alerts = judge(config.alert_policy, [worse.observed(months)], config.catalogue, Circumstances(date(2030, 1, 1)))
        own = _series(alerts, question, "Personal")
        assert [one.phase.value for one in own[6:14] if one.phase] == ["begins", *["lasts"] * 7]
        assert {one.first_period for one in own[6:14]} == {month(7)}


def test_thirty_looks_at_a_running_month_alarm_no_more_often_than_one_at_a_full_month(
    config: Config, survey: Survey
) -> None:
    alarmed = 0
    for random in seeds(12):
        months, days = shuffled(survey, 8, random), random.integers(0, 30, survey.size)
        by_day = survey.observed(np.where(months == 7, 7 + days, months))
        alarmed += any(_is_alarmed(config, _until_day(by_day, day)) for day in range(30))
    assert alarmed <= 1


def _until_day(seen: Observed, day: int) -> Observed:
    """Seven months, and of the eighth what the days up to this one brought; its days follow the months in `seen`."""

    def so_far(values: Numbers) -> Numbers:
        return np.concatenate([values[:7], values[7 : 8 + day].sum(0, keepdims=True)])

    sums = Sums(so_far(seen.sums.n), so_far(seen.sums.total), so_far(seen.sums.squares))
    return replace(seen, periods=seen.periods[:8], sums=sums, passengers=so_far(seen.passengers))


def _is_alarmed(config: Config, seen: Observed) -> bool:
    """Whether an alert of the newest month is open while the month is running."""
    running = Circumstances(seen.periods[-1].replace(day=28))
    newest = in_month(judge(config.alert_policy, [seen], config.catalogue, running), 7)
    assert newest
    assert all(alert.is_preliminary for alert in newest)
    return any(alert.state is AlertState.OPEN for alert in newest)


def _series(alerts: Sequence[Alert], question: str, value: str) -> list[Alert]:
    return [
        one
        for one in alerts
        if (one.metric, one.question, one.segment, one.segment_value) == ("mean_rating", question, "travel_type", value)
    ]
