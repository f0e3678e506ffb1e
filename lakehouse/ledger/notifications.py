"""The outbox: messages to teams and what became of them, as rows of ops.notifications."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from pyspark.sql import DataFrame, Row

from lakehouse.contracts import row_of
from schemas import columns as c
from schemas import ops


class DeliveryState(Enum):
    """Where a message stands. A failed one is tried again by the next run."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class NotificationStep:
    """A step of a message: a row of ops.notifications, which explains the fields."""

    notification_seq: int
    notification_id: str
    sink: str
    team: str
    state: DeliveryState
    told: Mapping[str, int] = field(default_factory=dict)
    content: str | None = None
    failure: str | None = None
    run_id: str
    at: datetime

    @classmethod
    def of(cls, row: Row) -> NotificationStep:
        """The step in a row of ops.notifications."""
        return cls(**{**row.asDict(), "state": DeliveryState(row[c.STATE])})

    def as_row(self) -> tuple[object, ...]:
        """The step as a row of ops.notifications."""
        return row_of(ops.NOTIFICATIONS, **{**vars(self), "state": self.state.value})


@dataclass(frozen=True)
class Message:
    """What one sink is told about one team. `told`: series -> event_seq of the event that the message tells.
    `content`: id, team, subject, text, and `news` with a mapping for each line."""

    notification_id: str
    sink: str
    team: str
    told: Mapping[str, int]
    content: Mapping[str, object]


@dataclass(frozen=True)
class Undelivered:
    """A message that did not arrive for all we know. `failure`: why the last attempt failed; None before the first."""

    notification_id: str
    sink: str
    team: str
    content: Mapping[str, Any]
    failure: str | None


@dataclass(frozen=True)
class Attempt:
    """What became of a message. `failure`: None when it was delivered."""

    message: Undelivered
    failure: str | None


class Outbox:
    """All messages so far."""

    def __init__(self, steps: tuple[NotificationStep, ...]) -> None:
        self._steps = steps

    def with_steps(self, steps: Iterable[NotificationStep]) -> Outbox:
        """The outbox after more steps."""
        return Outbox((*self._steps, *steps))

    def queued(self, messages: Iterable[Message], run_id: str, at: datetime) -> list[NotificationStep]:
        """The steps by which messages are queued."""
        return [
            NotificationStep(
                **self._of(message, number, run_id, at),
                state=DeliveryState.QUEUED,
                told=message.told,
                content=json.dumps(message.content, ensure_ascii=False),
            )
            for number, message in enumerate(messages, self._next)
        ]

    def ended(self, attempts: Iterable[Attempt], run_id: str, at: datetime) -> list[NotificationStep]:
        """The steps by which attempts to send are recorded."""
        return [
            NotificationStep(
                **self._of(attempt.message, number, run_id, at),
                state=DeliveryState.FAILED if attempt.failure else DeliveryState.SENT,
                failure=attempt.failure,
            )
            for number, attempt in enumerate(attempts, self._next)
        ]

    @property
    def _next(self) -> int:
        return self._steps[-1].notification_seq + 1 if self._steps else 1

    @staticmethod
    def _of(message: Message | Undelivered, number: int, run_id: str, at: datetime) -> dict[str, Any]:
        """What every step says."""
        named = {"notification_id": message.notification_id, "sink": message.sink, "team": message.team}
        return {**named, "notification_seq": number, "run_id": run_id, "at": at}

    @property
    def told(self) -> Mapping[str, Mapping[str, int]]:
        """Sink -> series -> event_seq of the event that its newest message tells."""
        told: dict[str, dict[str, int]] = defaultdict(dict)
        for step in self._steps:
            told[step.sink] |= step.told
        return told

    @property
    def undelivered(self) -> list[Undelivered]:
        """Messages that are not known to be sent, oldest first."""
        newest = {step.notification_id: step for step in self._steps}
        return [
            Undelivered(
                *(step.notification_id, step.sink, step.team),
                *(json.loads(step.content or "{}"), newest[step.notification_id].failure),
            )
            for step in self._steps
            if step.state is DeliveryState.QUEUED and newest[step.notification_id].state is not DeliveryState.SENT
        ]


def read_outbox(table: DataFrame) -> Outbox:
    """The outbox in ops.notifications."""
    return Outbox(tuple(map(NotificationStep.of, table.orderBy("notification_seq").collect())))
