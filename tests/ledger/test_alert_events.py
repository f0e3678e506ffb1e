"""What is recorded of alerts: each beginning, recovery and withdrawal once, whatever is judged again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from lakehouse.ledger.alert_events import AlertEvent, AlertEventKind, AlertNews, let_through, news_of, numbered
from schemas.ops import ALERT_EVENTS
from tests.support.data.answers import month
from tests.support.episodes import alerts, recorded

pytestmark = pytest.mark.no_spark


def told(events: Sequence[AlertEvent]) -> list[tuple[str, int]]:
    """What happened, and in which month."""
    return [
        (event.event.value, (event.period_start.year - 2024) * 12 + event.period_start.month - 6) for event in events
    ]


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        ("ggg", []),
        ("bbbgbgg", [("begun", 1), ("recovered", 7)]),
        ("bggggb", [("begun", 1), ("recovered", 3), ("begun", 6)]),
        ("bbbbbbbb", [("begun", 1)]),
    ],
)
def test_each_episode_is_told_once(months: str, expected: list[tuple[str, int]]) -> None:
    at_once = recorded(alerts(months))
    assert told(at_once) == expected
    assert news_of(alerts(months), at_once) == []
    by_month: tuple[AlertEvent, ...] = ()
    for number in range(1, len(months) + 1):
        by_month = recorded(alerts(months[:number]), by_month)
    assert told(by_month) == expected
    assert [event.event_seq for event in by_month] == list(range(1, len(expected) + 1))


@pytest.mark.parametrize("kept", [0, 1])
def test_what_a_killed_run_did_not_record_is_recorded_by_the_next(kept: int) -> None:
    whole = recorded(alerts("bbbgbgg"))
    assert told(recorded(alerts("bbbgbgg"), whole[:kept])) == told(whole)


def test_a_cause_that_is_gone_is_withdrawn_with_before_and_after() -> None:
    before = recorded(alerts("bb"))
    after = recorded(alerts("gg"), before)
    assert told(after) == [("begun", 1), ("withdrawn", 1)]
    assert after[1].before == before[0].after
    assert after[1].before is not None and after[1].before.startswith("open: wifi: mean 3.60, was 4.00")
    assert after[1].after is not None and after[1].after.startswith("ok: wifi: mean 4.00, was 4.00")
    assert news_of(alerts("gg"), after) == []
    assert told(recorded(alerts("bb"), after))[2:] == [("reopened", 1)]
    no_rule = recorded((), before)
    assert no_rule[-1].after == "no longer judged"


def test_late_data_may_move_the_beginning_without_a_word() -> None:
    assert news_of(alerts("bbb"), recorded(alerts("gbb"))) == []
    assert news_of(alerts("gbb"), recorded(alerts("bbb"))) != []


def test_a_recovery_that_late_data_takes_back_is_reopened() -> None:
    over = recorded(alerts("bbgg"))
    again = recorded(alerts("bbbg"), over)
    assert told(again) == [("begun", 1), ("recovered", 4), ("reopened", 4)]
    assert news_of(alerts("bbbg"), again) == []
    assert told(recorded(alerts("bbbgg"), again))[3:] == [("recovered", 5)]


def test_what_people_did_is_no_news_and_accepted_data_counts() -> None:
    own = alerts("b")
    person = AlertNews(
        *(AlertEventKind.JUDGED, own[-1].alert_id, own[-1].series_id, "in_flight", "month", month(7), "headline"),
        who="Ada",
        note="known",
    )
    events = numbered([person], (), "run", datetime(2026, 1, 1))
    assert told(recorded(own, events)) == [("judged", 1), ("begun", 1)]
    assert let_through(events) == {("month", month(7))}
    assert dict(zip(ALERT_EVENTS.names, events[0].as_row(), strict=True))["who"] == "Ada"
