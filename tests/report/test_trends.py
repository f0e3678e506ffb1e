"""Trends draw what the alerts compared, and say why there is nothing to draw."""

from __future__ import annotations

from typing import Any

import pytest

from lakehouse.alerts.evidence.statistics import mean_interval, wilson
from lakehouse.alerts.rules import METRICS
from lakehouse.report.model import Trend, TrendPoint
from lakehouse.report.trends import LIMIT_ERRORS, Measured, trend
from tests.support.data.report_rows import (
    MONTHS,
    NEWEST,
    POLICY,
    alert,
    months_of_check_in,
    no_alert,
    rated,
    responses,
    span,
)

pytestmark = pytest.mark.no_spark

CHECK_IN = Measured(METRICS["mean_rating"], "check_in_service", "Check-in service")
SATISFIED = Measured(METRICS["share_satisfied"], None, "Satisfied passengers")


def drawn(rows: list[dict[str, Any]], *alerts: dict[str, Any], measured: Measured = CHECK_IN) -> Trend:
    found = trend(measured, rows, alerts, POLICY, span())
    assert found is not None
    return found


def newest(rows: list[dict[str, Any]], *alerts: dict[str, Any]) -> TrendPoint:
    return drawn(rows, *alerts).points[-1]


def test_value_and_interval_come_from_the_sums_of_the_month() -> None:
    point = newest(months_of_check_in())
    assert (point.month, point.n, point.value) == (NEWEST, 1000, 3.1)
    row = months_of_check_in()[-1]
    assert (point.low, point.high) == mean_interval(1000, row["sum_rating"], row["sum_squares"], 0.95)
    share = drawn([responses(day) for day in MONTHS], measured=SATISFIED).points[0]
    assert (share.value, (share.low, share.high)) == (0.43, wilson(430, 1000, 0.95))


def test_the_gap_to_what_is_expected_is_the_difference_of_the_alert() -> None:
    stored = alert(difference=-0.15, standard_error=0.04)
    point = newest(months_of_check_in(), stored)
    assert point.value is not None and point.expected is not None and point.lower is not None
    assert point.value - point.expected == pytest.approx(stored["difference"])
    assert point.expected - point.lower == pytest.approx(LIMIT_ERRORS * stored["standard_error"])
    assert (point.value < point.lower) is (stored["difference"] < -3 * stored["standard_error"])


def test_months_tested_together_are_compared_by_their_common_mean() -> None:
    together = alert(difference=-0.08, value_tested=3.22, periods_tested=3)
    assert newest(months_of_check_in(), together).expected == pytest.approx(3.30)


@pytest.mark.parametrize(
    ("alerts", "verdict", "is_open"),
    [
        ([alert()], "alert open", True),
        ([no_alert()], "no alert", False),
        ([no_alert(), alert(rule="other", alert_id="a9")], "alert open", True),
        ([alert(state="not_judged")], "not judged: bad data", False),
        ([alert(state="insufficient", difference=None)], "cannot tell", False),
        ([], "no alert rule", False),
        ([alert(segment="class", segment_value="Economy")], "no alert rule", False),
        ([alert(question="seat_comfort")], "no alert rule", False),
    ],
)
def test_only_the_alerts_decide(alerts: list[dict[str, Any]], verdict: str, is_open: bool) -> None:
    point = newest(months_of_check_in(), *alerts)
    assert (point.verdict, point.is_open) == (verdict, is_open)


def test_a_month_outside_of_the_limits_without_an_alert_says_why() -> None:
    small = no_alert(difference=-0.09, standard_error=0.02, reason="not worse by 0.10, the least that counts")
    assert newest(months_of_check_in(), small).remark == "not worse by 0.10, the least that counts"
    assert newest(months_of_check_in(), no_alert(difference=0.5)).remark == ""
    assert newest(months_of_check_in(), alert()).remark == ""


def test_too_few_answers_are_not_shown_and_absent_months_leave_a_gap() -> None:
    rows = [rated("check_in_service", 1000, 3.3, period_start=MONTHS[0]), rated("check_in_service", 9, 3.0)]
    shown = drawn(rows).points
    assert [point.value for point in shown] == [3.3, None, None, None, None, None]
    assert (shown[1].verdict, shown[-1].verdict, shown[-1].n) == ("not asked", "too few answers to show", 0)
    assert trend(CHECK_IN, rows[1:], [], POLICY, span()) is None


def test_the_chart_in_words() -> None:
    assert drawn(months_of_check_in(), alert()).description == (
        "Check-in service, mean rating per month: 3.30 in May 2026, 3.10 in Oct 2026, lowest 3.10 in Oct 2026. "
        "Expected in Oct 2026: 3.28, limits 3.22 to 3.34 (\N{MINUS SIGN}0.18). Alert open in Oct 2026."
    )
    assert drawn(months_of_check_in()).description.endswith("No alert open.")


def test_a_floor_is_drawn() -> None:
    share = drawn([responses(day) for day in MONTHS], measured=SATISFIED)
    assert (share.limit, share.limit_words) == (0.4, "floor 40\N{NO-BREAK SPACE}%")
    assert drawn(months_of_check_in()).limit is None
