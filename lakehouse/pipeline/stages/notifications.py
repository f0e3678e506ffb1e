"""Alerts to messages: what teams have to be told is queued in the outbox, sent, and marked as sent."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lakehouse.alerts.alert import Alert
from lakehouse.clock import now
from lakehouse.ledger.alert_events import read_alert_events
from lakehouse.ledger.notifications import DeliveryState, NotificationStep, Outbox, Undelivered, read_outbox
from lakehouse.notify.delivery import Attempt, deliver
from lakehouse.notify.messages import Message, due_messages
from lakehouse.pipeline.context import Context
from lakehouse.pipeline.staged import staged
from lakehouse.storage.parallel import in_parallel


@dataclass(frozen=True)
class Notified:
    """What became of the messages that were due. `waiting`: those that the next run tries again."""

    sent: tuple[Undelivered, ...] = ()
    waiting: tuple[Undelivered, ...] = ()


def notify_teams(context: Context, alerts: Collection[Alert]) -> Notified:
    """Tells the configured sinks what began and what is over. No failure to deliver raises."""
    return _notify(context, alerts) if context.config.sinks else Notified()


@staged("notifications", reads=lambda tables: (tables.alert_events,), writes=lambda tables: (tables.notifications,))
def _notify(context: Context, alerts: Collection[Alert]) -> Notified:
    """A message is queued before it is sent: a run that is killed in between leaves it to the next one, with its id."""
    sinks, tables, warehouse = context.config.sinks, context.tables, context.warehouse
    events, outbox = in_parallel(
        lambda: read_alert_events(warehouse.read(tables.alert_events)),
        lambda: read_outbox(warehouse.read(tables.notifications)),
    )
    queued = _queued(context, outbox, due_messages(sinks, events, alerts, outbox.told))
    context.append_rows((step.as_row() for step in queued), tables.notifications)
    names = {sink.name for sink in sinks}
    waiting = [one for one in (*outbox.undelivered, *Outbox(tuple(queued)).undelivered) if one.sink in names]
    attempts = deliver(sinks, waiting)
    ended = _ended(context, outbox.next_number + len(queued), attempts)
    context.append_rows((step.as_row() for step in ended), tables.notifications)
    for attempt in attempts:
        if attempt.failure:
            context.reporter.warn(f"notifications: {attempt.message.sink}: {attempt.failure}; the next run tries again")
    sent = {attempt.message.notification_id for attempt in attempts if attempt.failure is None}
    return Notified(
        tuple(one for one in waiting if one.notification_id in sent),
        tuple(one for one in waiting if one.notification_id not in sent),
    )


def _queued(context: Context, outbox: Outbox, messages: Sequence[Message]) -> list[NotificationStep]:
    return [
        NotificationStep(
            notification_seq=number,
            notification_id=message.notification_id,
            sink=message.sink,
            team=message.team,
            state=DeliveryState.QUEUED,
            told=message.told,
            content=json.dumps(message.content, ensure_ascii=False),
            run_id=context.run_id,
            at=now(),
        )
        for number, message in enumerate(messages, outbox.next_number)
    ]


def _ended(context: Context, first: int, attempts: Sequence[Attempt]) -> list[NotificationStep]:
    return [
        NotificationStep(
            notification_seq=number,
            notification_id=attempt.message.notification_id,
            sink=attempt.message.sink,
            team=attempt.message.team,
            state=DeliveryState.FAILED if attempt.failure else DeliveryState.SENT,
            failure=attempt.failure,
            run_id=context.run_id,
            at=now(),
        )
        for number, attempt in enumerate(attempts, first)
    ]
