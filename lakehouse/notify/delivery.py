"""Delivers messages to all sinks at once, and waits for each no longer than its timeout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import Thread

from lakehouse.clock import seconds
from lakehouse.ledger.notifications import Attempt, Undelivered
from lakehouse.notify.delivery_error import DeliveryError
from lakehouse.notify.senders import send
from lakehouse.notify.sinks import Sink


def deliver(sinks: Iterable[Sink], messages: Sequence[Undelivered]) -> list[Attempt]:
    """Tries to send the messages, those of a sink in their order. A sink that failed once is not tried again; what was
    not tried has no attempt. Messages to sinks that are not configured are left out."""
    couriers = [_Courier(sink, own) for sink in sinks if (own := [one for one in messages if one.sink == sink.name])]
    began = seconds()
    for courier in couriers:
        courier.start()
    for courier in couriers:
        # They work side by side: the time that was spent waiting for one has passed for the others too.
        courier.join(max(0.0, courier.sink.timeout - (seconds() - began)))
    return [attempt for courier in couriers for attempt in courier.attempts()]


@dataclass
class _Courier:
    """Delivers to one sink. A daemon: a sink that never answers does not keep the process from ending."""

    sink: Sink
    messages: Sequence[Undelivered]
    _done: list[Attempt] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._thread = Thread(target=self._work, daemon=True)
        self.start, self.join = self._thread.start, self._thread.join

    def attempts(self) -> list[Attempt]:
        """What is known now; a message that is still under way counts as failed."""
        done = list(self._done)
        is_stuck = len(done) < len(self.messages) and not (done and done[-1].failure)
        stuck = [Attempt(self.messages[len(done)], f"no answer within {self.sink.timeout} s")] if is_stuck else []
        return done + stuck

    def _work(self) -> None:
        for message in self.messages:
            try:
                send(self.sink, message.notification_id, message.content)
            except DeliveryError as error:
                self._done.append(Attempt(message, str(error)))
                return
            self._done.append(Attempt(message, None))
