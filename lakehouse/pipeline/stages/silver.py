"""Bronze to silver: type, judge each file, gate, split by rules, deduplicate, write, admit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.contracts import conform_to
from lakehouse.errors import LostLinesError
from lakehouse.ledger.drift import FileDrift
from lakehouse.ledger.events import Decision, Event
from lakehouse.ledger.files import BronzeFile, Ledger
from lakehouse.pipeline.context import Context
from lakehouse.pipeline.plan import Cause, SilverPlan, basis_of, plan_silver, stored_basis
from lakehouse.pipeline.staged import staged
from lakehouse.pipeline.stages.file_limits import judge_files
from lakehouse.pipeline.stages.silver_write import Candidate, check_candidate, empty_silver, write_silver
from lakehouse.quality import gate
from lakehouse.quality.quarantine import as_conflicts, move_results, moves, quarantined, split
from lakehouse.quality.results import results_of
from lakehouse.quality.rules import reasons
from lakehouse.quality.runner import evaluate
from lakehouse.quality.samples import failing_rows
from lakehouse.quality.suites import MALFORMED
from lakehouse.silver.casting import typed, with_dates, with_redated
from lakehouse.silver.keys import IN_SILVER, key_statistics
from lakehouse.silver.responses import responses, with_keys
from lakehouse.silver.versions import (
    CONFLICT,
    FATE,
    IS_SUPERSEDED,
    SUPERSEDED,
    WINNER,
    deduplicate,
    wins_again,
)
from lakehouse.storage.frames import frame_of
from lakehouse.storage.parallel import in_parallel
from lakehouse.storage.tables.table_spec import TableSpec
from schemas import columns as c
from schemas.bronze import LINE


@dataclass(frozen=True)
class SilverBuilt:
    """What the silver stage did: the ledger after it, files newly held, and differences from the catalogue."""

    ledger: Ledger
    held: tuple[str, ...] = ()
    drift: tuple[FileDrift, ...] = ()


@dataclass(frozen=True)
class _Batch:
    """The files that go on, and their typed lines with reasons; `counts` by file content."""

    files: Mapping[str, BronzeFile]
    lines: DataFrame
    counts: Mapping[str, gate.FileCounts]

    @property
    def reasons(self) -> dict[str, int]:
        """Reason -> lines that have it, over all files."""
        names = {reason for count in self.counts.values() for reason in count.reasons}
        return {name: sum(count.reasons.get(name, 0) for count in self.counts.values()) for name in names}

    @property
    def malformed(self) -> int:
        """Lines without their header's shape, over all files."""
        return sum(count.rules.get(MALFORMED, 0) for count in self.counts.values())

    @property
    def delivered(self) -> int:
        """Lines of all files."""
        return sum(count.lines for count in self.counts.values())


@dataclass(frozen=True)
class _Keys:
    """How often response keys occur: among all typed lines; rows without a reason; keys with several versions."""

    typed: gate.Repeats
    accepted: int
    contested: int


def require_whole(context: Context, ledger: Ledger) -> None:
    """Raises `LostLinesError` when bronze lacks the lines of a file that was decided about."""
    if ledger.lost:
        raise LostLinesError(context.tables.bronze.full_name, ledger.lost)


@staged(
    "silver",
    reads=lambda tables: (tables.bronze,),
    writes=lambda tables: (
        *(tables.responses, tables.superseded, tables.quarantine, tables.questionnaires),
        *(tables.file_events, tables.drift_events),
    ),
)
def build_silver(context: Context, ledger: Ledger, *, rebuild: bool = False) -> SilverBuilt:
    """Adds files without decision to silver; recomputes everything from bronze when it rests on something else.

    Raises `GateBlockedError` when gate 2 stops the batch; silver is then as it was.
    """
    context.wait_for_tables()
    return _build(context, ledger, rebuild)


def _build(context: Context, ledger: Ledger, rebuild: bool) -> SilverBuilt:
    warehouse, tables = context.warehouse, context.tables
    plan = plan_silver(ledger, stored_basis(warehouse, tables), basis_of(context.config, ledger), rebuild=rebuild)
    quarantine_before = warehouse.version(tables.quarantine)
    _tell(context, plan)
    batch, built = _judge(context, ledger, plan) if plan.files else (None, SilverBuilt(ledger))
    if batch and batch.files:
        admitted = _admit(context, built.ledger, batch, plan)
        if admitted is None:
            return _build_anew(context, built, batch)
        built = replace(built, ledger=admitted)
    elif plan.recompute and plan.is_built:
        empty_silver(context, basis_of(context.config, ledger).metadata)
    if plan.recompute and quarantine_before:
        _record_moves(context, quarantine_before)
    return built


