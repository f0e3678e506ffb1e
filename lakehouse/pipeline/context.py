"""What every stage of a run is given, and how a run holds the warehouse from its beginning to its end."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

from pyspark.sql import DataFrame, SparkSession

from lakehouse.clock import new_run_id, now
from lakehouse.config.load import Config, configuration
from lakehouse.errors import LakehouseError, SessionLostError
from lakehouse.formats.landing import require_roots
from lakehouse.gold.imputation import Backtest
from lakehouse.ledger.events import Decision
from lakehouse.ledger.files import Ledger
from lakehouse.ledger.runs import FinishedRun, Release, newest_release
from lakehouse.lineage.datasets import tables_at
from lakehouse.lineage.emitter import Emitter, emitter_of, no_emitter
from lakehouse.places.objects import FilePath, place
from lakehouse.places.uris import is_on_s3
from lakehouse.quality.results import CheckResult
from lakehouse.quality.runner import load_library
from lakehouse.quality.samples import with_samples
from lakehouse.reporter import Reporter
from lakehouse.request import Request
from lakehouse.storage.frames import frame_of
from lakehouse.storage.one_writer.lock import local_folder
from lakehouse.storage.open import held, open_warehouse, stored_ledger
from lakehouse.storage.parallel import each_table, in_parallel
from lakehouse.storage.session import is_alive, raising_storage_errors
from lakehouse.storage.tables.registry import Tables
from lakehouse.storage.tables.table_spec import TableSpec
from lakehouse.storage.warehouse import STAGING, Warehouse
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.changes import require_all
from lakehouse.survey.dates import require_possible


class CheckLog:
    """Everything that the checks of a run found. Written when the run ends, also when a gate stops it."""

    def __init__(self) -> None:
        self._results: list[CheckResult] = []
        self._backtests: list[Backtest] = []

    @property
    def results(self) -> tuple[CheckResult, ...]:
        """The results so far, in order."""
        return tuple(self._results)

    @property
    def backtests(self) -> tuple[Backtest, ...]:
        """The back-tests of imputed delays so far."""
        return tuple(self._backtests)

    def add(self, *results: CheckResult) -> None:
        """Adds results of checks."""
        self._results.extend(results)

    def take_back(self, is_judged_anew: Callable[[CheckResult], bool]) -> None:
        """Takes back the results of work that is given up, and done and judged anew."""
        self._results = [result for result in self._results if not is_judged_anew(result)]

    def add_backtest(self, backtest: Backtest) -> None:
        """Adds a back-test of imputed delays."""
        self._backtests.append(backtest)


@dataclass(frozen=True)
class Context:
    """A run that holds the warehouse: what its stages are given. `started_at` is UTC; `preparation` makes the tables
    that ingestion does without."""

    config: Config
    tables: Tables
    warehouse: Warehouse
    request: Request
    run_id: str
    command: str
    started_at: datetime
    reporter: Reporter
    checks: CheckLog
    preparation: Future[None]
    lineage: Emitter = field(default_factory=no_emitter)

    @property
    def spark(self) -> SparkSession:
        """The session."""
        return self.warehouse.spark

    @property
    def today(self) -> date:
        """The day on which the run began (UTC)."""
        return self.started_at.date()

    @property
    def staging(self) -> FilePath:
        """Folder for copies of odd files; gone when the run ends."""
        root = self.warehouse.root
        if is_on_s3(root) or local_folder(root):
            return place(root, self.config.spark) / STAGING / "files"
        return Path(tempfile.gettempdir()) / f"lakehouse-{self.run_id}"

    @cached_property
    def last_release(self) -> Release | None:
        """The newest release before this run; None when no run has finished yet."""
        self.wait_for_tables()
        return newest_release(self.warehouse.read(self.tables.runs))

    def wait_for_tables(self) -> None:
        """Returns when every table is there; bronze and the events are from the start."""
        self.preparation.result()

    def expect_checks(self) -> None:
        """Imports Great Expectations on the side: it takes seconds, and a run with nothing to check does without."""
        threading.Thread(target=load_library, daemon=True).start()

    def read_ledger(self) -> Ledger:
        """Files and decisions of the warehouse."""
        return stored_ledger(self.warehouse, self.tables)

    def record_decisions(self, ledger: Ledger, decisions: Iterable[Decision]) -> Ledger:
        """Appends decisions to the events in one commit; the ledger with them."""
        events = ledger.numbered(decisions, self.config.rules_version, self.run_id, now())
        self.append_rows((event.as_row() for event in events), self.tables.file_events)
        return ledger.with_events(events)

    def record_checks(self, results: Sequence[CheckResult], failing: DataFrame | None) -> None:
        """Keeps the results of a gate. `failing`: some of the lines that fail its checks, see `with_samples`."""
        if failing:
            with self.reporter.gate(f"{results[0].gate}, samples", self.spark):
                results = with_samples(results, failing)
        self.checks.add(*results)

    def append_rows(self, rows: Iterable[tuple[object, ...]], table: TableSpec) -> None:
        """Appends rows given in the order of the table's contract, if there are any."""
        listed = list(rows)
        if listed:
            self.warehouse.append(frame_of(self.spark, listed, table.schema), table)

    def external_changes(self, *tables: TableSpec) -> frozenset[str]:
        """Names of the tables whose rows somebody changed past the pipeline; says so."""
        changed = [table.full_name for table in tables if self.warehouse.is_changed_externally(table)]
        if changed:
            self.reporter.warn(f"{', '.join(changed)}: changed past the pipeline, and written anew")
        return frozenset(changed)


