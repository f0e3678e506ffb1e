"""Alerts to messages: what teams have to be told is queued in the outbox, sent, and marked as sent."""

from __future__ import annotations

from dataclasses import dataclass

from lakehouse.clock import now
from lakehouse.ledger.notifications import Undelivered, read_outbox
from lakehouse.notify.delivery import deliver
from lakehouse.notify.messages import due_messages
from lakehouse.pipeline.context import Context
from lakehouse.pipeline.staged import staged
from lakehouse.pipeline.stages.alerts import AlertsJudged


@dataclass(frozen=True)
class Notified:
    """What became of the messages that were due. `waiting`: those that the next run tries again."""

    sent: tuple[Undelivered, ...] = ()
    waiting: tuple[Undelivered, ...] = ()


def notify_teams(context: Context, judged: AlertsJudged) -> Notified:
    """Tells the configured sinks what began and what is over. No failure to deliver raises."""
    return _notify(context, judged) if context.config.sinks else Notified()


@staged("notifications", writes=lambda tables: (tables.notifications,))
def _notify(context: Context, judged: AlertsJudged) -> Notified:
    """A message is queued before it is sent: a run that is killed in between leaves it to the next one, with its id."""
    sinks, table = context.config.sinks, context.tables.notifications
    outbox = read_outbox(context.warehouse.read(table))
    due = due_messages(sinks, judged.events, judged.alerts, outbox.told)
    queued = outbox.queued(due, context.run_id, now())
    context.append_rows((step.as_row() for step in queued), table)
    outbox, names = outbox.with_steps(queued), {sink.name for sink in sinks}
    waiting = [one for one in outbox.undelivered if one.sink in names]
    attempts = deliver(sinks, waiting)
    context.append_rows((step.as_row() for step in outbox.ended(attempts, context.run_id, now())), table)
    for attempt in attempts:
        if attempt.failure:
            context.reporter.warn(f"notifications: {attempt.message.sink}: {attempt.failure}; the next run tries again")
    sent = {attempt.message.notification_id for attempt in attempts if attempt.failure is None}
    return Notified(
        tuple(one for one in waiting if one.notification_id in sent),
        tuple(one for one in waiting if one.notification_id not in sent),
    )
