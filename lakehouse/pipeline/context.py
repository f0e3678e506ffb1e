"""One run: configuration, session, lock, clock and run id, and what must be written down when it ends."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from datetime import date, datetime, timezone
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

from pyspark.sql import DataFrame, SparkSession

from lakehouse.alerts.judge import Alert
from lakehouse.config.load import Config, load_config
from lakehouse.console.parser import Options
from lakehouse.errors import LakehouseError, SessionLostError
from lakehouse.formats.landing import require_roots
from lakehouse.gold.imputation import Backtest
from lakehouse.gold.months import SilverContent
from lakehouse.ledger.drift import FileDrift
from lakehouse.ledger.files import (
    FileBalance,
    FileEvent,
    Ledger,
    balances,
    lines_by_file,
    read_ledger,
)
from lakehouse.ledger.runs import FinishedRun
from lakehouse.pipeline.reporter import Progress
from lakehouse.quality.results import CheckResult
from lakehouse.quality.runner import load_library
from lakehouse.quality.samples import with_samples
from lakehouse.storage.lock import local_folder, warehouse_lock
from lakehouse.storage.registry import Tables, TableSpec, registry
from lakehouse.storage.session import is_alive, start_session, telling_refusals
from lakehouse.storage.warehouse import STAGING, Warehouse
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.changes import require_all

_TABLES_AT_A_TIME = 4
_Result = TypeVar("_Result")
_RULES, _OPERATOR_EVENT = "rules_version", "operator_event"


@dataclass
class Run:
    """A run that holds the warehouse. Stages read and write through it and leave their results here."""

    config: Config
    tables: Tables
    warehouse: Warehouse
    options: Options
    progress: Progress
    run_id: str
    command: str
    started_at: datetime
    results: list[CheckResult] = field(default_factory=list)
    loaded_files: int = 0
    loaded_lines: int = 0
    refused: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    events: list[FileEvent] = field(default_factory=list)
    gated: set[str] = field(default_factory=set)
    drift: list[FileDrift] = field(default_factory=list)
    backtest: Backtest | None = None
    alerts: list[Alert] = field(default_factory=list)
    silver: SilverContent | None = None
    gold: Mapping[str, str] | None = None
    preparation: Future[None] | None = None
    is_release: bool = True

    @property
    def spark(self) -> SparkSession:
        """The session."""
        return self.warehouse.spark

    def expect_checks(self) -> None:
        """Imports Great Expectations on the side: it takes seconds, and a run with nothing to check does without."""
        threading.Thread(target=load_library, daemon=True).start()

    def wait_for_tables(self) -> None:
        """Returns when every table is there; bronze and the events are from the start."""
        if self.preparation:
            self.preparation.result()

    @property
    def today(self) -> date:
        """The day on which the run began (UTC)."""
        return self.started_at.date()

    @property
    def note(self) -> dict[str, object]:
        """What silver's commits say they were built from."""
        return silver_note(self.config, self.ledger)

    @cached_property
    def ledger(self) -> Ledger:
        """Files and decisions of the warehouse, read once; stages add what they change."""
        read = self.warehouse.read
        return read_ledger(read(self.tables.bronze), read(self.tables.file_events))

    def decide(
        self,
        event: str,
        file: str,
        sha256: str | None,
        raw_sha256: str | None,
        reason: str,
        survey_date: date | None = None,
        lines: int | None = None,
        run_id: str | None = None,
    ) -> None:
        """Notes a decision about a file; `write_decisions` makes it last. `run_id`: the run that took it, when it was
        interrupted before."""
        sequence = len(self.ledger.events) and self.ledger.events[-1].event_seq
        decision = FileEvent(
            sequence + 1,
            *(event, file, sha256, raw_sha256, reason, survey_date, lines),
            *(self.config.rules_version, run_id or self.run_id, now()),
        )
        self.ledger.events.append(decision)
        self.events.append(decision)

    def look_again(self) -> None:
        """Files and decisions are read anew when they are next asked for."""
        self.__dict__.pop("ledger", None)

    def changed_by_others(self, *tables: TableSpec) -> frozenset[str]:
        """Those of the tables whose rows somebody changed past the pipeline; says so."""
        changed = [table.full_name for table in tables if self.warehouse.is_changed_by_others(table)]
        if changed:
            self.progress.warn(f"{', '.join(changed)}: changed past the pipeline, and written anew")
        return frozenset(changed)

    def record(self, results: Sequence[CheckResult], failing: DataFrame | None) -> None:
        """Keeps the results of a gate. `failing`: some of the lines that fail its checks, see `with_samples`."""
        if failing:
            with self.progress.gate(f"{results[0].gate}, samples", self.spark):
                results = with_samples(results, failing)
        self.results.extend(results)

    def write_decisions(self) -> None:
        """Appends the noted decisions in one commit."""
        self.append_rows((astuple(event) for event in self.events), self.tables.file_events)
        self.events.clear()

    def append_rows(self, rows: Iterable[tuple[object, ...]], table: TableSpec) -> None:
        """Appends rows given in the order of the table's contract, if there are any."""
        listed = list(rows)
        if listed:
            self.warehouse.append(self.spark.createDataFrame(listed, table.schema), table)

    def staging(self) -> Path:
        """Folder for copies of odd files; gone when the run ends."""
        root = local_folder(self.warehouse.root)
        return root / STAGING / "files" if root else Path(tempfile.gettempdir()) / f"lakehouse-{self.run_id}"

    def exit_code(self) -> int:
        """0, 5 when a file was newly refused, else 3 when one was newly held; `--strict` counts waiting ones too."""
        strict = self.options.strict
        if self.refused or (strict and self.ledger.refused()):
            return 5
        waiting = [sha for sha in self.ledger.files if self.ledger.state(sha) != "admitted"]
        return 3 if self.held or (strict and waiting) else 0