def _build_anew(context: Context, built: SilverBuilt, batch: _Batch) -> SilverBuilt:
    """Recomputes silver, since superseded lines win again. The event makes a run that goes on after an interruption
    recompute it as well. Files that were held are not judged again, so that their results stay."""
    context.checks.take_back(lambda result: result.gate == "silver" or result.sha256 in batch.files)
    first = min(batch.files.values(), key=lambda file: file.order)
    why = "it brings versions of responses before which older ones count again"
    ledger = context.record_decisions(built.ledger, [Decision(Event.REORDERED, first.file, first.sha256, why)])
    anew = _build(context, ledger, rebuild=False)
    drift = tuple(dict.fromkeys((*built.drift, *anew.drift)))
    return replace(anew, held=(*built.held, *anew.held), drift=drift)


def _tell(context: Context, plan: SilverPlan) -> None:
    if plan.cause and (plan.files or plan.is_built):
        why = "" if plan.cause is Cause.REQUESTED else f": {plan.cause.value}"
        context.reporter.say(f"silver is recomputed from bronze{why}")


def _judge(context: Context, ledger: Ledger, plan: SilverPlan) -> tuple[_Batch, SilverBuilt]:
    """Types the lines of the files, counts their reasons, and holds each pending file that is over a limit."""
    config, files = context.config, {sha: ledger.files[sha] for sha in plan.files}
    delivered = _delivered(context, ledger, plan.files)
    lines = with_keys(typed(delivered, config.catalogue), config.catalogue, config.response_key)
    lines = context.warehouse.stage(lines.withColumn(c.REASONS, reasons(config.suites["silver"])), "typed_lines")
    with context.reporter.gate("file", context.spark):
        files |= _dated(context, [files[sha] for sha in plan.pending], lines)
        judged = judge_files(context, ledger, [files[sha] for sha in plan.pending], lines)
    held = {file.sha256 for file in judged.held}
    passing = {sha: file for sha, file in files.items() if sha not in held}
    if held:
        lines = lines.where(F.col(c.SOURCE_SHA256).isin(sorted(passing)))
    batch = _Batch(passing, lines, {sha: judged.counts[sha] for sha in passing})
    return batch, SilverBuilt(judged.ledger, tuple(file.file for file in judged.held), judged.drift)


def _dated(context: Context, pending: Collection[BronzeFile], lines: DataFrame) -> dict[str, BronzeFile]:
    """Those of the files that have a date column, with the earliest possible date of their typed lines: bronze dated
    them by the catalogue of the day they were loaded. By content."""
    aliases = set(context.config.catalogue.aliases(c.SURVEY_DATE))
    files = {file.sha256: file for file in pending if aliases.intersection(file.columns)}
    if not files:
        return {}
    own = lines.where(F.col(c.SOURCE_SHA256).isin(sorted(files)))
    possible = F.when(F.col(f"{c.SURVEY_DATE}{c.BEYOND_SUFFIX}").isNull(), F.col(c.SURVEY_DATE))
    earliest = F.coalesce(F.min(possible), F.min(c.SURVEY_DATE)).alias(c.DATE)
    dates = own.groupBy(c.SOURCE_SHA256).agg(earliest).collect()
    return {row[c.SOURCE_SHA256]: replace(files[row[c.SOURCE_SHA256]], survey_date=row[c.DATE]) for row in dates}


def _delivered(context: Context, ledger: Ledger, contents: Collection[str]) -> DataFrame:
    """Bronze rows of the files, dated by the present catalogue and by people."""
    read = with_dates(context.warehouse.read(context.tables.bronze), context.config.catalogue)
    bronze = with_redated(read, ledger.redated)
    if len(contents) == len(ledger.files):
        return bronze
    deliveries = sorted({ledger.files[sha].delivery for sha in contents})
    return bronze.where(F.col(c.DELIVERY).isin(deliveries) & F.col(c.SOURCE_SHA256).isin(sorted(contents)))


def _admit(context: Context, ledger: Ledger, batch: _Batch, plan: SilverPlan) -> Ledger | None:
    """Gates the lines of the files that are not held, writes them, and records that the files are admitted. None, and
    nothing is written, when a superseded line wins again."""
    keys = _gate(context, batch, plan.recompute)
    candidate = _candidate(context, ledger, batch, keys, plan.recompute)
    if candidate is None:
        return None
    check_candidate(context, candidate)
    asked = list(_asked(context, batch).values())
    write_silver(
        context, candidate, sorted(batch.files), asked, plan.recompute, basis_of(context.config, ledger).metadata
    )
    admitted = sorted((batch.files[sha] for sha in plan.pending & batch.files.keys()), key=lambda file: file.order)
    within = "within the limits of every rule"
    return context.record_decisions(
        ledger, (Decision(Event.ADMITTED, file.file, file.sha256, within) for file in admitted)
    )


