"""Silver to gold: rebuild each month whose content differs, gated before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.console.summary import backtest_text
from lakehouse.contracts import conform_to
from lakehouse.errors import UsageError
from lakehouse.gold import dimensions
from lakehouse.gold.facts import asked_columns, facts
from lakehouse.gold.imputation import Backtest, backtest, delay_counts
from lakehouse.gold.months import SilverContent, built_from, contents, differing, months, of_months
from lakehouse.gold.ratings import count_answers, ratings, with_answers
from lakehouse.months import month_of
from lakehouse.pipeline.context import Run, in_parallel
from lakehouse.pipeline.dimensions import Dimension, dimension, drop_unreferenced, write_questions
from lakehouse.quality.gate import Balance, Measured, Orphans, Repeats, ensure_passed, own_findings
from lakehouse.quality.results import FAILED, PASSED, CheckResult, results_of
from lakehouse.quality.runner import evaluate
from lakehouse.quality.samples import failing_rows
from lakehouse.quality.suites import Severity
from lakehouse.storage.registry import Tables
from lakehouse.storage.warehouse import Warehouse
from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c

# Below this many reported delays an error says little.
_ENOUGH_DELAYS = 100


@dataclass(frozen=True)
class _Candidate:
    """What is about to be written for the stale months."""

    facts: DataFrame
    passengers: Dimension
    flight_details: Dimension
    dates: Dimension


def silver_content(run: Run) -> SilverContent:
    """Fingerprints of silver's months: one narrow scan, once per run."""
    if run.silver is None:
        run.silver = content_of(run.warehouse, run.tables, run.config.catalogue)
    return run.silver


def content_of(warehouse: Warehouse, tables: Tables, catalogue: Catalogue) -> SilverContent:
    """Silver as gold would see it with this catalogue."""
    rows = warehouse.read(tables.questionnaires).collect()
    questionnaires = {row[c.QUESTIONNAIRE_KEY]: tuple(row[c.QUESTIONS]) for row in rows}
    content = contents(warehouse.read(tables.responses)).collect()
    return SilverContent(months(content, catalogue, questionnaires), questionnaires)


def gold_months(run: Run) -> Mapping[str, str]:
    """Month -> `_built_from` of the fact."""
    if run.gold is None:
        run.gold = months_of(run.warehouse.read(run.tables.fact), F.col(c.SURVEY_MONTH))
    return run.gold


def months_of(table: DataFrame, month: Column) -> dict[str, str]:
    """Month -> `_built_from` of a gold table; a month with more than one is named as mixed."""
    rows = table.groupBy(month.alias("month")).agg(F.min(c.BUILT_FROM), F.max(c.BUILT_FROM)).collect()
    return {row[0]: row[1] if row[1] == row[2] else "mixed" for row in rows}


def build(run: Run, *, rebuild: bool = False, month: str | None = None) -> None:
    """Rebuilds the months of the star schema that differ from silver, months that became empty included."""
    if month and not rebuild:
        raise UsageError("--month goes with --rebuild.")
    run.wait_for_tables()
    tables, read = run.tables, run.warehouse.read
    silver = silver_content(run)
    wanted, present = of_months(silver.months), gold_months(run)
    every = wanted.keys() | present.keys()
    stale = _chosen(month, every) if rebuild else differing(wanted, present)
    changed = run.changed_by_others(*tables.star)
    if changed:
        # One month alone would bear our note, and hide that others were changed.
        stale = every
    if stale:
        run.expect_checks()
    was_empty = run.warehouse.is_new(tables.passengers)
    candidate = _candidate(run, silver, stale, changed) if stale else None
    if candidate and stale & wanted.keys():
        _gate(run, candidate, silver, stale)
    with run.warehouse.noted(run.note):
        _replace(run, candidate, stale, wanted)
        if was_empty:
            return
        if stale & present.keys() or months_of(read(tables.satisfaction_metrics), month_of(c.PERIOD_START)) != present:
            drop_unreferenced(run)


def _replace(run: Run, candidate: _Candidate | None, stale: set[str], wanted: Mapping[str, str]) -> None:
    """Writes the stale months, and names those that were there before."""
    if candidate is None:
        return write_questions(run)
    present = gold_months(run)
    _write(run, candidate, stale)
    restated = sorted(stale & present.keys())
    if restated:
        run.progress.say(f"restated: {', '.join(restated)}")
    kept = {name: content for name, content in present.items() if name not in stale}
    run.gold = kept | {name: content for name, content in wanted.items() if name in stale}


def _chosen(month: str | None, known: set[str]) -> set[str]:
    if month is not None and month not in known:
        raise UsageError(f"--month {month}: no such month. There are: {', '.join(sorted(known)) or 'none'}.")
    return {month} if month else set(known)


def _candidate(run: Run, silver: SilverContent, stale: set[str], changed: frozenset[str]) -> _Candidate:
    tables, read, catalogue = run.tables, run.warehouse.read, run.config.catalogue
    rows = read(tables.responses).where(F.col(c.SURVEY_MONTH).isin(sorted(stale)))
    asked = asked_columns(catalogue, silver.questionnaires)
    wide = facts(rows, catalogue, silver.questionnaires).withColumn(c.BUILT_FROM, built_from(silver.months))
    months_at_hand = _month_frame(run, stale & silver.months.keys())
    found = in_parallel(
        lambda: dimension(run, dimensions.passengers(rows), tables.passengers, changed),
        lambda: dimension(run, dimensions.flight_details(rows), tables.flight_details, changed),
        lambda: dimension(run, dimensions.dates(months_at_hand), tables.dates, changed),
    )
    return _Candidate(run.warehouse.stage(with_answers(wide, catalogue, asked), "fact_candidate"), *found)