class Ended(Protocol):
    """What a run says of itself at its end; `is_release`: whether its tables belong together. `counts`: what the log
    shows of it."""

    @property
    def exit_code(self) -> int:
        """0, 3 or 5: see `Waiting`."""

    @property
    def is_release(self) -> bool:
        """Whether the versions of the tables are recorded as a release."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Name -> number."""


_Ended = TypeVar("_Ended", bound=Ended)


def require_possible_date(request: Request, today: date) -> None:
    """Raises `UsageError` for a --survey-date that no response can have."""
    if request.survey_date:
        require_possible("--survey-date", request.survey_date, today)


def holder_of(command: str) -> str:
    """What others are told who find the warehouse held by a command that is no run."""
    return f"{command}, since {now():%Y-%m-%d %H:%M:%S} UTC"


def hold_warehouse(
    request: Request, command: str, work: Callable[[Context], _Ended], *, reads_landing: bool = False
) -> _Ended:
    """Holds the warehouse for one writing command; its checks and its end are recorded whatever happens.

    Raises `WarehouseLockedError` when another run holds it, and whatever the work raises.
    """
    config = configuration(request)
    if reads_landing:
        require_roots(config.landing, config.spark)
    started_at = now()
    require_possible_date(request, started_at.date())
    run_id = new_run_id(started_at)
    reporter = Reporter(run_id, request.log_format, request.verbose, request.quiet)
    lineage = emitter_of(config.lineage, run_id, command, reporter.warn)
    with reporter.run() as told, lineage.of_command() as sent:
        with reporter.stage("starting Spark"):
            _, warehouse, tables = open_warehouse(config)
        holder = f"{command}, run {run_id}, since {started_at:%Y-%m-%d %H:%M:%S} UTC"
        holding = held(warehouse, holder, request.wait, config.lease_seconds)
        with raising_storage_errors(), holding as warehouse, ThreadPoolExecutor(1) as background:
            warehouse.clear_staging()
            warehouse.create_missing(tables.of_ingestion)
            each_table(tables.of_ingestion, warehouse.apply_contract)
            preparation = background.submit(_prepare, warehouse, tables, config.catalogue)
            context = Context(
                *(config, tables, warehouse, request, run_id, command, started_at, reporter, CheckLog(), preparation),
                lineage,
            )
            with _recorded(context) as end:
                ended = work(context)
                end.succeed(ended.exit_code, ended.is_release)
        told.exit_code, told.counts = end.exit_code, ended.counts
        sent.writes = tables_at(warehouse.root, (tables.check_results, tables.backtest, tables.runs))
        return ended


def _prepare(warehouse: Warehouse, tables: Tables, catalogue: Catalogue) -> None:
    """Makes the tables that ingestion does not need, while it is under way. Raises `UsageError` for a catalogue that
    lost a question."""
    warehouse.create_missing(tables.all())
    require_all(set(warehouse.schema(tables.responses).names) - set(tables.responses.schema.names), catalogue)
    each_table((one for one in tables.all() if one not in tables.of_ingestion), warehouse.apply_contract)


@dataclass
class _End:
    """How a run ends; as long as it is not told otherwise, by an interruption."""

    exit_code: int = 1
    message: str = "interrupted"
    is_release: bool = True

    def succeed(self, exit_code: int, is_release: bool) -> None:
        self.exit_code, self.message, self.is_release = exit_code, "", is_release


@contextmanager
def _recorded(context: Context) -> Iterator[_End]:
    """Records checks and end of the run when the block is left, in whichever way."""
    end = _End()
    try:
        yield end
    except LakehouseError as error:
        end.exit_code, end.message = error.exit_code, str(error)
        raise
    finally:
        if not is_alive(context.spark):
            raise SessionLostError
        if context.warehouse.lease:
            context.warehouse.lease.require()
        context.warehouse.clear_staging()
        if isinstance(context.staging, Path):
            shutil.rmtree(context.staging, ignore_errors=True)
        _record(context, end)


def _record(context: Context, end: _End) -> None:
    # Its error, if any, was raised where its tables were needed.
    wait([context.preparation])
    tables, checks, at = context.tables, context.checks, now()
    backtests = [row for backtest in checks.backtests for row in backtest.as_rows(context.run_id, at)]
    in_parallel(
        lambda: context.append_rows((one.as_row(context.run_id, at) for one in checks.results), tables.check_results),
        lambda: context.append_rows(backtests, tables.backtest),
    )
    left = tables.all() if end.is_release else ()
    versions = {table.full_name: context.warehouse.version(table) or 0 for table in left}
    finished = FinishedRun(
        *(context.run_id, context.command, context.started_at, now()),
        *(end.exit_code, end.message, context.config.rules_version, versions),
    )
    context.append_rows([finished.as_row()], tables.runs)