def _gate(context: Context, batch: _Batch, recompute: bool) -> _Keys:
    """Gate 2 on the typed lines before the split, without the malformed ones."""
    if batch.delivered == batch.malformed:
        return _Keys(gate.Repeats(0, 0), 0, 0)
    shaped = batch.lines.where(~F.col(c.IS_MALFORMED))
    suite = context.config.suites["silver"]
    keys: _Keys
    with context.reporter.gate("silver", context.spark):
        keys, library = in_parallel(lambda: _count_keys(context, shaped, recompute), lambda: evaluate(suite, shaped))
    gate.ensure_same_counts(suite, library, batch.reasons)
    findings = (*gate.findings_of_counts(suite, gate.GateCounts(keys.typed)), *library)
    results = results_of("silver", suite, findings, _delivered_columns(context, batch))
    context.record_checks(results, failing_rows(suite, results, shaped, LINE))
    gate.ensure_passed("silver", results)
    return keys


def _count_keys(context: Context, shaped: DataFrame, recompute: bool) -> _Keys:
    silver = None if recompute else context.warehouse.read(context.tables.responses)
    row = key_statistics(shaped, context.config.response_key, silver).head()
    assert row is not None
    return _Keys(gate.Repeats(row["rows"], row["repeated"]), row["accepted"], row["contested"])


def _delivered_columns(context: Context, batch: _Batch) -> frozenset[str]:
    """Columns and questions that some file of the batch has."""
    names = {name for file in batch.files.values() for name in file.columns}
    resolved = (context.config.catalogue.resolve(name) for name in names)
    return frozenset(name for name in resolved if name)


def _candidate(context: Context, ledger: Ledger, batch: _Batch, keys: _Keys, recompute: bool) -> Candidate | None:
    """The split by rules, and of each response its newest version; None when that is a superseded line."""
    tables = context.tables
    accepted, rejected = split(batch.lines)
    winners = accepted = responses(accepted, _asked(context, batch))
    losers = accepted.limit(0)
    if keys.contested:
        silver, older = (_without(context, table, batch, recompute) for table in (tables.responses, tables.superseded))
        versions = deduplicate(accepted, silver, older, context.config.response_key)
        if not recompute and not wins_again(versions).isEmpty():
            return None
        versions = versions.where(~F.col(IS_SUPERSEDED))
        winners, losers = versions.where(F.col(FATE) == WINNER), versions.where(F.col(FATE) == SUPERSEDED)
        conflicts = as_conflicts(versions.where((F.col(FATE) == CONFLICT) & ~F.col(IN_SILVER)))
        rejected = rejected.unionByName(conflicts.select(*rejected.columns))
    has_rejected = bool(keys.contested) or keys.accepted < batch.delivered
    quarantine = frame_of(context.spark, [], tables.quarantine.schema)
    if has_rejected:
        raw = _delivered(context, ledger, batch.files)
        quarantine = conform_to(quarantined(rejected, raw), tables.quarantine.full_name, tables.quarantine.schema)
    return Candidate(
        conform_to(winners, tables.responses.full_name, tables.responses.schema),
        conform_to(losers, tables.superseded.full_name, tables.superseded.schema),
        quarantine,
        bool(keys.contested),
        keys.accepted,
        has_rejected,
    )


def _without(context: Context, table: TableSpec, batch: _Batch, recompute: bool) -> DataFrame | None:
    """The rows of a table, without those that an interrupted run wrote of the files that are judged now; None when
    silver is recomputed."""
    if recompute:
        return None
    return context.warehouse.read(table).where(~F.col(c.SOURCE_SHA256).isin(sorted(batch.files)))


def _asked(context: Context, batch: _Batch) -> dict[str, tuple[str, ...]]:
    """Original header -> questions asked."""
    one_by_header = {file.header: file for file in batch.files.values()}
    return {header: context.config.catalogue.asked(file.columns) for header, file in one_by_header.items()}


def _record_moves(context: Context, before: int) -> None:
    """Tells and keeps which lines a recomputation moved into or out of quarantine, by file and reason. `before`: the
    version of quarantine before it."""
    table, read = context.tables.quarantine, context.warehouse.read
    moved = move_results(table.full_name, moves(context.warehouse.read_version(table, before), read(table)).collect())
    for one in moved:
        lines = f"{one.evaluated} line(s) with {one.check}"
        context.reporter.say(f"{one.file}: {lines} {one.detail}")
    context.checks.add(*moved)
