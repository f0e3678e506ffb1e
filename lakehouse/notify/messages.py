"""What a team is told: problems that began, and those that are over, since the last message to the same place."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from lakehouse.alerts.alert import Alert
from lakehouse.alerts.episodes import AlertState
from lakehouse.keys import digest_of
from lakehouse.ledger.alert_events import BY_PEOPLE, AlertEvent, AlertEventKind
from lakehouse.ledger.notifications import Message
from lakehouse.notify.sinks import Sink

# More lines are counted in the last one: receivers refuse messages of any length.
_MOST_LINES = 20
_WORDS = {
    AlertEventKind.BEGUN: "New",
    AlertEventKind.REOPENED: "Open again",
    AlertEventKind.RECOVERED: "Over",
    AlertEventKind.WITHDRAWN: "Withdrawn",
}
_OPENS = (AlertEventKind.BEGUN, AlertEventKind.REOPENED)


def due_messages(
    sinks: Iterable[Sink],
    events: Sequence[AlertEvent],
    alerts: Collection[Alert],
    told: Mapping[str, Mapping[str, int]],
) -> list[Message]:
    """One message per sink and team with news. `told`: sink -> series -> event_seq of what it was told last.

    News is the difference between what a sink was told of a problem and what is so now. A problem that began and was
    over in between is no news. Only alerts that lead are told as new: their headline counts the others.
    """
    by_number = {event.event_seq: event for event in events}
    now = {event.series_id: event for event in events if event.event not in BY_PEOPLE}
    leading = _leading(alerts)
    messages = []
    for sink in sinks:
        news: dict[str, list[AlertEvent]] = defaultdict(list)
        for series, event in now.items():
            last = by_number.get(told.get(sink.name, {}).get(series, 0))
            was_open, is_open = last is not None and last.event in _OPENS, event.event in _OPENS
            if (is_open and not was_open and series in leading) or (was_open and not is_open):
                news[last.team if last and was_open else event.team].append(event)
        messages += [_message(sink, team, news[team]) for team in sink.teams if team in news]
    return messages


def _leading(alerts: Iterable[Alert]) -> frozenset[str]:
    """The series whose newest open alert follows no other."""
    newest: dict[str, Alert] = {}
    for alert in alerts:
        known = newest.get(alert.series_id)
        if alert.state is AlertState.OPEN and (known is None or known.period_start < alert.period_start):
            newest[alert.series_id] = alert
    return frozenset(series for series, alert in newest.items() if alert.parent_id is None)


def _message(sink: Sink, team: str, news: Sequence[AlertEvent]) -> Message:
    news = sorted(news, key=lambda event: (event.event not in _OPENS, event.event_seq))
    notification_id = digest_of((sink.name, team, *(event.event_seq for event in news)))
    counts = Counter(_WORDS[event.event].lower() for event in news)
    subject = f"Satisfaction alerts, {team}: {', '.join(f'{n} {word}' for word, n in counts.items())}"
    lines = [f"{_WORDS[event.event]}: {event.headline}" for event in news[:_MOST_LINES]]
    more = [f"and {len(news) - _MOST_LINES} more" for _ in news[_MOST_LINES : _MOST_LINES + 1]]
    content = {
        "id": notification_id,
        "team": team,
        "subject": subject,
        "text": "\n".join((*lines, *more)),
        "news": [
            {
                "event": event.event.value,
                "words": _WORDS[event.event],
                "headline": event.headline,
                "alert_id": event.alert_id,
                "period_type": event.period_type,
                "period_start": event.period_start.isoformat(),
            }
            for event in news[:_MOST_LINES]
        ],
    }
    return Message(notification_id, sink.name, team, {event.series_id: event.event_seq for event in news}, content)
