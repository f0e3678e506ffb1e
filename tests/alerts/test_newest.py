"""Which month is called the newest."""

from __future__ import annotations

from datetime import date

import pytest

from lakehouse.alerts.newest import enough_responses, later_months, newest_month
from lakehouse.alerts.rules import SHARE_LOW, SHARE_SATISFIED, AlertRule

pytestmark = pytest.mark.no_spark


@pytest.mark.parametrize(
    ("responses", "newest", "later"),
    [
        ({9: 5000, 10: 5000}, 10, []),
        ({9: 5000, 10: 100}, 10, []),
        ({9: 5000, 10: 99}, 9, ["2026-10 so far: 99 response(s)"]),
        ({8: 5000, 11: 3, 9: 1}, 8, ["2026-09 so far: 1 response(s)", "2026-11 so far: 3 response(s)"]),
        # A small survey has no month with enough: then the newest is the newest.
        ({9: 40, 10: 3}, 10, []),
    ],
)
def test_a_handful_of_responses_makes_no_newest_month(responses: dict[int, int], newest: int, later: list[str]) -> None:
    by_day = {date(2026, month, 1): n for month, n in responses.items()}
    assert newest_month(by_day, 100) == date(2026, newest, 1)
    assert later_months(by_day, date(2026, newest, 1)) == later


def test_without_months_there_is_no_newest() -> None:
    assert newest_month({}, 100) is None


def test_enough_is_what_some_rule_can_judge() -> None:
    rule = AlertRule(name="overall", metric=SHARE_SATISFIED, reason="why", min_answers=50)
    other = AlertRule(name="low", metric=SHARE_LOW, reason="why", min_answers=200)
    assert enough_responses([rule, other]) == 50
    assert enough_responses([]) == 100
