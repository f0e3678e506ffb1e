"""The log of a run, on stderr: lines for people, one that updates itself on a terminal, or one JSON object per line."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING

from lakehouse.clock import now
from lakehouse.errors import LakehouseError
from lakehouse.printable import printable

if TYPE_CHECKING:
    # The console reports errors before it needs Spark, whose import takes seconds.
    from pyspark.sql import SparkSession

_TICK_SECONDS = 0.5
_CLEAR_LINE = "\r\x1b[K"


@dataclass(frozen=True)
class LogLine:
    """A line of the log. As JSON it has every field as a key, and `at` and `run`.

    `seconds`: how long the stage, gate or run took, on the line that ends it; on other lines how long it has lasted so
    far. `counts`: rows by table, or lines by where they are. `exit_code`: of the command, on its last lines.
    """

    message: str
    level: str = "info"
    event: str = "message"
    stage: str | None = None
    seconds: float | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    exit_code: int | None = None

    def as_json(self, run_id: str | None) -> str:
        """The line as a JSON object, in ASCII: no character in it can end the line or rewrite a terminal."""
        seconds = None if self.seconds is None else round(self.seconds, 3)
        return json.dumps({"at": now().isoformat(), "run": run_id, **vars(self), "seconds": seconds})

    def as_text(self) -> str:
        """The line for people."""
        return printable(self.message if self.level == "info" else f"{self.level}: {self.message}")


@dataclass
class Reporter:
    """Writes the log of a run to stderr. `log_format`: `text` or `json`. `quiet`: warnings only, where people read."""

    run_id: str
    log_format: str = "text"
    verbose: bool = False
    quiet: bool = False
    _began: float = field(default_factory=monotonic)
    # The stages that are under way, the innermost last, with their start.
    _stages: list[tuple[str, float]] = field(default_factory=list)

    @property
    def counts_rows(self) -> bool:
        """Whether the log shows the rows that a stage wrote."""
        return self.log_format == "json"

    @property
    def _innermost(self) -> tuple[str | None, float]:
        """The stage that is under way and when it began; between stages None and when the run began."""
        return self._stages[-1] if self._stages else (None, self._began)

    @property
    def _live(self) -> bool:
        return self.log_format == "text" and not self.quiet and sys.stderr.isatty()

    def say(self, message: str, level: str = "info") -> None:
        """Writes a line."""
        stage, began = self._innermost
        self._write(LogLine(message, level, stage=stage, seconds=monotonic() - began))

    def warn(self, message: str) -> None:
        """Writes a warning."""
        self.say(message, "warning")

    @contextmanager
    def stage(self, name: str, spark: SparkSession | None = None) -> Iterator[dict[str, int]]:
        """Shows a stage while the block runs, then how long it took. The block may fill in rows by table."""
        cost, counts = self._cost_from_now(spark), dict[str, int]()
        done = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(name, monotonic(), done, spark), daemon=True)
        self._stages.append((name, monotonic()))
        if self._live:
            ticker.start()
        else:
            self._write(LogLine(f"{name} …", event="stage_started", stage=name, seconds=0.0))
        has_ended = False
        try:
            yield counts
            has_ended = True
        finally:
            done.set()
            if self._live:
                ticker.join()
            _, began = self._stages.pop()
            if has_ended:
                self._write(LogLine(f"{name}: {cost()}", "info", "stage_finished", name, monotonic() - began, counts))
            elif self.log_format == "json":
                # For people the error itself says so.
                self._write(LogLine(f"{name} failed", "error", "stage_failed", name, monotonic() - began, counts))

    @contextmanager
    def gate(self, name: str, spark: SparkSession | None = None) -> Iterator[None]:
        """Shows after the block how long a gate took, with `-v` only."""
        cost, began = self._cost_from_now(spark), monotonic()
        try:
            yield
        finally:
            if self.verbose:
                stage, _ = self._innermost
                took = monotonic() - began
                self._write(LogLine(f"gate {name}: {cost()}", event="gate_finished", stage=stage, seconds=took))

    def run(self) -> RunLog:
        """Writes after a block how the run ended."""
        return RunLog(self)

    def ended(self, exit_code: int, message: str, counts: Mapping[str, int]) -> None:
        """Writes how the run ended, as JSON only: for people there are the summary and the error."""
        if self.log_format == "json":
            level = "error" if message else "warning" if exit_code else "info"
            text, seconds = message or f"ended with exit code {exit_code}", monotonic() - self._began
            self._write(LogLine(text, level, "run_finished", None, seconds, counts, exit_code))

    def _write(self, line: LogLine) -> None:
        if self.log_format == "json":
            write_line(line.as_json(self.run_id))
        elif line.level != "info" or not self.quiet:
            write_line(line.as_text(), clear=self._live)

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


@dataclass
class RunLog:
    """The end of a run in the log: `exit_code` and `counts` as the block sets them, or the error that left it, which
    learns the id of the run."""

    reporter: Reporter
    exit_code: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    def __enter__(self) -> RunLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.reporter.ended(self.exit_code, "", self.counts)
        elif isinstance(error, LakehouseError):
            error.run_id = self.reporter.run_id
            self.reporter.ended(error.exit_code, str(error), {})
        else:
            self.reporter.ended(1, f"ended by {type(error).__name__}", {})


def write_line(text: str, *, clear: bool = False) -> None:
    """Writes a line to stderr, whole also when several threads write. `clear`: over a line that updates itself."""
    sys.stderr.write(f"{_CLEAR_LINE if clear else ''}{text}\n")
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
