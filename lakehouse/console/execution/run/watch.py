"""Watches the landing places: one line for each file that arrived, and one for each alert that began or is over."""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import replace
from threading import Event
from types import FrameType

from lakehouse.clock import now
from lakehouse.console.lazy import Later
from lakehouse.console.parser import request_of
from lakehouse.ledger.balance import FileBalance
from lakehouse.pipeline.run import Finished
from lakehouse.pipeline.watch import watch
from lakehouse.printable import printable


def execute(arguments: argparse.Namespace) -> None:
    """Runs until SIGTERM or SIGINT; a run that has begun is finished first."""
    stop = Event()

    def end(signal_number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    request = request_of(arguments)
    if arguments.out is not None:
        Later("look.report", "require")(arguments)
    teller = _Teller()

    def tell(finished: Finished) -> None:
        teller.tell(finished)
        if arguments.out is not None:
            Later("look.report", "write")(arguments)

    watch(replace(request, quiet=not request.verbose), arguments.every, arguments.still, stop, tell, _warn)


class _Teller:
    """Tells what each run changed."""

    def __init__(self) -> None:
        self._files: dict[tuple[str | None, str], FileBalance] | None = None

    def tell(self, finished: Finished) -> None:
        """Prints a line for each file whose state or place of lines changed, and for each alert that did."""
        files = {(file.sha256, file.file): file for file in finished.closing.files}
        if self._files is None:
            self._files = {key: file for key, file in files.items() if not _is_new(file, finished)}
            _say(f"watching {', '.join(finished.context.config.landing)}; {len(self._files)} file(s) known")
        for key, file in files.items():
            if self._files.get(key) != file:
                _say(_line(file))
        self._files = files
        for news in finished.outcome.alerts.news if finished.outcome.alerts else ():
            _say(f"alert {news.event.value}: {news.team}: {news.headline}")


def _is_new(file: FileBalance, finished: Finished) -> bool:
    """Whether the run loaded or refused the file."""
    loaded, files = finished.outcome.loaded, finished.outcome.ledger.files
    known = files.get(file.sha256 or "")
    if known is None:
        return file.file in finished.outcome.waiting.refused
    return bool(loaded and loaded.files) and known.delivery == max(one.delivery for one in files.values())


def _line(file: FileBalance) -> str:
    if file.lines is None or file.is_waiting:
        return f"{file.file}: {file.state.value}: {file.reason}"
    places = ((file.in_silver, "in silver"), (file.superseded, "superseded"), (file.quarantined, "in quarantine"))
    where = ", ".join(f"{n:,} {place}" for n, place in places if n)
    return f"{file.file}: {file.state.value}, {file.lines:,} lines: {where}"


def _say(text: str) -> None:
    print(f"{now():%H:%M:%S} {printable(text)}", flush=True)


def _warn(text: str) -> None:
    print(f"{now():%H:%M:%S} warning: {printable(text)}", file=sys.stderr, flush=True)
