"""What teams are told: each problem once when it begins and once when it is over, and nothing in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse.alerts.alert import Alert
from lakehouse.ledger.alert_events import AlertEvent
from lakehouse.ledger.notifications import Attempt, Message, Outbox
from lakehouse.notify.messages import due_messages
from lakehouse.notify.sinks import Sink
from tests.support.episodes import alerts, recorded

pytestmark = pytest.mark.no_spark

SINK = Sink(name="desk", teams=("in_flight", "gate"), timeout=1)
AT = datetime(2026, 1, 1)


def due(judged: Sequence[Alert], events: Sequence[AlertEvent], outbox: Outbox) -> list[Message]:
    return due_messages((SINK,), events, judged, outbox.told)


def texts(months: str, looks: Sequence[int]) -> list[str]:
    """The messages of runs that see the first so many months, one run after the other."""
    events: tuple[AlertEvent, ...] = ()
    outbox, said = Outbox(()), []
    for number in looks:
        judged = alerts(months[:number])
        events = recorded(judged, events)
        messages = due(judged, events, outbox)
        outbox = outbox.with_steps(outbox.queued(messages, "run", AT))
        said += [str(message.content["text"]) for message in messages]
    return said


def test_three_bad_months_one_good_one_bad_two_good_are_two_messages() -> None:
    assert [text.replace("\N{MINUS SIGN}", "-") for text in texts("bbbgbgg", range(1, 8))] == [
        "New: wifi: mean 3.60, was 4.00 (-0.40, 95% interval -0.46 to -0.34), all passengers, in 2024-07; "
        "2,000 answers",
        "Over: wifi: mean 4.00, was 4.00 (+0.00, 95% interval -0.06 to +0.06), all passengers, in 2025-01; "
        "2,000 answers",
    ]


@pytest.mark.parametrize(
    ("months", "looks", "expected"),
    [
        # A rebuild, and a run with nothing new, tell nothing.
        ("bbbgbgg", [1, 2, 3, 4, 5, 6, 7, 7, 7], ["New", "Over"]),
        # What began and was over before anybody was told is no news.
        ("bbbgbgg", [7], []),
        ("bbb", [3], ["New"]),
        ("bggggb", [1, 2, 3, 4, 5, 6], ["New", "Over", "New"]),
        # Late data: the bad month was good, so that what was told is taken back.
        ("gggg", [4], []),
    ],
)
def test_each_problem_is_told_when_it_begins_and_when_it_is_over(
    months: str, looks: list[int], expected: list[str]
) -> None:
    assert [text.split(":")[0] for text in texts(months, looks)] == expected


def test_what_late_data_takes_away_is_taken_back() -> None:
    events = recorded(alerts("b"))
    outbox = Outbox(()).with_steps(Outbox(()).queued(due(alerts("b"), events, Outbox(())), "run", AT))
    events = recorded(alerts("g"), events)
    (message,) = due(alerts("g"), events, outbox)
    assert message.content["subject"] == "Satisfaction alerts, in_flight: 1 withdrawn"


def test_a_new_place_is_told_what_is_open_and_a_team_only_its_own() -> None:
    judged = alerts("bb")
    events = recorded(judged)
    other = replace(SINK, name="other", teams=("gate",))
    assert [(one.sink, one.team) for one in due_messages((SINK, other), events, judged, {})] == [("desk", "in_flight")]


def test_only_alerts_that_lead_are_told_and_their_followers_when_they_lead() -> None:
    judged = alerts("b")
    events = recorded(judged)
    led = [replace(alert, parent_id="leader") if alert.state.value == "open" else alert for alert in judged]
    assert due(led, events, Outbox(())) == []
    assert len(due(judged, events, Outbox(()))) == 1


KILLS = ("no", "before queued", "before sent", "before recorded")


@settings(deadline=None, max_examples=30)
@given(
    months=st.text(alphabet="bg", min_size=1, max_size=8),
    kills=st.lists(st.sampled_from(KILLS), min_size=8, max_size=8),
)
def test_kills_lose_no_message_and_repeat_none_under_another_id(months: str, kills: list[str]) -> None:
    events: tuple[AlertEvent, ...] = ()
    outbox = Outbox(())
    queued: list[str] = []
    arrived: list[str] = []
    last_look = [(len(months), "no")]
    for number, kill in [*zip(range(1, len(months) + 1), kills, strict=False), *last_look]:
        judged = alerts(months[:number])
        events = recorded(judged, events)
        messages = due(judged, events, outbox)
        if kill == "before queued":
            continue
        queued += [message.notification_id for message in messages]
        outbox = outbox.with_steps(outbox.queued(messages, "run", AT))
        if kill == "before sent":
            continue
        attempts = [Attempt(message, None) for message in outbox.undelivered]
        arrived += [attempt.message.notification_id for attempt in attempts]
        if kill == "no":
            outbox = outbox.with_steps(outbox.ended(attempts, "run", AT))
    assert len(set(queued)) == len(queued)
    assert set(arrived) == set(queued)
    assert outbox.undelivered == []
    # What was told last is what is so.
    standing = {event.series_id: event for event in events}
    numbers = {event.event_seq: event.event for event in events}
    for series, number in outbox.told.get("desk", {}).items():
        opens = ("begun", "reopened")
        assert (numbers[number].value in opens) == (standing[series].event.value in opens)
