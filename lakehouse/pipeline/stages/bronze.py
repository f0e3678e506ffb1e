"""Landing files to bronze: judge each file by its bytes, and load what is new in one commit."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.bronze.rows import (
    DeliveredFile,
    Delivery,
    commented,
    splits,
    text_schema,
    with_dates_of,
    with_line_ends,
    with_lineage,
    with_position,
)
from lakehouse.errors import UnreadableInputError, UsageError
from lakehouse.formats.content import BLOCK, is_gzip
from lakehouse.formats.landing import Ignored
from lakehouse.formats.preflight import Accepted
from lakehouse.formats.records import NEWLINE_IN_CELL, NO_RECORD, RETURN_IN_CELL
from lakehouse.formats.staging import unchanged, write_copy
from lakehouse.ledger.arrivals import arrivals, newly_dated, refusal
from lakehouse.ledger.events import Decision, Event
from lakehouse.ledger.files import BronzeFile, Ledger, files_in, lines_by_file
from lakehouse.pipeline.context import Context
from lakehouse.pipeline.staged import staged
from lakehouse.pipeline.stages.erasure import suppressed_lines
from lakehouse.pipeline.stages.landing import dating_of, no_survey, preflight_landing
from lakehouse.storage.frames import frame_of
from lakehouse.storage.session import SPARK_ERRORS, session_with
from lakehouse.survey.dates import date_column, delivered_date
from schemas import bronze
from schemas import columns as c

_SPLIT_BLOCKS = (4, 64)
_TASKS = 16
_LINES_PER_TASK = 50_000
_READERS = 2
_FILES_SHOWN = 3
_KEPT_OUT = "lines of erased passengers stay out (privacy.suppress)"
# Spark's name for a file that an executor does not find.
_NOT_FOUND = "FAILED_READ_FILE.FILE_NOT_EXIST"
_NOT_SHARED = (
    "an executor does not find a file that is here: landing places and the warehouse need the same path on the driver "
    "and on every worker."
)
_CHANGED = "it changed while it was read: run again when it is written to its end"


@dataclass(frozen=True)
class Loaded:
    """What the bronze stage did: the ledger after it, files and lines in bronze since, and files refused by name."""

    ledger: Ledger
    files: int = 0
    lines: int = 0
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Source:
    """An accepted file and where Spark shall read it."""

    accepted: Accepted
    delivered: DeliveredFile
    path: str


@staged(
    "bronze",
    reads=lambda tables: (tables.suppressed_ids,),
    writes=lambda tables: (tables.bronze, tables.file_events),
    reads_landing=True,
)
def load_bronze(context: Context, ledger: Ledger) -> Loaded:
    """Loads every file whose content is not in bronze yet; refuses what cannot be read, by name, and ignores what is no
    survey by its name."""
    verdicts = preflight_landing(context.config, context.request.arrived)
    if context.request.arrived is None and all(isinstance(verdict, Ignored) for verdict in verdicts):
        context.reporter.warn(no_survey(context.config, verdicts))
    ledger = remove_half_read(context, ledger)
    dating = dating_of(context.config, context.request, context.today)
    arrived = arrivals(ledger, verdicts, context.config.rules_version, dating)
    known = [one.decision for one in arrived if one.decision]
    decisions = list(dict.fromkeys([*known, *newly_dated(ledger, verdicts, dating)]))
    for decision in decisions:
        _tell(context, decision)
    new = [one.verdict for one in arrived if isinstance(one.verdict, Accepted) and one.is_new]
    for file in new:
        _tell_reading(context, file)
    files: Mapping[str, BronzeFile] = {}
    if new:
        context.expect_checks()
        files, taken = load_files(context, ledger, new)
        decisions += taken
    # In one commit, before any gate: what was refused or repeated stays known when it blocks.
    ledger = context.record_decisions(ledger.with_files(files), decisions)
    refused = tuple(decision.file for decision in decisions if decision.event is Event.REFUSED)
    return Loaded(ledger, len(files), sum(file.rows for file in files.values()), refused)


def remove_half_read(context: Context, ledger: Ledger) -> Ledger:
    """Takes out files that a run loaded but did not live to verify; they are loaded again if they still lie there."""
    undecided = ledger.pending(context.config.rules_version)
    broken = sorted(sha for sha in undecided if not ledger.files[sha].is_whole)
    _take_out(context, broken)
    return ledger.without_files(broken)


def _take_out(context: Context, contents: Sequence[str]) -> None:
    if contents:
        files = frame_of(context.spark, [(sha,) for sha in contents], f"{c.SOURCE_SHA256} string")
        context.warehouse.delete(context.tables.bronze, files)


def _tell(context: Context, decision: Decision) -> None:
    if decision.event in (Event.REFUSED, Event.IGNORED):
        context.reporter.warn(f"{decision.file} {decision.event.value}: {decision.reason}")
    else:
        context.reporter.say(f"{decision.file}: {decision.reason}")


def _tell_reading(context: Context, file: Accepted) -> None:
    """Says how a new file is read, where that is not the common way."""
    dialect = file.dialect.describe()
    if dialect:
        context.reporter.say(f"{file.file.relative} is read with {dialect}")
    for note in file.notes:
        context.reporter.warn(f"{file.file.relative}: {note}")


def _refuse(context: Context, file: Accepted, reason: str) -> Decision:
    decision = refusal(file, reason)
    _tell(context, decision)
    return decision


def load_files(
    context: Context, ledger: Ledger, files: Sequence[Accepted]
) -> tuple[Mapping[str, BronzeFile], list[Decision]]:
    """Loads files in one commit, but for those that go or change while they are read: they are refused. Returns what
    is in bronze now, by content, and the decisions. Raises `UsageError` when executors do not see the files."""
    number = 1 + max((file.delivery for file in ledger.files.values()), default=0)
    delivery = Delivery(number, context.started_at, context.run_id)
    sources, refusals = _sources(context, files)
    while sources:
        try:
            suppressed = _append(context, sources, delivery)
            loaded, decisions = _verify(context, sources, number, suppressed)
            return loaded, [*refusals, *decisions]
        except SPARK_ERRORS as error:
            changed = [source.accepted for source in sources if not unchanged(source.accepted)]
            if not changed and _NOT_FOUND in str(error):
                raise UsageError(_NOT_SHARED) from error
            if not changed:
                raise
            refusals += [_refuse(context, file, _CHANGED) for file in changed]
            sources = [source for source in sources if source.accepted not in changed]
    return {}, refusals


def _sources(context: Context, files: Sequence[Accepted]) -> tuple[list[_Source], list[Decision]]:
    """Where to read each file, and refusals of those that changed since their preflight."""
    sources: list[_Source] = []
    refusals: list[Decision] = []
    for file in files:
        try:
            sources.append(_source(context, file))
        except UnreadableInputError as error:
            refusals.append(_refuse(context, file, str(error)))
    return sources, refusals


def _append(context: Context, sources: Sequence[_Source], delivery: Delivery) -> dict[str, int]:
    """All files in one commit, or none of them. Returns how many lines of each were kept out, by content."""
    size = sum(len(source.delivered.newlines) for source in sources)
    blocks = max(_SPLIT_BLOCKS[0], min(_SPLIT_BLOCKS[1], -(-size // _TASKS)))
    reader = _one_split_per_task(context.spark, blocks)
    groups = [
        _read_group(context, reader, list(group), blocks, delivery)
        for _, group in groupby(sorted(sources, key=_reading_of), key=_reading_of)
    ]
    rows = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), groups)
    suppressed = suppressed_lines(context, rows)
    if suppressed:
        rows = rows.join(F.broadcast(suppressed), on=list(bronze.LINE), how="left_anti")
    context.warehouse.append(rows, context.tables.bronze, merge_schema=True)
    return lines_by_file(suppressed) if suppressed else {}


def _reading_of(source: _Source) -> tuple[str, str, bool]:
    """What files must share to be read together."""
    accepted = source.accepted
    return accepted.header, accepted.dialect.delimiter, accepted.spans_lines


def _source(context: Context, file: Accepted) -> _Source:
    """Where to read the file. Raises `UnreadableInputError` when it changed since its preflight."""
    path, newlines = file.file.path, file.newlines
    dating = dating_of(context.config, context.request, context.today)
    if file.needs_copy:
        copy = write_copy(file, context.staging / f"{file.sha256}.csv")
        path, newlines = copy.path, copy.newlines
    found = delivered_date(file.file.relative, dating.argument, dating.today)
    if found.source == "ingestion" and dating.is_undated(file):
        context.reporter.warn(
            f"{file.file.relative}: no survey date in column, path, name or --survey-date; {found.date} is assumed"
        )
    # Spark resolves `..` in names by itself, and then calls the file by the result.
    path = Path(os.path.normpath(path)) if isinstance(path, Path) else path
    delivered = DeliveredFile(
        uri=path.as_uri(),
        name=file.file.relative,
        sha256=file.sha256,
        lines=file.lines,
        header=file.header,
        dialect=file.dialect.describe(),
        date=found,
        newlines=newlines,
    )
    return _Source(file, delivered, str(path))


def _one_split_per_task(spark: SparkSession, blocks: int) -> SparkSession:
    """A session that cuts files at multiples of `blocks` and never packs two splits into a task: line numbers rest on
    both."""
    sizes = ("spark.sql.files.maxPartitionBytes", "spark.sql.files.openCostInBytes")
    return session_with(spark, dict.fromkeys(sizes, str(blocks * BLOCK)))


def _read_group(
    context: Context, reader: SparkSession, group: Sequence[_Source], blocks: int, delivery: Delivery
) -> DataFrame:
    """Files with one header and delimiter, as bronze rows. `reader`: from `_one_split_per_task`."""
    file = group[0].accepted
    lines = reader.read.csv(
        [source.path for source in group],
        schema=text_schema(file.names),
        header=True,
        sep=file.dialect.delimiter,
        escape='"',
        mode="PERMISSIVE",
        columnNameOfCorruptRecord=c.CORRUPT_RECORD,
        ignoreLeadingWhiteSpace=False,
        ignoreTrailingWhiteSpace=False,
    )
    starts = frame_of(context.spark, splits([source.delivered for source in group], blocks), bronze.SPLITS)
    rows = with_lineage(with_position(lines), starts, delivery, NO_RECORD)
    if file.spans_lines:
        rows = with_line_ends(rows, file.names, {NEWLINE_IN_CELL: "\n", RETURN_IN_CELL: "\r"})
    if any(is_gzip(source.accepted.file) for source in group):
        rows = _spread(context.spark, rows, sum(source.accepted.lines for source in group))
    own_dates = date_column(file.names, context.config.catalogue)
    if own_dates:
        rows = with_dates_of(rows, own_dates, context.config.catalogue.column(c.SURVEY_DATE).dates)
    return commented(rows, dict(zip(file.names, file.dialect.headers, strict=True)))


def _spread(spark: SparkSession, rows: DataFrame, lines: int) -> DataFrame:
    """A gzip file arrives in one task; its rows are dealt out, so that every later stage reads them side by side."""
    tasks = min(int(str(spark.conf.get("spark.sql.shuffle.partitions"))), lines // _LINES_PER_TASK)
    return rows.repartition(tasks, c.SOURCE_ROW) if tasks > 1 else rows


def _verify(
    context: Context, sources: Sequence[_Source], delivery: int, suppressed: Mapping[str, int]
) -> tuple[Mapping[str, BronzeFile], list[Decision]]:
    """What was loaded, by content, and decisions; takes out again what changed while it was read. `suppressed`: lines
    of erased ids that were kept out, by content."""
    loaded = files_in(context.warehouse.read(context.tables.bronze).where(F.col(c.DELIVERY) == delivery))
    decisions: list[Decision] = []
    broken: list[str] = []
    for source in sources:
        file, erased = source.accepted, suppressed.get(source.accepted.sha256, 0)
        fault = _fault(file, loaded.get(file.sha256), erased)
        if fault:
            broken.append(file.sha256)
            decisions.append(_refuse(context, file, fault))
        elif erased:
            decisions.append(Decision(Event.SUPPRESSED, file.file.relative, file.sha256, _KEPT_OUT, lines=erased))
    _take_out(context, broken)
    return {sha: file for sha, file in loaded.items() if sha not in broken}, decisions


def _fault(file: Accepted, loaded: BronzeFile | None, erased: int) -> str | None:
    if not unchanged(file):
        return _CHANGED
    rows = erased + (loaded.rows if loaded else 0)
    return None if rows == file.lines else f"{file.lines} lines were counted but {rows} could be read"
