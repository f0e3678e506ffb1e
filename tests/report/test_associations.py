"""Associations: Newcombe's interval, one ranking per travel type."""

from __future__ import annotations

import pytest

from lakehouse.report.associations import associations, difference_of_shares
from tests.support.data.report_rows import link

pytestmark = pytest.mark.no_spark

WORDINGS = {"wifi": "Wifi", "seat": "Seat", "food": "Food"}
OWNERS = {"wifi": "digital", "seat": "in_flight", "food": "in_flight"}


@pytest.mark.parametrize(
    ("counts", "interval"),
    [  # Newcombe 1998, table II, method 10.
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ],
)
def test_interval_of_a_difference(counts: tuple[int, int, int, int], interval: tuple[float, float]) -> None:
    assert tuple(difference_of_shares(*counts)) == pytest.approx(interval, abs=5e-5)


def test_each_travel_type_is_ranked_by_itself() -> None:
    rows = [
        link("Personal", "wifi", (400, 100), (400, 60)),
        link("Business", "wifi", (200, 180), (600, 180)),
        link("Business", "seat", (900, 720), (200, 80)),
        link("Business", "food", (800, 400), (300, 120)),
    ]
    business, personal = associations(rows, WORDINGS, OWNERS, None)
    assert (business.name, personal.name) == ("Business", "Personal")
    assert [(one.question, round(one.difference, 2)) for one in business.associations] == [
        ("Wifi", 0.6),
        ("Seat", 0.4),
        ("Food", 0.1),
    ]
    assert [one.standing for one in business.associations] == ["strong link, low score", "", ""]
    assert personal.associations[0].difference == pytest.approx(0.1)
    assert business.associations[0].low < 0.6 < business.associations[0].high
    assert business.associations[0].top_share == 200 / (200 + 2 * 600)


def test_few_raters_on_a_side_are_left_out_and_a_team_sees_its_own() -> None:
    rows = [link("Business", "wifi", (500, 400), (99, 0)), link("Business", "seat", (500, 400), (100, 20))]
    (business,) = associations(rows, WORDINGS, OWNERS, None)
    assert [one.question for one in business.associations] == ["Seat"]
    assert associations(rows, WORDINGS, OWNERS, "digital") == ()
