"""Progress and warnings of a run, on stderr: a line that updates itself on a terminal, plain lines in a log."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from pyspark.sql import SparkSession

from lakehouse.printable import printable

_TICK_SECONDS = 0.5
_CLEAR_LINE = "\r\x1b[K"


@dataclass
class Reporter:
    """Writes to stderr. `log_format`: `text`, or `json` for one object per line."""

    run_id: str
    log_format: str = "text"
    verbose: bool = False

    @property
    def _live(self) -> bool:
        return self.log_format == "text" and sys.stderr.isatty()

    def say(self, message: str, level: str = "info") -> None:
        """Writes a line."""
        if self.log_format == "json":
            line = json.dumps({"run": self.run_id, "level": level, "message": message}, ensure_ascii=False)
        else:
            line = printable(message if level == "info" else f"{level}: {message}")
        print(f"{_CLEAR_LINE if self._live else ''}{line}", file=sys.stderr, flush=True)

    def detail(self, message: str) -> None:
        """Writes a line that only `-v` shows."""
        if self.verbose:
            self.say(message)

    def warn(self, message: str) -> None:
        """Writes a warning."""
        self.say(message, "warning")

    @contextmanager
    def stage(self, name: str, spark: SparkSession | None = None) -> Iterator[None]:
        """Shows a stage while the block runs, then how long it took."""
        cost = self._cost_from_now(spark)
        done = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(name, monotonic(), done, spark), daemon=True)
        if self._live:
            ticker.start()
        else:
            self.say(f"{name} …")
        try:
            yield
        finally:
            done.set()
            if self._live:
                ticker.join()
        self.say(f"{name}: {cost()}")

    @contextmanager
    def gate(self, name: str, spark: SparkSession) -> Iterator[None]:
        """Shows after the block how long a gate took, with `-v` only."""
        cost = self._cost_from_now(spark)
        try:
            yield
        finally:
            self.detail(f"gate {name}: {cost()}")

    def _cost_from_now(self, spark: SparkSession | None) -> Callable[[], str]:
        """Starts a stopwatch. The returned function says how much time passed, with `-v` how many Spark jobs ran."""
        started = monotonic()
        jobs_before = _jobs(spark) if self.verbose else 0

        def cost() -> str:
            jobs = f", {_jobs(spark) - jobs_before} Spark jobs" if self.verbose and spark else ""
            return f"{monotonic() - started:.1f} s{jobs}"

        return cost

    def _tick(self, name: str, started: float, done: threading.Event, spark: SparkSession | None) -> None:
        while not done.wait(_TICK_SECONDS):
            tasks = _tasks(spark) if spark else ""
            sys.stderr.write(f"{_CLEAR_LINE}{name} … {monotonic() - started:.0f} s{tasks}")
            sys.stderr.flush()


def _jobs(spark: SparkSession | None) -> int:
    """Number of Spark jobs started so far: the highest job number, because Spark forgets old jobs."""
    if spark is None or spark._jvm is None:
        return 0
    # Computed in the JVM: py4j would fetch a thousand job numbers one by one.
    numbers = spark.sparkContext.statusTracker()._jtracker.getJobIdsForGroup(None)
    return int(spark._jvm.java.util.Arrays.stream(numbers).max().orElse(-1)) + 1


def _tasks(spark: SparkSession) -> str:
    """How many tasks of the active Spark stages have finished, in words; empty when no stage is active."""
    tracker = spark.sparkContext.statusTracker()
    stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
    total = sum(stage.numTasks for stage in stages if stage)
    finished = sum(stage.numCompletedTasks for stage in stages if stage)
    return f", {finished} of {total} tasks" if total else ""
