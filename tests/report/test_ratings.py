"""Boxes and groups of the newest month."""

from __future__ import annotations

import pytest

from lakehouse.report.model import HeatCell
from lakehouse.report.problems import standing
from lakehouse.report.ratings import boxes, heat_map
from tests.support.data.report_rows import MONTHS, POLICY, alert, groups, rated, span

pytestmark = pytest.mark.no_spark

WORDINGS = {"check_in_service": "Check-in service", "seat_comfort": "Comfort of the seat"}
QUESTIONS = ("check_in_service", "seat_comfort")


def test_boxes_are_shares_of_the_answers() -> None:
    rows = [
        rated("check_in_service", 200, 3.3, n_asked=250, n_not_applicable=50),
        rated("seat_comfort", 50, 3.0),
        rated("seat_comfort", 900, 4.0, period_start=MONTHS[0]),
    ]
    stands = standing([alert(rule="low_ratings", metric="share_low")], span())
    check_in, seat = boxes(QUESTIONS, WORDINGS, rows, POLICY, stands, span())
    assert (check_in.low, check_in.middle, check_in.top) == pytest.approx((0.2, 0.2, 0.6))
    assert (check_in.n, check_in.mean, check_in.not_applicable) == (200, 3.3, 0.2)
    assert (check_in.ceiling, check_in.is_open, check_in.is_small) == ("ceiling 45\N{NO-BREAK SPACE}%", True, False)
    assert (seat.n, seat.is_open, seat.is_small) == (50, False, True)


def test_questions_with_too_few_answers_have_no_box() -> None:
    rows = [rated("check_in_service", 9, 3.3), rated("seat_comfort", 10, 3.0)]
    assert [box.question for box in boxes(QUESTIONS, WORDINGS, rows, POLICY, standing([], span()), span())] == [
        "Comfort of the seat"
    ]


def test_groups_are_compared_with_all_passengers() -> None:
    cells = groups(
        "check_in_service",
        ("Business / Business", 800, 3.8),
        ("Economy / Business", 150, 2.98),
        ("Economy / Personal", 99, 2.0),
        ("Economy Plus / Personal", 9, 5.0),
    )
    rows = [rated("check_in_service", 1000, 3.25), *cells]
    worse = alert(segment="class_travel_type", segment_value="Economy / Business")
    heat = heat_map(QUESTIONS, WORDINGS, rows, POLICY, standing([worse], span()), span())
    assert heat is not None
    assert heat.questions == ("Check-in service",)
    assert dict(heat.rows) == {
        "Business travellers in Business": (HeatCell(800, "3.80", "+0.55", 2, False, False),),
        "Business travellers in Economy": (HeatCell(150, "2.98", "\N{MINUS SIGN}0.27", -1, False, True),),
        "Personal travellers in Economy": (HeatCell(99, "2.00", "\N{MINUS SIGN}1.25", -2, True, False),),
        "Personal travellers in Economy Plus": (HeatCell(0, "", "", None, True, False),),
    }


def test_without_groups_there_is_no_map() -> None:
    stands = standing([], span())
    assert heat_map(QUESTIONS, WORDINGS, [rated("check_in_service", 1000, 3.3)], POLICY, stands, span()) is None
    assert heat_map((), WORDINGS, groups("check_in_service", ("a / b", 100, 3)), POLICY, stands, span()) is None
