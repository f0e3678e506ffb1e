"""Runs the pipeline whenever files arrive, with one warm session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Event

from lakehouse.clock import seconds
from lakehouse.config.load import Config, configuration
from lakehouse.errors import LakehouseError, SessionLostError, UsageError
from lakehouse.formats.landing import find_files, require_roots, versions_of
from lakehouse.ledger.runs import WATCH
from lakehouse.pipeline.context import hold_warehouse
from lakehouse.pipeline.run import Finished, execute, run_pipeline
from lakehouse.places.objects import FileVersion
from lakehouse.request import Request

# Seconds after which a run that failed is tried again, and after which an idle watch says that it is alive.
RETRY_SECONDS = 60
HEARTBEAT_SECONDS = 600


class Arrivals:
    """Tells which files have arrived: those whose size and time have been still for some seconds."""

    def __init__(self, still: float) -> None:
        self._still = still
        # Path -> version, and when it was first seen like this.
        self._seen: dict[str, tuple[FileVersion, float]] = {}
        self._taken: dict[str, FileVersion] = {}

    def look(self, lying: Mapping[str, FileVersion], at: float) -> frozenset[str]:
        """The files that have arrived and were not taken as they are. `lying`: path -> version, of all files that lie
        there. `at`: seconds, by a clock that only goes forward."""
        for path in self._seen.keys() - lying.keys():
            del self._seen[path]
        for path, version in lying.items():
            if path not in self._seen or self._seen[path][0] != version:
                self._seen[path] = (version, at)
        return frozenset(
            path
            for path, (version, since) in self._seen.items()
            if at - since >= self._still and self._taken.get(path) != version
        )

    def take(self, paths: frozenset[str]) -> None:
        """Notes that the files, as they were seen last, need no further run."""
        self._taken |= {path: self._seen[path][0] for path in paths}


@dataclass(frozen=True)
class _Alive:
    """The end of a run that only says that the watch is alive."""

    exit_code: int = 0
    is_release: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)


def watch(
    request: Request,
    every: float,
    still: float,
    stop: Event,
    tell: Callable[[Finished], None],
    warn: Callable[[str], None],
) -> None:
    """Runs the pipeline on what lies in the landing places, and again on each file that arrives, until `stop` is set.
    A run that has begun is finished.

    `every`: seconds between two looks. `still`: see `Arrivals`. `tell` is called after each run, `warn` with why one
    failed: it is tried again after a minute. The warehouse is held only while a run works. Raises `UsageError` for
    what the first run cannot be started with, and `SessionLostError` when Spark ends.
    """
    config = configuration(request)
    require_roots(config.landing, config.spark)
    arrivals, is_first = Arrivals(still), True
    next_try = heard = seconds()
    while not stop.is_set():
        at = seconds()
        arrived = arrivals.look(_lying(config), at)
        is_due = arrived or (is_first and at - heard >= still)
        try:
            if is_due and at >= next_try:
                tell(execute(replace(request, arrived=arrived), WATCH, run_pipeline, reads_landing=True))
                arrivals.take(arrived)
                is_first, heard = False, seconds()
            elif not is_due and at - heard >= HEARTBEAT_SECONDS:
                hold_warehouse(request, WATCH, lambda context: _Alive())
                heard = seconds()
        except SessionLostError:
            raise
        except LakehouseError as error:
            if is_first and isinstance(error, UsageError):
                raise
            warn(str(error))
            next_try = seconds() + RETRY_SECONDS
        stop.wait(every)


def _lying(config: Config) -> Mapping[str, FileVersion]:
    return versions_of(find_files(config.landing, config.set_aside, config.spark))
