"""Silver to gold: each month whose content differs is built again, star schema and metrics from one candidate, gated
before anything is written."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.contracts import conform_to
from lakehouse.errors import UsageError
from lakehouse.gold import dimensions
from lakehouse.gold.counts import reference_counts, response_counts
from lakehouse.gold.facts import asked_columns, facts
from lakehouse.gold.imputation import Backtest, backtest, delay_counts
from lakehouse.gold.metrics import cells, concept_metrics, question_metrics, satisfaction_metrics
from lakehouse.gold.months import SilverContent, built_from, content_by_month, silver_months, wanted_months
from lakehouse.gold.ratings import ratings, with_answers
from lakehouse.ledger.files import Ledger
from lakehouse.months import month_of
from lakehouse.pipeline.context import Context
from lakehouse.pipeline.plan import GoldPlan, basis_of, plan_gold
from lakehouse.pipeline.staged import staged
from lakehouse.pipeline.stages.dimensions import (
    Dimension,
    drop_unreferenced,
    may_be_unreferenced,
    missing_rows,
    write_questions,
)
from lakehouse.quality.gate import Balance, GateCounts, Orphans, Repeats, ensure_passed, findings_of_counts
from lakehouse.quality.results import CheckOutcome, CheckResult, results_of
from lakehouse.quality.runner import evaluate
from lakehouse.quality.samples import failing_rows
from lakehouse.quality.suites import Severity
from lakehouse.storage.frames import frame_of
from lakehouse.storage.parallel import in_parallel
from lakehouse.storage.tables.registry import Tables
from lakehouse.storage.tables.table_spec import TableSpec
from lakehouse.storage.warehouse import Metadata, Warehouse
from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c


@dataclass(frozen=True)
class GoldBuilt:
    """What the gold stage did: the months (YYYY-MM) that it built, and how imputed delays were tested on them."""

    months: frozenset[str] = frozenset()
    backtest: Backtest | None = None


@dataclass(frozen=True)
class _Candidate:
    """What is about to be written for the stale months: one wide row per response, its dimensions, and the cells of
    which all metrics are sums."""

    facts: DataFrame
    cells: DataFrame
    passengers: Dimension
    flight_details: Dimension
    dates: Dimension


def read_silver_content(warehouse: Warehouse, tables: Tables, catalogue: Catalogue) -> SilverContent:
    """Silver as gold would see it with this catalogue: one narrow scan."""
    rows = warehouse.read(tables.questionnaires).collect()
    questionnaires = {row[c.QUESTIONNAIRE_KEY]: tuple(row[c.QUESTIONS]) for row in rows}
    content = content_by_month(warehouse.read(tables.responses)).collect()
    return SilverContent(silver_months(content, catalogue, questionnaires), questionnaires)


def read_published_months(warehouse: Warehouse, tables: Tables) -> dict[str, str]:
    """Month -> `_built_from` of gold as it is. The satisfaction metrics of a month are written after all else of it:
    what an interrupted run left half-done has not its own yet."""
    return read_built_from(warehouse.read(tables.satisfaction_metrics), month_of(c.PERIOD_START))


def read_built_from(table: DataFrame, month: Column) -> dict[str, str]:
    """Month -> `_built_from` of a gold table; a month with more than one is named as mixed."""
    rows = table.groupBy(month.alias("month")).agg(F.min(c.BUILT_FROM), F.max(c.BUILT_FROM)).collect()
    return {row[0]: row[1] if row[1] == row[2] else "mixed" for row in rows}


@staged(
    "gold",
    reads=lambda tables: (tables.responses, tables.questionnaires, tables.runs),
    writes=lambda tables: (*tables.star, tables.questions, *tables.metrics),
)
def build_gold(context: Context, ledger: Ledger, *, rebuild: bool = False, month: str | None = None) -> GoldBuilt:
    """Builds the months that differ from silver, months that became empty included.

    `rebuild`: all months, or the one `month`. Raises `GateBlockedError` when gate 3 stops them; gold is then as it
    was. Raises `UsageError` for a month that there is not.
    """
    if month and not rebuild:
        raise UsageError("--month goes with --rebuild.")
    context.wait_for_tables()
    warehouse, tables = context.warehouse, context.tables
    silver = read_silver_content(warehouse, tables, context.config.catalogue)
    published = read_published_months(warehouse, tables)
    external = context.external_changes(*tables.star, *tables.metrics)
    plan = plan_gold(wanted_months(silver.months), published, external, rebuild=rebuild, month=month)
    metadata = basis_of(context.config, ledger).metadata
    if not plan.stale:
        write_questions(context, metadata)
        return GoldBuilt()
    context.expect_checks()
    candidate = _candidate(context, silver, plan, external)
    tested = _gate(context, candidate, silver, plan) if plan.built else None
    _write(context, candidate, plan, metadata)
    if plan.restated:
        context.reporter.say(f"restated: {', '.join(sorted(plan.restated))}")
    return GoldBuilt(plan.built, tested)


def _candidate(context: Context, silver: SilverContent, plan: GoldPlan, external: Collection[str]) -> _Candidate:
    tables, warehouse, catalogue = context.tables, context.warehouse, context.config.catalogue
    rows = warehouse.read(tables.responses).where(F.col(c.SURVEY_MONTH).isin(sorted(plan.stale)))
    asked = asked_columns(catalogue, silver.questionnaires)
    wide = facts(rows, catalogue, silver.questionnaires).withColumn(c.BUILT_FROM, built_from(silver.months))
    staged_facts, passengers, flight_details, dates = in_parallel(
        lambda: warehouse.stage(with_answers(wide, catalogue, asked), "fact_candidate"),
        lambda: missing_rows(context, dimensions.passengers(rows), tables.passengers, external),
        lambda: missing_rows(context, dimensions.flight_details(rows), tables.flight_details, external),
        lambda: missing_rows(context, dimensions.dates(_month_frame(context, plan)), tables.dates, external),
    )
    # A few rows, from which three tables are added up: staged, so that the candidate is read once for them.
    summed = warehouse.stage(cells(staged_facts, catalogue, asked), "cells")
    return _Candidate(staged_facts, summed, passengers, flight_details, dates)


def _month_frame(context: Context, plan: GoldPlan) -> DataFrame:
    rows = [(month,) for month in sorted(plan.built)]
    return frame_of(context.spark, rows, f"{c.SURVEY_MONTH} string")


def _gate(context: Context, candidate: _Candidate, silver: SilverContent, plan: GoldPlan) -> Backtest | None:
    """Gate 3 on the fact before it is written, and on its dimensions as they would be; the back-test of its imputed
    delays."""
    tables, suite, rows = context.tables, context.config.suites["gold"], candidate.facts
    with context.reporter.gate("gold", context.spark):
        (repeats, answers), *references, library, delays = in_parallel(
            lambda: _count_responses(rows),
            lambda: _count_references(context, rows, c.PASSENGER_KEY, candidate.passengers),
            lambda: _count_references(context, rows, c.FLIGHT_DETAILS_KEY, candidate.flight_details),
            lambda: _count_references(context, rows, c.SURVEY_DATE, candidate.dates),
            lambda: evaluate(suite, rows.select(*tables.fact.schema.names)),
            lambda: backtest(delay_counts(rows).collect()),
        )
    (passengers, passenger_keys), (details, detail_keys), (dates, _) = references
    fresh = [silver.months[month] for month in plan.built]
    counts = GateCounts(
        repeats,
        {
            "fact_equals_silver": Balance(sum(month.rows for month in fresh), repeats.rows),
            "long_equals_questions_asked": Balance(sum(month.asked for month in fresh), answers),
            "passengers_per_key": passenger_keys,
            "flight_details_per_key": detail_keys,
        },
        {c.PASSENGER_KEY: passengers, c.FLIGHT_DETAILS_KEY: details, c.SURVEY_DATE: dates},
    )
    results = results_of("gold", suite, (*findings_of_counts(suite, counts), *library))
    failing = failing_rows(suite, results, rows, (c.RESPONSE_KEY,))
    context.record_checks(results, _as_lines(context, failing) if failing else None)
    _record_backtest(context, delays)
    ensure_passed("gold", results)
    tested: Backtest | None = delays
    return tested


def _as_lines(context: Context, failing: DataFrame) -> DataFrame:
    """Failing responses as the delivered lines that they come from."""
    silver = context.warehouse.read(context.tables.responses)
    lines = silver.select(c.RESPONSE_KEY, c.SOURCE_SHA256, c.SOURCE_ROW)
    return lines.join(F.broadcast(failing), on=c.RESPONSE_KEY, how="inner")


def _record_backtest(context: Context, tested: Backtest | None) -> None:
    """Keeps the errors of every rule, and warns when another one would be closer than the one in use."""
    if tested is None:
        return
    context.checks.add_backtest(tested)
    if tested.is_beaten:
        context.reporter.warn(
            f"the departure delay is no longer the best stand-in for a missing arrival delay: {tested}"
        )
    context.checks.add(
        CheckResult(
            gate="gold",
            table=context.tables.fact.full_name,
            rule="arrival_delay_rule_is_best",
            column=c.ARRIVAL_DELAY,
            severity=Severity.WARNING,
            evaluated=tested.reported,
            failed=tested.reported if tested.is_beaten else 0,
            limit=None,
            outcome=CheckOutcome.FAILED if tested.is_beaten else CheckOutcome.PASSED,
            detail=str(tested),
        )
    )


def _count_responses(rows: DataFrame) -> tuple[Repeats, int]:
    counted = response_counts(rows).head()
    assert counted is not None
    return Repeats(counted["rows"], counted["repeated"]), counted["answers"]


def _count_references(context: Context, rows: DataFrame, key: str, dimension: Dimension) -> tuple[Orphans, Balance]:
    """Facts without their row of the dimension, and rows of the dimension against their distinct keys."""
    written = dimension.written(context.warehouse)
    counted = reference_counts(rows, key, written, dimension.table.keys[0]).head()
    assert counted is not None
    return Orphans(counted["rows"], counted["orphaned"]), Balance(counted["defined"], counted["keys"])


def _write(context: Context, candidate: _Candidate, plan: GoldPlan, metadata: Metadata) -> None:
    """Dimension keys before ratings and fact, so that no reader finds a key without its row; satisfaction metrics
    last, for they say which months are there."""
    tables, warehouse, catalogue = context.tables, context.warehouse, context.config.catalogue
    drops = bool(plan.restated) and may_be_unreferenced(context, candidate.facts, plan)
    in_parallel(
        lambda: candidate.passengers.write(warehouse, metadata),
        lambda: candidate.flight_details.write(warehouse, metadata),
        lambda: candidate.dates.write(warehouse, metadata),
        lambda: write_questions(context, metadata),
    )
    by_month, by_day = (c.SURVEY_MONTH, sorted(plan.stale)), (c.PERIOD_START, _days(plan.stale))

    def write(rows: DataFrame, table: TableSpec, replaced: tuple[str, list[str]]) -> None:
        warehouse.replace_where(conform_to(rows, table.full_name, table.schema), table, *replaced, metadata=metadata)

    write(ratings(candidate.facts), tables.ratings, by_month)
    write(candidate.facts, tables.fact, by_month)
    if drops:
        drop_unreferenced(context, metadata)
    in_parallel(
        lambda: write(question_metrics(candidate.cells), tables.question_metrics, by_day),
        lambda: write(concept_metrics(candidate.cells, catalogue), tables.concept_metrics, by_day),
    )
    write(satisfaction_metrics(candidate.cells), tables.satisfaction_metrics, by_day)


def _days(stale: Iterable[str]) -> list[str]:
    """Every day of some months (YYYY-MM)."""
    months = [date.fromisoformat(f"{month}-01") for month in sorted(stale)]
    return [
        f"{first:%Y-%m}-{day:02}" for first in months for day in range(1, monthrange(first.year, first.month)[1] + 1)
    ]