def _month_frame(run: Run, names: set[str]) -> DataFrame:
    return run.spark.createDataFrame([(name,) for name in sorted(names)], f"{c.SURVEY_MONTH} string")


def _gate(run: Run, candidate: _Candidate, silver: SilverContent, stale: set[str]) -> None:
    """Gate 3 on the fact before it is written, and on its dimensions as they would be."""
    tables, suite, facts = run.tables, run.config.suites["gold"], candidate.facts
    with run.progress.gate("gold", run.spark):
        counted = in_parallel(
            lambda: _count_responses(facts),
            lambda: _count_references(run, facts, c.PASSENGER_KEY, candidate.passengers),
            lambda: _count_references(run, facts, c.FLIGHT_DETAILS_KEY, candidate.flight_details),
            lambda: _count_references(run, facts, c.SURVEY_DATE, candidate.dates),
            lambda: evaluate(suite, facts.select(*tables.fact.schema.names)),
            lambda: backtest(delay_counts(facts).collect()),
        )
    (repeats, answers), (passengers, passenger_keys), (details, detail_keys), (dates, _), library, delays = counted
    fresh = [silver.months[month] for month in stale & silver.months.keys()]
    measured = Measured(
        repeats,
        {
            "fact_equals_silver": Balance(sum(month.rows for month in fresh), repeats.rows),
            "long_equals_questions_asked": Balance(sum(month.asked for month in fresh), answers),
            "passengers_per_key": passenger_keys,
            "flight_details_per_key": detail_keys,
        },
        {c.PASSENGER_KEY: passengers, c.FLIGHT_DETAILS_KEY: details, c.SURVEY_DATE: dates},
    )
    results = results_of("gold", suite, (*own_findings(suite, measured), *library))
    failing = failing_rows(suite, results, facts, (c.RESPONSE_KEY,))
    run.record(results, _as_lines(run, failing) if failing else None)
    if delays:
        _record_backtest(run, delays)
    ensure_passed("gold", results)


def _as_lines(run: Run, failing: DataFrame) -> DataFrame:
    """Failing responses as the delivered lines that they come from."""
    lines = run.warehouse.read(run.tables.responses).select(c.RESPONSE_KEY, c.SOURCE_SHA256, c.SOURCE_ROW)
    return lines.join(F.broadcast(failing), on=c.RESPONSE_KEY, how="inner")


def _record_backtest(run: Run, found: Backtest) -> None:
    """Notes the errors of every rule, and warns when another one would be closer than the one in use."""
    run.backtest, detail = found, backtest_text(found)
    is_beaten = not found.is_best and found.reported >= _ENOUGH_DELAYS
    if is_beaten:
        run.progress.warn(f"the departure delay is no longer the best stand-in for a missing arrival delay: {detail}")
    run.results.append(
        CheckResult(
            gate="gold",
            table=run.tables.fact.full_name,
            rule="arrival_delay_rule_is_best",
            column=c.ARRIVAL_DELAY,
            severity=Severity.WARNING,
            evaluated=found.reported,
            failed=found.reported if is_beaten else 0,
            limit=None,
            outcome=FAILED if is_beaten else PASSED,
            detail=detail,
        )
    )


def _count_responses(facts: DataFrame) -> tuple[Repeats, int]:
    """Rows that share a response key, and long rows, of the fact."""
    per_key = facts.groupBy(c.RESPONSE_KEY).agg(F.count("*").alias("n"), count_answers(facts).alias("answers"))
    counted = per_key.agg(
        F.sum("n").alias("rows"),
        F.coalesce(F.sum(F.when(F.col("n") > 1, F.col("n"))), F.lit(0)).alias("repeated"),
        F.sum("answers").alias("answers"),
    ).head()
    assert counted is not None
    return Repeats(counted["rows"], counted["repeated"]), counted["answers"]


def _count_references(run: Run, facts: DataFrame, key: str, found: Dimension) -> tuple[Orphans, Balance]:
    """By one group-by over both sides: facts without their dimension row, and dimension rows against their keys."""
    used = facts.groupBy(F.col(key).alias("key")).agg(F.count("*").alias("used"), F.lit(0).alias("defined"))
    keys = found.written(run.warehouse).select(F.col(found.table.keys[0]).alias("key"))
    defined = keys.select("key", F.lit(0).alias("used"), F.lit(1).alias("defined"))
    per_key = used.union(defined).groupBy("key").agg(F.sum("used").alias("used"), F.sum("defined").alias("defined"))
    row = per_key.agg(
        F.sum("used").alias("rows"),
        F.coalesce(F.sum(F.when(F.col("defined") == 0, F.col("used"))), F.lit(0)).alias("orphaned"),
        F.sum("defined").alias("defined"),
        F.count_if(F.col("defined") > 0).alias("keys"),
    ).head()
    assert row is not None
    return Orphans(row["rows"], row["orphaned"]), Balance(row["defined"], row["keys"])


def _write(run: Run, candidate: _Candidate, stale: set[str]) -> None:
    """Dimension keys before ratings and fact, so that no reader finds a key without its row; the fact last."""
    tables, warehouse = run.tables, run.warehouse
    in_parallel(
        lambda: candidate.passengers.write(warehouse),
        lambda: candidate.flight_details.write(warehouse),
        lambda: candidate.dates.write(warehouse),
        lambda: write_questions(run),
    )
    for rows, table in ((ratings(candidate.facts), tables.ratings), (candidate.facts, tables.fact)):
        conformed = conform_to(rows, table.full_name, table.schema)
        warehouse.replace_where(conformed, table, c.SURVEY_MONTH, sorted(stale))
