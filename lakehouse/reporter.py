"""What a run says while it works: a live line on a terminal, plain lines in a log; always on stderr."""

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
    """Reports to stderr; `log_format` is `text` or `json` (one object per line)."""

    run_id: str
    log_format: str = "text"
    verbose: bool = False

    @property
    def _live(self) -> bool:
        return self.log_format == "text" and sys.stderr.isatty()

    def say(self, message: str, level: str = "info") -> None:
        """One line."""
        if self.log_format == "json":
            line = json.dumps({"run": self.run_id, "level": level, "message": message}, ensure_ascii=False)
        else:
            line = printable(message if level == "info" else f"{level}: {message}")
        print(f"{_CLEAR_LINE if self._live else ''}{line}", file=sys.stderr, flush=True)

    def detail(self, message: str) -> None:
        """One line that only `-v` shows."""
        if self.verbose:
            self.say(message)

    def warn(self, message: str) -> None:
        """One line about something the user should look at."""
        self.say(message, "warning")

    @contextmanager
    def stage(self, name: str, spark: SparkSession | None = None) -> Iterator[None]:
        """Shows the stage while it runs, then how long it took."""
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
        """With `-v`, what a gate cost."""
        cost = self._cost_from_now(spark)
        try:
            yield
        finally:
            self.detail(f"gate {name}: {cost()}")

    def _cost_from_now(self, spark: SparkSession | None) -> Callable[[], str]:
        """Says at its call how long it took; with `-v` how many Spark jobs, too."""
        started, jobs_before = monotonic(), _jobs(spark) if self.verbose else 0

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
    """Jobs that the session has started so far, by their numbers: the tracker forgets old ones."""
    if spark is None or spark._jvm is None:
        return 0
    # Found in the JVM: a thousand numbers would come over one by one.
    numbers = spark.sparkContext.statusTracker()._jtracker.getJobIdsForGroup(None)
    return int(spark._jvm.java.util.Arrays.stream(numbers).max().orElse(-1)) + 1


def _tasks(spark: SparkSession) -> str:
    tracker = spark.sparkContext.statusTracker()
    stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
    total = sum(stage.numTasks for stage in stages if stage)
    finished = sum(stage.numCompletedTasks for stage in stages if stage)
    return f", {finished} of {total} tasks" if total else ""
