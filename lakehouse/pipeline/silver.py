"""Bronze to silver: type, judge each file, gate, split by rules, settle versions, write, admit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.contracts import conform_to
from lakehouse.errors import LostLinesError
from lakehouse.ledger.files import ADMITTED, BronzeFile
from lakehouse.pipeline.bronze_gate import gate_pending
from lakehouse.pipeline.context import Run, in_parallel, note_of_silver
from lakehouse.pipeline.drift import header_drift, record_drift, value_drift
from lakehouse.pipeline.file_limits import counts as counts_of
from lakehouse.pipeline.file_limits import is_held
from lakehouse.pipeline.key_months import KeyMonths
from lakehouse.pipeline.moves import record_moves
from lakehouse.pipeline.versions import IN_SILVER, Keys, count_keys, settle
from lakehouse.quality import gate
from lakehouse.quality.quarantine import as_conflicts, counts_per_file, quarantined, split
from lakehouse.quality.results import FAILED, PASSED, CheckResult, results_of
from lakehouse.quality.rules import MALFORMED, reasons
from lakehouse.quality.runner import evaluate
from lakehouse.quality.samples import failing_rows
from lakehouse.quality.suites import Severity
from lakehouse.silver.casting import typed, with_redated
from lakehouse.silver.responses import questionnaire_key, responses, with_keys
from lakehouse.silver.versions import CONFLICT, FATE, SUPERSEDED, WINNER
from schemas import columns as c
from schemas.bronze import LINE


@dataclass(frozen=True)
class _Batch:
    """The files that go on, and their typed lines with reasons; `counts` by file content."""

    files: Mapping[str, BronzeFile]
    lines: DataFrame
    counts: Mapping[str, gate.FileCounts]

    def total(self, reason: str) -> int:
        """Lines with a reason, over all files."""
        return sum(count.reasons.get(reason, 0) for count in self.counts.values())

    @property
    def malformed(self) -> int:
        """Lines without their header's shape, over all files."""
        return sum(count.rules.get(MALFORMED, 0) for count in self.counts.values())

    @property
    def delivered(self) -> int:
        """Lines of all files."""
        return sum(count.lines for count in self.counts.values())


def build_from_all(run: Run, *, rebuild: bool = False) -> None:
    """Bronze to silver, when bronze holds every file that was decided about. Raises `LostLinesError` when not."""
    lost = run.ledger.lost
    if lost:
        raise LostLinesError(run.tables.bronze.full_name, lost)
    build(run, rebuild=rebuild)


def build(run: Run, *, rebuild: bool = False) -> None:
    """Adds files without decision to silver; recomputes everything from bronze when its rules changed."""
    gate_pending(run)
    run.wait_for_tables()
    pending, admitted = run.ledger.pending(run.config.rules_version), run.ledger.admitted()
    built_by = note_of_silver(run.warehouse, run.tables)
    rules_changed = built_by != run.note and bool(built_by or admitted)
    recompute = rebuild or rules_changed
    shas = pending | admitted if recompute else pending
    quarantine = run.warehouse.version(run.tables.quarantine)
    if recompute and (shas or built_by):
        run.progress.say("silver is recomputed from bronze" + (f": {_changed(built_by, run)}" if rules_changed else ""))
    if shas:
        run.expect_checks()
    batch = _judge(run, shas, pending) if shas else None
    if batch and batch.files:
        _take_over(run, batch, pending, recompute)
    elif recompute and built_by:
        _empty(run)
    if recompute and quarantine:
        record_moves(run, quarantine)
    run.write_decisions()


def _changed(built_by: Mapping[str, object], run: Run) -> str:
    if not built_by:
        return "it was changed past the pipeline"
    same_rules = built_by.get("rules_version") == run.note["rules_version"]
    return "a decision about a file is newer" if same_rules else "rules or catalogue changed"


def _empty(run: Run) -> None:
    """No file is admitted any more: silver holds nothing."""
    with run.warehouse.noted(run.note):
        tables = run.tables
        for table in (tables.quarantine, tables.superseded, tables.responses, tables.questionnaires):
            if not run.warehouse.is_new(table):
                run.warehouse.overwrite(run.spark.createDataFrame([], table.schema), table)


