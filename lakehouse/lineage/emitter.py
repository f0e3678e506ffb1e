"""Sends OpenLineage events while a run goes on. Whatever becomes of them, the run goes on as without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from threading import Thread
from types import TracebackType

from lakehouse.clock import now
from lakehouse.config.load import Lineage
from lakehouse.errors import LakehouseError, UsageError
from lakehouse.lineage.client import IS_INSTALLED, events, file, http
from lakehouse.lineage.datasets import Dataset
from lakehouse.lineage.events import COMPLETE, FAIL, START, Work, event_of

# What the client raises when an event cannot be delivered: errors of requests are errors of the operating system.
_FAULTS = (OSError, RuntimeError, ValueError)


@dataclass
class Emitter:
    """Sends the events of a command and its stages, or none at all when it has no transport.

    After the first event that cannot be delivered it warns, once, and sends no more: a run waits for a dead endpoint
    only once.
    """

    command: Work
    warn: Callable[[str], None]
    timeout: float = 0
    transport: file.FileTransport | http.HttpTransport | None = field(default=None, repr=False)
    _stages: int = 0

    @property
    def is_on(self) -> bool:
        """Whether events are sent."""
        return self.transport is not None

    def of_command(self) -> Sent:
        """Sends the events of the command around a block. The block gives it what it read and wrote."""
        return Sent(self, self.command)

    def of_stage(self, name: str, reads: Sequence[Dataset], writes: Sequence[Dataset]) -> Sent:
        """Sends the events of a stage around a block. The block may replace `writes` by what it wrote."""
        self._stages += 1
        run_id = f"{self.command.run_id}/{self._stages}/{name}"
        return Sent(self, Work(self.command.namespace, f"stage.{name}", run_id, self.command), reads, writes)

    def send(self, event: events.RunEvent) -> None:
        """Sends an event, and waits until it is delivered, at most for the timeout."""
        if self.transport is None:
            return
        fault = _fault_of(self.transport, event, self.timeout)
        if fault:
            self.transport = None
            self.warn(f"lineage events cannot be delivered ({fault}): the run goes on, and sends no more of them")


@dataclass
class Sent:
    """START when a block begins, COMPLETE or FAIL when it ends."""

    emitter: Emitter
    work: Work
    reads: Sequence[Dataset] = ()
    writes: Sequence[Dataset] = ()

    def __enter__(self) -> Sent:
        self._send(START)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._send(COMPLETE)
        else:
            # The text of an error that nobody foresaw may quote data.
            self._send(FAIL, str(error) if isinstance(error, LakehouseError) else type(error).__name__)

    def _send(self, kind: str, fault: str | None = None) -> None:
        if self.emitter.is_on:
            self.emitter.send(event_of(kind, self.work, now(), self.reads, self.writes, fault))


def no_emitter() -> Emitter:
    """An emitter that sends nothing."""
    return Emitter(Work("", "", ""), lambda _: None)


def emitter_of(settings: Lineage, run_id: str, command: str, warn: Callable[[str], None]) -> Emitter:
    """The emitter of a command. Raises `UsageError` when the configuration asks for events without the extra."""
    work = Work(settings.namespace, f"command.{command.replace(' ', '_')}", run_id)
    if settings.transport == "none":
        return Emitter(work, warn)
    if not IS_INSTALLED:
        raise UsageError(
            f"lineage.transport {settings.transport} needs the extra 'lineage': pip install "
            "'passenger-feedback-lakehouse[lineage]', or set it to none."
        )
    return Emitter(work, warn, settings.timeout_seconds, _transport_of(settings))


def _transport_of(settings: Lineage) -> file.FileTransport | http.HttpTransport:
    if settings.transport == "file":
        return file.FileTransport(file.FileConfig(settings.file, append=True))
    # Made here and not by the client's factory, which would let its own variables and files change it.
    auth = http.ApiKeyTokenProvider({"api_key": settings.key}) if settings.key else http.TokenProvider({})
    return http.HttpTransport(
        http.HttpConfig(
            url=f"{settings.url.rstrip('/')}/",
            endpoint=settings.endpoint,
            # Longer than `_fault_of` waits, so that there is one message for all that comes too late.
            timeout=settings.timeout_seconds + 1,
            auth=auth,
            retry={"total": 0},
        )
    )


def _fault_of(transport: file.FileTransport | http.HttpTransport, event: events.RunEvent, timeout: float) -> str | None:
    """Why the event was not delivered, without any address; None when it was."""
    answer: Future[None] = Future()

    def deliver() -> None:
        try:
            transport.emit(event)
        except _FAULTS as fault:
            answer.set_exception(fault)
        else:
            answer.set_result(None)

    # A thread, because the client's timeout is none for a name that is looked up, or for an answer that trickles in.
    Thread(target=deliver, daemon=True).start()
    try:
        answer.result(timeout)
    except TooLate:
        return f"no answer within {timeout:g} s"
    except _FAULTS as fault:
        if isinstance(transport, file.FileTransport):
            return str(fault)
        response = getattr(fault, "response", None)
        return f"HTTP status {response.status_code}" if response is not None else type(fault).__name__
    return None
