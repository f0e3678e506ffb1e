"""What happened to alerts: when an episode began, recovered or was withdrawn, and what people did about it, as rows of
ops.alert_events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from pyspark.sql import DataFrame, Row

from lakehouse.alerts.alert import Alert
from lakehouse.alerts.episodes import Phase
from lakehouse.contracts import row_of
from schemas import columns as c
from schemas import ops


class AlertEventKind(Enum):
    """What happened."""

    BEGUN = "begun"
    RECOVERED = "recovered"
    # A restatement took the cause away, or gave back one that was withdrawn or over.
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"
    # Taken by a person. JUDGED: the bad data of the alert's period is accepted, for all its alerts.
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    JUDGED = "judged"


BY_PEOPLE = (AlertEventKind.ACKNOWLEDGED, AlertEventKind.RESOLVED, AlertEventKind.JUDGED)


@dataclass(frozen=True)
class AlertNews:
    """An event that is not recorded yet. `before`, `after`: what was told of the alert's period, then and now."""

    event: AlertEventKind
    alert_id: str
    series_id: str
    team: str
    period_type: str
    period_start: date
    headline: str
    who: str | None = None
    note: str | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, kw_only=True)
class AlertEvent(AlertNews):
    """A recorded event: a row of ops.alert_events, which explains the fields."""

    event_seq: int
    run_id: str
    at: datetime

    @classmethod
    def of(cls, row: Row) -> AlertEvent:
        """The event in a row of ops.alert_events."""
        return cls(**{**row.asDict(), "event": AlertEventKind(row["event"])})

    def as_row(self) -> tuple[object, ...]:
        """The event as a row of ops.alert_events."""
        return row_of(ops.ALERT_EVENTS, **{**vars(self), "event": self.event.value})


def read_alert_events(table: DataFrame) -> tuple[AlertEvent, ...]:
    """The events of ops.alert_events, in order."""
    return tuple(map(AlertEvent.of, table.orderBy(c.EVENT_SEQ).collect()))


def numbered(
    news: Iterable[AlertNews], events: Sequence[AlertEvent], run_id: str, at: datetime
) -> tuple[AlertEvent, ...]:
    """The news as events, numbered after the last event."""
    first = events[-1].event_seq + 1 if events else 1
    return tuple(
        AlertEvent(event_seq=number, run_id=run_id, at=at, **vars(one)) for number, one in enumerate(news, first)
    )


def let_through(events: Iterable[AlertEvent]) -> frozenset[tuple[str, date]]:
    """The periods, by type and first day, whose bad data a person accepted."""
    return frozenset((one.period_type, one.period_start) for one in events if one.event is AlertEventKind.JUDGED)


@dataclass
class _Episode:
    """An episode as it is judged now: its alerts in order."""

    alerts: list[Alert] = field(default_factory=list)

    @property
    def periods(self) -> frozenset[date]:
        return frozenset(alert.period_start for alert in self.alerts)

    @property
    def first(self) -> Alert:
        return self.alerts[0]

    @property
    def recovery(self) -> Alert | None:
        last = self.alerts[-1]
        return last if last.phase is Phase.RECOVERED else None


def news_of(alerts: Iterable[Alert], events: Sequence[AlertEvent]) -> list[AlertNews]:
    """What the events do not say yet about the alerts as they are judged now, in order of period and series.

    An episode is known by its series and any of its periods: late data may move its beginning.
    """
    alerts = tuple(alerts)
    told: dict[str, list[AlertEvent]] = defaultdict(list)
    for event in events:
        if event.event not in BY_PEOPLE:
            told[event.series_id].append(event)
    episodes: dict[str, dict[date, _Episode]] = defaultdict(lambda: defaultdict(_Episode))
    for alert in alerts:
        if alert.first_period:
            episodes[alert.series_id][alert.first_period].alerts.append(alert)
    now = {(alert.series_id, alert.period_start): alert for alert in alerts}
    found = [
        one
        for series in sorted({*told, *episodes})
        for one in _news_of_series(list(episodes[series].values()), told[series], now)
    ]
    return sorted(found, key=lambda one: (one.period_start, one.team, one.series_id))


def _news_of_series(
    episodes: Sequence[_Episode], told: Sequence[AlertEvent], now: dict[tuple[str, date], Alert]
) -> Iterator[AlertNews]:
    standing = _standing(told)
    for episode in episodes:
        own = [event for event in standing.values() if event.period_start in episode.periods]
        was_told = any(event.period_start in episode.periods for event in told)
        if not own:
            kind = AlertEventKind.REOPENED if was_told else AlertEventKind.BEGUN
            yield _news(kind, episode.first)
        elif episode.recovery is None and max(own, key=_order).event is AlertEventKind.RECOVERED:
            yield _news(AlertEventKind.REOPENED, episode.alerts[-1])
        if episode.recovery and not any(
            event.event is AlertEventKind.RECOVERED and event.period_start == episode.recovery.period_start
            for event in standing.values()
        ):
            yield _news(AlertEventKind.RECOVERED, episode.recovery)
    periods = frozenset(day for episode in episodes for day in episode.periods)
    for event in standing.values():
        if event.period_start not in periods and event.event is not AlertEventKind.RECOVERED:
            alert = now.get((event.series_id, event.period_start))
            after = f"{alert.state.value}: {alert.headline}; {alert.reason}" if alert else "no longer judged"
            yield AlertNews(
                *(AlertEventKind.WITHDRAWN, event.alert_id, event.series_id, event.team),
                *(event.period_type, event.period_start, event.headline),
                before=event.after,
                after=after,
            )


def _order(event: AlertEvent) -> int:
    return event.event_seq


def _standing(told: Iterable[AlertEvent]) -> dict[tuple[date, bool], AlertEvent]:
    """The newest word on each episode that is not withdrawn: by its period, beginnings and recoveries apart."""
    standing: dict[tuple[date, bool], AlertEvent] = {}
    for event in told:
        if event.event is AlertEventKind.WITHDRAWN:
            standing.pop((event.period_start, False), None)
        else:
            standing[event.period_start, event.event is AlertEventKind.RECOVERED] = event
    return standing


def _news(kind: AlertEventKind, alert: Alert) -> AlertNews:
    return AlertNews(
        *(kind, alert.alert_id, alert.series_id, alert.team, alert.period_type, alert.period_start, alert.headline),
        after=f"{alert.state.value}: {alert.headline}; {alert.reason}",
    )