def _take_over(run: Run, batch: _Batch, pending: frozenset[str], recompute: bool) -> None:
    """Gates the lines of the files that are not held, writes them, and notes that the files are admitted."""
    keys = _gate(run, batch, recompute)
    with run.warehouse.noted(run.note):
        _write(run, batch, keys, recompute)
    admitted = (batch.files[sha] for sha in pending & batch.files.keys())
    for file in sorted(admitted, key=lambda file: file.order):
        run.decide(ADMITTED, file.file, file.sha256, None, "within the limits of every rule")


def _judge(run: Run, shas: frozenset[str], pending: frozenset[str]) -> _Batch:
    """Types the lines of the files, counts their reasons, and holds each undecided file that is over a limit."""
    config, files = run.config, {sha: run.ledger.files[sha] for sha in shas}
    lines = with_keys(typed(_delivered(run, shas), config.catalogue), config.catalogue, config.response_key)
    lines = run.warehouse.stage(lines.withColumn(c.REASONS, reasons(config.suites["silver"])), "typed_lines")
    with run.progress.gate("file", run.spark):
        counts, held = _hold_files(run, [files[sha] for sha in pending], lines)
    passing = {sha: file for sha, file in files.items() if sha not in held}
    if held:
        lines = lines.where(F.col(c.SOURCE_SHA256).isin(sorted(passing)))
    return _Batch(passing, lines, {sha: counts[sha] for sha in passing})


def _hold_files(
    run: Run, pending: Iterable[BronzeFile], lines: DataFrame
) -> tuple[Mapping[str, gate.FileCounts], frozenset[str]]:
    """Counts of all files, and which of those without decision are held for theirs; the decisions are kept at once."""
    counts = counts_of(counts_per_file(lines))
    undecided = sorted(pending, key=lambda file: file.order)
    drift = {file.sha256: header_drift(run.config, file) for file in undecided}
    record_drift(run, [*chain(*drift.values()), *value_drift(run, undecided, counts, lines)])
    held, months = set(), KeyMonths(run, undecided, lines)
    for file in undecided:
        if is_held(run, file, counts[file.sha256], drift[file.sha256], lines, months.check(file)):
            held.add(file.sha256)
        else:
            months.passed(file)
    # Before silver changes: a run that goes on after an interruption would judge against other months.
    run.write_decisions()
    return counts, frozenset(held)


def _delivered(run: Run, shas: Collection[str]) -> DataFrame:
    """Bronze rows of the files, with the dates that people gave them."""
    bronze = with_redated(run.warehouse.read(run.tables.bronze), run.ledger.redated)
    if len(shas) == len(run.ledger.files):
        return bronze
    deliveries = sorted({run.ledger.files[sha].delivery for sha in shas})
    return bronze.where(F.col(c.DELIVERY).isin(deliveries) & F.col(c.SOURCE_SHA256).isin(sorted(shas)))


def _gate(run: Run, batch: _Batch, recompute: bool) -> Keys:
    """Gate 2 on the typed lines before the split; malformed ones are aside."""
    if batch.delivered == batch.malformed:
        return Keys(gate.Repeats(0, 0), 0, 0)
    shaped = batch.lines.where(~F.col(c.IS_MALFORMED))
    suite = run.config.suites["silver"]
    keys: Keys
    with run.progress.gate("silver", run.spark):
        keys, library = in_parallel(lambda: count_keys(run, shaped, recompute), lambda: evaluate(suite, shaped))
    counted = {reason: batch.total(reason) for count in batch.counts.values() for reason in count.reasons}
    gate.ensure_same_counts(suite, library, counted)
    findings = (*gate.own_findings(suite, gate.Measured(keys.typed)), *library)
    results = results_of("silver", suite, findings, _delivered_columns(run, batch))
    failing = failing_rows(suite, results, shaped, LINE)
    run.record(results, failing)
    gate.ensure_passed("silver", results)
    return keys


def _delivered_columns(run: Run, batch: _Batch) -> frozenset[str]:
    """Columns and questions that some file of the batch has."""
    names = {name for file in batch.files.values() for name in file.columns}
    return frozenset(found for name in names if (found := run.config.catalogue.resolve(name)))


