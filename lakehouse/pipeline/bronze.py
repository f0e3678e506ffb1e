"""Landing files to bronze: judge each file by its bytes, load what is new in one commit, gate what was committed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import reduce
from itertools import groupby
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.bronze.rows import (
    DeliveredFile,
    Delivery,
    commented,
    splits,
    text_schema,
    with_dates_of,
    with_lineage,
    with_position,
)
from lakehouse.config.load import Config
from lakehouse.errors import UnreadableInputError
from lakehouse.formats.landing import find_files
from lakehouse.formats.preflight import BLOCK, Accepted, Refused, is_gzip, preflight
from lakehouse.formats.staging import BLANK_MARKER, unchanged, write_copy
from lakehouse.ledger.files import DUPLICATE, REFUSED, SUPPRESSED, BronzeFile, files_in, lines_by_file
from lakehouse.pipeline.bronze_gate import gate_pending
from lakehouse.pipeline.context import Run
from lakehouse.pipeline.erasure import kept_out
from lakehouse.storage.session import SPARK_ERRORS
from lakehouse.survey.dates import delivered_date
from lakehouse.survey.headers import parse_header
from schemas import bronze
from schemas import columns as c

_SPLIT_BLOCKS = (4, 64)
_TASKS = 16
_LINES_PER_TASK = 50_000
_READERS = 2
_KEPT_OUT = "lines of erased passengers stay out (privacy.suppress)"
_CHANGED = "it changed while it was read: run again when it is written to its end"


@dataclass(frozen=True)
class _Source:
    """An accepted file and where Spark shall read it."""

    accepted: Accepted
    delivered: DeliveredFile
    path: str


def ingest(run: Run) -> None:
    """Loads every file whose content is not in bronze yet; refuses what cannot be read, by name."""
    verdicts = preflight_landing(run.config)
    if not verdicts:
        run.progress.warn(f"no .csv or .csv.gz file in {', '.join(run.config.landing)}")
    remove_half_read(run)
    new: dict[str, Accepted] = {}
    for verdict in verdicts:
        if isinstance(verdict, Refused):
            _refuse(run, verdict.file.relative, verdict.sha256, verdict.raw_sha256, verdict.reason)
        elif loaded := run.ledger.loaded_as(verdict.sha256):
            _repeat(run, verdict, loaded)
        elif verdict.sha256 in new:
            _repeat(run, verdict, new[verdict.sha256].file.relative)
        else:
            new[verdict.sha256] = verdict
    if new:
        run.expect_checks()
        load(run, list(new.values()))
    # Before the gate: what was refused or repeated stays known when it blocks.
    run.write_decisions()
    gate_pending(run)


def preflight_landing(config: Config) -> list[Accepted | Refused]:
    """The verdict on each file of the landing places."""
    files = find_files(config.landing)
    with ThreadPoolExecutor(_READERS) as pool:
        return list(pool.map(lambda file: preflight(file, config.catalogue), files))


def remove_half_read(run: Run) -> None:
    """Takes out files that a run loaded but did not live to verify; they are loaded again if they still lie there."""
    undecided = run.ledger.pending(run.config.rules_version)
    broken = sorted(sha for sha in undecided if not run.ledger.files[sha].is_whole)
    _take_out(run, broken)
    for sha in broken:
        del run.ledger.files[sha]


def _take_out(run: Run, broken: Sequence[str]) -> None:
    if broken:
        files = run.spark.createDataFrame([(sha,) for sha in broken], f"{c.SOURCE_SHA256} string")
        run.warehouse.delete(run.tables.bronze, files)


def _refuse(run: Run, file: str, sha256: str | None, raw_sha256: str | None, reason: str) -> None:
    if not run.ledger.is_known_refusal(file, raw_sha256, run.config.rules_version):
        run.decide(REFUSED, file, sha256, raw_sha256, reason)
        run.refused.append(file)
        run.progress.warn(f"{file} refused: {reason}")


def _repeat(run: Run, file: Accepted, loaded: str) -> None:
    name, known = file.file.relative, run.ledger.loaded_as(file.sha256)
    if known and run.ledger.is_known_duplicate(name, file.sha256):
        return
    run.decide(DUPLICATE, name, file.sha256, file.raw_sha256, f"same content as {loaded}: nothing loaded")
    run.progress.say(f"{name}: same content as {loaded}, nothing loaded")


def load(run: Run, files: Sequence[Accepted]) -> None:
    """Loads files in one commit, but for those that go or change while they are read: they are refused."""
    number = 1 + max((file.delivery for file in run.ledger.files.values()), default=0)
    sources = [source for file in files if (source := _source(run, file))]
    suppressed: dict[str, int] = {}
    while sources:
        try:
            suppressed = _append(run, sources, Delivery(number, run.started_at, run.run_id))
            break
        except SPARK_ERRORS:
            changed = [source.accepted for source in sources if not unchanged(source.accepted)]
            if not changed:
                raise
            for file in changed:
                _refuse(run, file.file.relative, file.sha256, file.raw_sha256, _CHANGED)
            sources = [source for source in sources if source.accepted not in changed]
    if sources:
        _verify(run, sources, number, suppressed)


def _append(run: Run, sources: Sequence[_Source], delivery: Delivery) -> dict[str, int]:
    """All files in one commit, or none of them. Returns how many lines of each were kept out, by content."""
    size = sum(len(source.delivered.newlines) for source in sources)
    blocks = max(_SPLIT_BLOCKS[0], min(_SPLIT_BLOCKS[1], -(-size // _TASKS)))
    with _one_split_per_task(run, blocks):
        groups = [
            _read_group(run, list(group), blocks, delivery)
            for _, group in groupby(sorted(sources, key=_header_of), key=_header_of)
        ]
        rows = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), groups)
        suppressed = kept_out(run, rows)
        if suppressed:
            rows = rows.join(F.broadcast(suppressed), on=list(bronze.LINE), how="left_anti")
        run.warehouse.append(rows, run.tables.bronze, merge_schema=True)
        return lines_by_file(suppressed) if suppressed else {}


def _header_of(source: _Source) -> str:
    return source.accepted.header


def _source(run: Run, file: Accepted) -> _Source | None:
    """Where to read the file; None, and a refusal, when it changed since its preflight."""
    path, newlines = file.file.path, file.newlines
    if file.needs_copy:
        try:
            copy = write_copy(file, run.staging() / f"{file.sha256}.csv")
        except UnreadableInputError as error:
            _refuse(run, file.file.relative, file.sha256, file.raw_sha256, str(error))
            return None
        path, newlines = copy.path, copy.newlines
    date = delivered_date(file.file.relative, run.options.survey_date, run.today)
    if date.source == "ingestion" and _date_column(run, file) is None:
        run.progress.warn(
            f"{file.file.relative}: no survey date in column, path, name or --survey-date; {date.date} is assumed"
        )
    # Spark resolves `..` in names by itself, and then calls the file by the result.
    path = Path(os.path.normpath(path))
    delivered = DeliveredFile(path.as_uri(), file.file.relative, file.sha256, file.lines, file.header, date, newlines)
    return _Source(file, delivered, str(path))


def _date_column(run: Run, file: Accepted) -> str | None:
    catalogue = run.config.catalogue
    return next((name for name in file.names if catalogue.resolve(name) == c.SURVEY_DATE), None)


@contextmanager
def _one_split_per_task(run: Run, blocks: int) -> Iterator[None]:
    """Cuts files at multiples of `blocks` and never packs two splits into a task: line numbers rest on both."""
    sizes = dict.fromkeys(("spark.sql.files.maxPartitionBytes", "spark.sql.files.openCostInBytes"), str(blocks * BLOCK))
    before = {key: str(run.spark.conf.get(key)) for key in sizes}
    for key, value in sizes.items():
        run.spark.conf.set(key, value)
    try:
        yield
    finally:
        for key, value in before.items():
            run.spark.conf.set(key, value)


def _read_group(run: Run, group: Sequence[_Source], blocks: int, delivery: Delivery) -> DataFrame:
    """Files with one header, as bronze rows."""
    file = group[0].accepted
    lines = run.spark.read.csv(
        [source.path for source in group],
        schema=text_schema(file.names),
        header=True,
        escape='"',
        mode="PERMISSIVE",
        columnNameOfCorruptRecord=c.CORRUPT_RECORD,
        ignoreLeadingWhiteSpace=False,
        ignoreTrailingWhiteSpace=False,
    )
    starts = run.spark.createDataFrame(splits([source.delivered for source in group], blocks), bronze.SPLITS)
    rows = with_lineage(with_position(lines), starts, delivery, BLANK_MARKER)
    if any(is_gzip(source.accepted.file) for source in group):
        rows = _spread(run, rows, sum(source.accepted.lines for source in group))
    date_column = _date_column(run, file)
    if date_column:
        rows = with_dates_of(rows, date_column, run.config.catalogue.column(c.SURVEY_DATE).date_format)
    return commented(rows, dict(zip(file.names, parse_header(file.header), strict=True)))


def _spread(run: Run, rows: DataFrame, lines: int) -> DataFrame:
    """A gzip file arrives in one task; its rows are dealt out, so that every later stage reads them side by side."""
    tasks = min(int(str(run.spark.conf.get("spark.sql.shuffle.partitions"))), lines // _LINES_PER_TASK)
    return rows.repartition(tasks, c.SOURCE_ROW) if tasks > 1 else rows


def _verify(run: Run, sources: Sequence[_Source], delivery: int, suppressed: Mapping[str, int]) -> None:
    """Takes out again what changed while it was read, and adds the rest to the ledger. `suppressed`: lines of erased
    ids that were kept out, by content."""
    loaded = files_in(run.warehouse.read(run.tables.bronze).where(F.col(c.DELIVERY) == delivery))
    broken: list[str] = []
    for source in sources:
        file, erased = source.accepted, suppressed.get(source.accepted.sha256, 0)
        fault = _fault(file, loaded.get(file.sha256), erased)
        if fault:
            broken.append(file.sha256)
            _refuse(run, file.file.relative, file.sha256, file.raw_sha256, fault)
            continue
        if file.sha256 in loaded:
            run.ledger.files[file.sha256] = replace(loaded[file.sha256], erased=erased)
        if erased:
            run.decide(SUPPRESSED, file.file.relative, file.sha256, None, _KEPT_OUT, lines=erased)
    _take_out(run, broken)
    sound = [file for sha, file in loaded.items() if sha not in broken]
    run.loaded_files, run.loaded_lines = len(sound), sum(file.rows for file in sound)


def _fault(file: Accepted, loaded: BronzeFile | None, erased: int) -> str | None:
    if not unchanged(file):
        return _CHANGED
    rows = erased + (loaded.rows if loaded else 0)
    return None if rows == file.lines else f"{file.lines} lines were counted but {rows} could be read"
