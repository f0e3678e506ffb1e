"""Checks every promise on a warehouse as it is: one line each. Holds it, and changes nothing."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple
from functools import partial

from pyspark.sql import functions as F

from lakehouse.console.execution.sql import holding
from lakehouse.console.parser import options_of
from lakehouse.console.text import aligned
from lakehouse.errors import IncompleteRunError
from lakehouse.gold.months import differing, of_months
from lakehouse.ledger.files import stored_balances
from lakehouse.months import month_of
from lakehouse.pipeline.alerts import judged, published
from lakehouse.pipeline.context import Run, count_places, in_parallel, note_of_silver, now, silver_note
from lakehouse.pipeline.gold import content_of, months_of
from lakehouse.pipeline.reporter import Progress
from lakehouse.storage.session import SPARK_ERRORS
from lakehouse.upkeep.counts import (
    counted_by,
    differences,
    lines_in_two_places,
    repeated_keys,
    unmatched,
)
from lakehouse.upkeep.rebuild import differing_tables
from schemas import columns as c

_FAULTS_SHOWN = 3


def execute(arguments: argparse.Namespace) -> None:
    """Prints one line per promise. Raises `IncompleteRunError` (3) when one is broken."""
    options = options_of(arguments)
    progress = Progress("verify", options.log_format, options.verbose)
    with holding(options, "verify") as (config, warehouse, tables):
        run = Run(config, tables, warehouse, options, progress, "verify", "verify", now())
        promises = Promises(run).all()
        with progress.stage("checking", warehouse.spark):
            verdicts = in_parallel(*(partial(_verdict, check) for check in promises.values()))
        rows = [(name, *verdict) for name, verdict in zip(promises, verdicts, strict=True)]
        if arguments.deep:
            with progress.stage("rebuilding aside", warehouse.spark):
                rows.append(("a rebuild gives the same", *_verdict(partial(differing_tables, run))))
    print(
        aligned(
            ("promise", "kept", "what was found"), [(name, "yes" if kept else "NO", why) for name, kept, why in rows]
        )
    )
    broken = [name for name, kept, _ in rows if not kept]
    if broken:
        raise IncompleteRunError(3, f"{len(broken)} of {len(rows)} promises broken: {'; '.join(broken)}.")


def _verdict(check: Callable[[], Iterable[str]]) -> tuple[bool, str]:
    try:
        faults = list(check())
    except SPARK_ERRORS as error:
        faults = [f"it could not be checked: {str(error).splitlines()[0]}"]
    more = f"; and {len(faults) - _FAULTS_SHOWN} more" if len(faults) > _FAULTS_SHOWN else ""
    return not faults, "; ".join(faults[:_FAULTS_SHOWN]) + more


class Promises:
    """The promises of one warehouse; each method yields what breaks its own."""

    def __init__(self, run: Run) -> None:
        self._run, self._tables, self._read = run, run.tables, run.warehouse.read

    def all(self) -> dict[str, Callable[[], Iterable[str]]]:
        """Every promise in words, with its check."""
        return {
            "every file that a table names is there": self._files,
            "every checkpoint can be read": self._checkpoints,
            "comments and CHECKs are in place": self._contracts,
            "bronze holds each file whole": self._bronze,
            "silver rests on the present rules and decisions": self._silver_note,
            "every delivered line is in one place": self._balance,
            "one row per key": self._keys,
            "the fact holds silver's responses": self._fact,
            "every key has its dimension row": self._dimensions,
            "gold is built from silver as it is": self._months,
            "the metrics add up to the fact": self._metrics,
            "question metrics add up to the ratings": self._question_metrics,
            "the alerts follow from the metrics": self._alerts,
        }

    def _files(self) -> Iterator[str]:
        for table in self._tables.all():
            missing = self._run.warehouse.absent(self._run.warehouse.files(table))
            if missing:
                yield f"{table.full_name} lacks {len(missing)} file(s), {missing[0]} among them"

    def _checkpoints(self) -> Iterator[str]:
        for table in self._tables.all():
            fault = self._run.warehouse.checkpoint_fault(table)
            if fault:
                yield f"{table.full_name}: {fault}"

    def _contracts(self) -> Iterator[str]:
        for table in self._tables.all():
            for lacking in self._run.warehouse.lacks(table):
                yield f"{table.full_name} lacks {lacking}"

    def _bronze(self) -> Iterator[str]:
        for file in self._run.ledger.files.values():
            if not file.is_whole and self._run.ledger.decision(file.sha256):
                erased = f", {file.erased} erased" if file.erased else ""
                yield f"{file.file}: {file.rows} of {file.lines} lines{erased}"

    def _silver_note(self) -> Iterator[str]:
        run = self._run
        built_by = note_of_silver(run.warehouse, run.tables)
        if run.ledger.admitted() and built_by != silver_note(run.config, run.ledger):
            what = "rules, catalogue or a decision are newer" if built_by else "it was changed past the pipeline"
            yield f"{what}: `lakehouse run` recomputes it"

    def _balance(self) -> Iterator[str]:
        counted = count_places(self._run)
        yield from (f"{file.file} does not add up" for file in counted if not file.adds_up)
        told = set(stored_balances(self._read(self._tables.files)))
        for file in set(counted) ^ told:
            yield f"ops.files tells otherwise of {file.file}: {json.dumps(astuple(file))}"
        places = (self._tables.responses, self._tables.superseded, self._tables.quarantine)
        twice = lines_in_two_places(self._read(place) for place in places)
        if twice:
            yield f"{twice} line(s) are in two places"

    def _keys(self) -> Iterator[str]:
        for table in self._tables.all():
            found = repeated_keys(self._read(table), table.keys) if table.keys and table.layer != "bronze" else 0
            if found:
                yield f"{table.full_name}: {found} key(s) repeat"

    def _fact(self) -> Iterator[str]:
        keys = (c.RESPONSE_KEY, c.SURVEY_MONTH)
        fact, silver = self._read(self._tables.fact), self._read(self._tables.responses)
        only_fact, only_silver = unmatched(fact, silver, keys)
        if only_fact or only_silver:
            yield f"{only_fact} row(s) only in the fact, {only_silver} only in silver"
        only_long, only_fact = unmatched(self._read(self._tables.ratings), fact, keys)
        if only_long or only_fact:
            yield f"{only_long} response(s) only in the ratings, {only_fact} without ratings"

    def _dimensions(self) -> Iterator[str]:
        tables, read = self._tables, self._read
        fact, ratings = read(tables.fact), read(tables.ratings)
        for key, facts, table in (
            (c.PASSENGER_KEY, fact, tables.passengers),
            (c.FLIGHT_DETAILS_KEY, fact, tables.flight_details),
            (c.SURVEY_DATE, fact, tables.dates),
            (c.QUESTION_KEY, ratings, tables.questions),
        ):
            dimension = read(table).withColumnRenamed(table.keys[0], key)
            orphans, unused = unmatched(facts, dimension, (key,))
            if orphans:
                yield f"{orphans} {key} point(s) at no row of {table.full_name}"
            if unused and table in (tables.passengers, tables.flight_details):
                yield f"{unused} row(s) of {table.full_name} that nothing points at"

    def _months(self) -> Iterator[str]:
        tables, read = self._tables, self._read
        for table in (*tables.star, *tables.metrics):
            if self._run.warehouse.is_changed_by_others(table):
                yield f"{table.full_name} was changed past the pipeline: `lakehouse run` writes it anew"
        wanted = of_months(content_of(self._run.warehouse, tables, self._run.config.catalogue).months)
        month, period = F.col(c.SURVEY_MONTH), month_of(c.PERIOD_START)
        for table in (tables.fact, tables.ratings, tables.satisfaction_metrics, tables.question_metrics):
            stale = differing(wanted, months_of(read(table), month if table.partitions else period))
            if stale:
                yield f"{table.full_name} is behind in {', '.join(sorted(stale))}"

    def _metrics(self) -> Iterator[str]:
        metrics, fact = self._read(self._tables.satisfaction_metrics), self._read(self._tables.fact)
        facts = counted_by(fact, (c.SURVEY_MONTH,), n=F.count("*"), satisfied=F.count_if(c.IS_SATISFIED))
        for segment in ("overall", c.CLASS, c.TRAVEL_TYPE, c.CUSTOMER_TYPE, "class_travel_type"):
            of_segment = metrics.where(F.col(c.SEGMENT) == segment)
            found = counted_by(of_segment, (month_of(c.PERIOD_START),), n=F.sum(c.N), satisfied=F.sum("n_satisfied"))
            yield from (f"{segment}, {fault}" for fault in differences(found, facts, ("metrics", "fact")))

    def _question_metrics(self) -> Iterator[str]:
        overall = self._read(self._tables.question_metrics).where(F.col(c.SEGMENT) == "overall")
        keys = (c.SURVEY_MONTH, c.QUESTION)
        told = counted_by(
            overall.withColumn(c.SURVEY_MONTH, month_of(c.PERIOD_START)), keys, asked=F.sum(c.N_ASKED), n=F.sum(c.N)
        )
        ratings = self._read(self._tables.ratings)
        found = counted_by(ratings, keys, asked=F.count("*"), n=F.count(c.RATING))
        yield from differences(told, found, ("metrics", "ratings"))

    def _alerts(self) -> Iterator[str]:
        run = self._run
        _, are_stored = judged(run, published(run.config, run.warehouse, run.tables))
        if not are_stored:
            yield "they were judged by other rules or figures: `lakehouse publish` judges them again"