def _write(run: Run, batch: _Batch, keys: Keys, recompute: bool) -> None:
    """Quarantine, superseded, then silver; each step may be repeated after an interruption."""
    tables = run.tables
    asked = _asked(run, batch)
    accepted, rejected = split(batch.lines)
    accepted = responses(accepted, asked)
    settled = settle(run, accepted, batch.files, recompute) if keys.contested else None
    winners = settled.where(F.col(FATE) == WINNER) if settled else accepted
    if settled:
        conflicts = as_conflicts(settled.where((F.col(FATE) == CONFLICT) & ~F.col(IN_SILVER)))
        rejected = rejected.unionByName(conflicts.select(*rejected.columns))
    _check_candidate(run, winners, keys, bool(settled))
    _write_questionnaires(run, asked.values())
    _write_quarantine(run, rejected, batch, recompute, bool(settled) or keys.accepted < batch.delivered)
    losers = settled.where(F.col(FATE) == SUPERSEDED) if settled else accepted.limit(0)
    losers = conform_to(losers, tables.superseded.full_name, tables.superseded.schema)
    silver = conform_to(winners, tables.responses.full_name, tables.responses.schema)
    if recompute:
        run.warehouse.overwrite(losers, tables.superseded)
        run.warehouse.overwrite(silver, tables.responses)
        _replace_questionnaires(run, asked.values())
    elif settled:
        run.warehouse.insert_new(losers, tables.superseded)
        changed = " OR ".join(f"t.{name} <> s.{name}" for name in LINE)
        run.warehouse.upsert(silver, tables.responses, changed)
    elif keys.accepted:
        run.warehouse.append(silver, tables.responses)


def _asked(run: Run, batch: _Batch) -> dict[str, tuple[str, ...]]:
    """Questions asked by original header."""
    one_by_header = {file.header: file for file in batch.files.values()}
    return {header: run.config.catalogue.asked(file.columns) for header, file in one_by_header.items()}


def _write_questionnaires(run: Run, asked: Iterable[tuple[str, ...]]) -> None:
    """Sets of questions that are new; before silver, whose rows point at them."""
    known = {row[0] for row in run.warehouse.read(run.tables.questionnaires).select(c.QUESTIONNAIRE_KEY).collect()}
    run.append_rows((row for row in _questionnaires(asked) if row[0] not in known), run.tables.questionnaires)


def _replace_questionnaires(run: Run, asked: Iterable[tuple[str, ...]]) -> None:
    """The sets of questions that responses point at after a recomputation; after silver, which pointed at others."""
    table = run.tables.questionnaires
    run.warehouse.overwrite(run.spark.createDataFrame(_questionnaires(asked), table.schema), table)


def _questionnaires(asked: Iterable[tuple[str, ...]]) -> list[tuple[int, list[str]]]:
    """Rows of the sets of questions."""
    return sorted((questionnaire_key(questions), list(questions)) for questions in set(asked))


def _check_candidate(run: Run, winners: DataFrame, keys: Keys, settled: bool) -> None:
    """One row per key among the rows that silver is about to take; without contested keys the count showed it."""
    repeated = 0
    if settled:
        repeated = winners.groupBy(*run.config.response_key).count().where(F.col("count") > 1).count()
    result = CheckResult(
        gate="silver_candidate",
        table=run.tables.responses.full_name,
        rule="response_key_repeats",
        column=", ".join(run.config.response_key),
        severity=Severity.CRITICAL,
        evaluated=keys.accepted,
        failed=repeated,
        limit=None,
        outcome=FAILED if repeated else PASSED,
        detail="one row per response",
    )
    run.results.append(result)
    gate.ensure_passed("silver_candidate", [result])


def _write_quarantine(run: Run, rejected: DataFrame, batch: _Batch, recompute: bool, has_rows: bool) -> None:
    """Quarantine of the files judged; what an interrupted run left of them under other rules goes."""
    table = run.tables.quarantine
    rows = run.spark.createDataFrame([], table.schema)
    if has_rows:
        rows = conform_to(quarantined(rejected, _delivered(run, batch.files)), table.full_name, table.schema)
    if recompute:
        run.warehouse.overwrite(rows, table)
    elif has_rows or not run.warehouse.is_new(table):
        run.warehouse.replace_where(rows, table, c.SOURCE_SHA256, sorted(batch.files))
