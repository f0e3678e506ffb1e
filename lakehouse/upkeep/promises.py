"""The promises about a warehouse, each checked on the stored tables. Reads only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from pyspark.sql import functions as F

from lakehouse.clock import now
from lakehouse.gold.months import wanted_months
from lakehouse.ledger.balance import stored_balances
from lakehouse.ledger.files import Ledger
from lakehouse.months import month_of
from lakehouse.pipeline.closing import count_places
from lakehouse.pipeline.plan import basis_of, plan_gold, plan_silver, stored_basis
from lakehouse.pipeline.stages.alerts import are_stored, day_of_judgement, judged_alerts, read_published
from lakehouse.pipeline.stages.gold import read_built_from, read_silver_content
from lakehouse.storage.open import Opened
from lakehouse.upkeep.counts import counted_by, differences, lines_in_two_places, repeated_keys, unmatched
from schemas import columns as c
from schemas.references import REFERENCES


class Promises:
    """The promises about one warehouse. Each private method checks one of them, and yields every breach in words."""

    def __init__(self, opened: Opened, ledger: Ledger) -> None:
        self._config, self._warehouse, self._tables = opened
        self._ledger, self._read = ledger, opened.warehouse.read

    def all(self) -> dict[str, Callable[[], Iterable[str]]]:
        """Promise in words -> its check."""
        return {
            "every file that a table names is there": self._files,
            "every checkpoint can be read": self._checkpoints,
            "comments and CHECKs are in place": self._contracts,
            "bronze holds each file whole": self._bronze,
            "silver rests on the present rules and decisions": self._silver_basis,
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
            missing = self._warehouse.missing_files(self._warehouse.data_files(table))
            if missing:
                yield f"{table.full_name} lacks {len(missing)} file(s), {missing[0]} among them"

    def _checkpoints(self) -> Iterator[str]:
        for table in self._tables.all():
            fault = self._warehouse.checkpoint_fault(table)
            if fault:
                yield f"{table.full_name}: {fault}"

    def _contracts(self) -> Iterator[str]:
        for table in self._tables.all():
            for difference in self._warehouse.contract_differences(table):
                yield f"{table.full_name} lacks {difference}"

    def _bronze(self) -> Iterator[str]:
        for file in self._ledger.files.values():
            if not file.is_whole and self._ledger.decision(file.sha256):
                erased = f", {file.erased} erased" if file.erased else ""
                yield f"{file.file}: {file.rows} of {file.lines} lines{erased}"

    def _silver_basis(self) -> Iterator[str]:
        stored = stored_basis(self._warehouse, self._tables)
        plan = plan_silver(self._ledger, stored, basis_of(self._config, self._ledger))
        if plan.cause and self._ledger.admitted():
            yield f"{plan.cause.value}: `lakehouse run` recomputes it"

    def _balance(self) -> Iterator[str]:
        counted = count_places(self._warehouse, self._tables, self._ledger, self._config.set_aside)
        yield from (f"{file.file} does not add up" for file in counted if not file.adds_up)
        stored = set(stored_balances(self._read(self._tables.files)))
        for file in set(counted) ^ stored:
            yield f"ops.files tells otherwise of {file.file}: {json.dumps(file.as_row())}"
        places = (self._tables.responses, self._tables.superseded, self._tables.quarantine)
        twice = lines_in_two_places(self._read(place) for place in places)
        if twice:
            yield f"{twice} line(s) are in two places"

    def _keys(self) -> Iterator[str]:
        for table in self._tables.all():
            repeated = repeated_keys(self._read(table), table.keys) if table.keys and table.layer != "bronze" else 0
            if repeated:
                yield f"{table.full_name}: {repeated} key(s) repeat"

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
        tables, by_name = self._tables, {table.full_name: table for table in self._tables.all()}
        keys = [(name, *reference) for name, references in REFERENCES.items() for reference in references.items()]
        for name, key, target in keys:
            table = by_name[target]
            if table == tables.fact:
                continue  # `_fact` compares it with the ratings, in both directions.
            dimension = self._read(table).withColumnRenamed(table.keys[0], key)
            orphans, unused = unmatched(self._read(by_name[name]), dimension, (key,))
            if orphans:
                yield f"{orphans} {key} point(s) at no row of {target}"
            if unused and table in (tables.passengers, tables.flight_details):
                yield f"{unused} row(s) of {target} that nothing points at"

    def _months(self) -> Iterator[str]:
        tables, read = self._tables, self._read
        for table in (*tables.star, *tables.metrics):
            if self._warehouse.is_changed_externally(table):
                yield f"{table.full_name} was changed past the pipeline: `lakehouse run` writes it anew"
        wanted = wanted_months(read_silver_content(self._warehouse, tables, self._config.catalogue).months)
        month, period = F.col(c.SURVEY_MONTH), month_of(c.PERIOD_START)
        for table in (tables.fact, tables.ratings, tables.satisfaction_metrics, tables.question_metrics):
            present = read_built_from(read(table), month if table.partitions else period)
            stale = plan_gold(wanted, present).stale
            if stale:
                yield f"{table.full_name} is behind in {', '.join(sorted(stale))}"

    def _metrics(self) -> Iterator[str]:
        metrics, fact = self._read(self._tables.satisfaction_metrics), self._read(self._tables.fact)
        facts = counted_by(fact, (c.SURVEY_MONTH,), n=F.count("*"), satisfied=F.count_if(c.IS_SATISFIED))
        for segment in ("overall", c.CLASS, c.TRAVEL_TYPE, c.CUSTOMER_TYPE, "class_travel_type"):
            of_segment = metrics.where(F.col(c.SEGMENT) == segment)
            sums = counted_by(of_segment, (month_of(c.PERIOD_START),), n=F.sum(c.N), satisfied=F.sum("n_satisfied"))
            yield from (f"{segment}, {fault}" for fault in differences(sums, facts, ("metrics", "fact")))

    def _question_metrics(self) -> Iterator[str]:
        overall = self._read(self._tables.question_metrics).where(F.col(c.SEGMENT) == "overall")
        keys = (c.SURVEY_MONTH, c.QUESTION)
        sums = counted_by(
            overall.withColumn(c.SURVEY_MONTH, month_of(c.PERIOD_START)), keys, asked=F.sum(c.N_ASKED), n=F.sum(c.N)
        )
        ratings = self._read(self._tables.ratings)
        counts = counted_by(ratings, keys, asked=F.count("*"), n=F.count(c.RATING))
        yield from differences(sums, counts, ("metrics", "ratings"))

    def _alerts(self) -> Iterator[str]:
        published = read_published(self._config, self._warehouse, self._tables)
        day = day_of_judgement(self._warehouse, self._tables, now().date())
        alerts = judged_alerts(self._config, self._ledger, published, day)
        if not are_stored(alerts, self._warehouse, self._tables):
            yield "they were judged by other rules or figures: `lakehouse publish` judges them again"