def count_places(run: Run) -> list[FileBalance]:
    """Where every delivered line is now, each place counted by itself."""
    tables = run.tables
    places = [run.warehouse.read(table) for table in (tables.responses, tables.superseded, tables.quarantine)]
    return balances(run.ledger, *in_parallel(*(partial(lines_by_file, place) for place in places)))


def silver_note(config: Config, ledger: Ledger) -> dict[str, object]:
    """What silver's commits say they were built from; another note means that silver is recomputed."""
    return {_RULES: config.rules_version, _OPERATOR_EVENT: ledger.last_operator_event}


def note_of_silver(warehouse: Warehouse, tables: Tables) -> dict[str, object]:
    """What silver says it was built from; as long as every line was rejected, only quarantine says so. Nothing when
    somebody else changed one of its tables."""
    written = (tables.responses, tables.quarantine, tables.superseded, tables.questionnaires)
    notes = [warehouse.last_note(table) for table in written]
    if any(note == {} for note in notes):
        return {}
    return notes[0] or notes[1] or {}


def now() -> datetime:
    """The time (UTC)."""
    return datetime.now(timezone.utc)


def absolute(root: str) -> str:
    """A local warehouse as an absolute path: Spark would look for a relative one elsewhere."""
    folder = local_folder(root)
    return root if folder is None else str(folder.absolute())


def open_config(options: Options) -> Config:
    """The configuration that the options name."""
    return load_config(options.conf, options.warehouse, options.landing, os.environ)


def in_parallel(*steps: Callable[[], Any]) -> list[Any]:
    """Results of steps that do not depend on each other, in order. Small jobs spend their time on planning, which
    takes one core each."""
    with ThreadPoolExecutor(len(steps)) as pool:
        return [future.result() for future in [pool.submit(step) for step in steps]]


def each_table(tables: Iterable[TableSpec], work: Callable[[TableSpec], _Result]) -> dict[str, _Result]:
    """What the work gives for each table, by name; a few tables at a time."""
    listed = list(tables)
    with ThreadPoolExecutor(_TABLES_AT_A_TIME) as pool:
        return dict(zip((table.full_name for table in listed), pool.map(work, listed), strict=True))


@contextmanager
def open_run(options: Options, command: str, reads_landing: bool = False) -> Iterator[Run]:
    """Holds the warehouse for one writing command; its checks and its end are recorded whatever happens.

    Raises `WarehouseLockedError` when another run holds it, and whatever the block raises.
    """
    config = open_config(options)
    if reads_landing:
        require_roots(config.landing)
    started_at = now()
    run_id = f"{started_at:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
    progress = Progress(run_id, options.log_format, options.verbose)
    with progress.stage("starting Spark"):
        spark = start_session(config.spark)
    root = absolute(config.warehouse)
    holder = f"{command}, run {run_id}, since {started_at:%Y-%m-%d %H:%M:%S} UTC"
    lock = warehouse_lock(spark, root, holder, options.wait)
    with telling_refusals(), lock, ThreadPoolExecutor(1) as background:
        tables = registry(config.catalogue, config.response_key)
        warehouse = Warehouse(spark, root)
        run = Run(config, tables, warehouse, options, progress, run_id, command, started_at)
        warehouse.clear_staging()
        first = (tables.bronze, tables.file_events)
        warehouse.create_missing(first)
        run.preparation = background.submit(_prepare, warehouse, tables, config.catalogue)
        message, code = "interrupted", 1
        try:
            yield run
            message, code = "", run.exit_code()
        except LakehouseError as error:
            message, code = str(error), error.exit_code
            raise
        finally:
            if not is_alive(spark):
                raise SessionLostError
            warehouse.clear_staging()
            shutil.rmtree(run.staging(), ignore_errors=True)
            _close(run, message, code)


def _prepare(warehouse: Warehouse, tables: Tables, catalogue: Catalogue) -> None:
    """Makes the tables that ingestion does not need, while it is under way. Raises `UsageError` for a catalogue that
    lost a question."""
    warehouse.create_missing(tables.all())
    require_all(warehouse.columns(tables.responses) - set(tables.responses.schema.names), catalogue)
    warehouse.add_missing_columns(tables.responses)


def _close(run: Run, message: str, code: int) -> None:
    if run.preparation:
        # Its error, if any, was raised where its tables were needed.
        wait([run.preparation])
    at = now()
    in_parallel(
        lambda: run.append_rows((one.as_row(run.run_id, at) for one in run.results), run.tables.check_results),
        lambda: run.append_rows(run.backtest.as_rows(run.run_id, at) if run.backtest else (), run.tables.backtest),
    )
    left = run.tables.all() if run.is_release else ()
    versions = {table.full_name: run.warehouse.version(table) or 0 for table in left}
    finished = FinishedRun(
        *(run.run_id, run.command, run.started_at, now()), code, message, run.config.rules_version, versions
    )
    run.append_rows([tuple(vars(finished).values())], run.tables.runs)
