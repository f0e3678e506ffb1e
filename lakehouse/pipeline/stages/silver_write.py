"""Writes what a batch of files made of silver: questionnaires, quarantine, superseded and responses, in this order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.pipeline.context import Context
from lakehouse.quality import gate
from lakehouse.quality.results import CheckOutcome, CheckResult
from lakehouse.quality.suites import Severity
from lakehouse.silver.responses import questionnaire_key
from lakehouse.storage.frames import frame_of
from lakehouse.storage.warehouse import Metadata
from schemas import columns as c
from schemas.bronze import LINE


@dataclass(frozen=True)
class Candidate:
    """What is about to be written of a batch of files: every line of it in one of the three frames.

    `has_contested`: whether any key has several versions. `accepted`: number of lines without a reason.
    `has_rejected`: whether any line may be in quarantine.
    """

    responses: DataFrame
    superseded: DataFrame
    quarantine: DataFrame
    has_contested: bool
    accepted: int
    has_rejected: bool


def empty_silver(context: Context, metadata: Metadata) -> None:
    """No file is admitted any more: silver holds nothing."""
    tables = context.tables
    for table in (tables.quarantine, tables.superseded, tables.responses, tables.questionnaires):
        if not context.warehouse.is_new(table):
            nothing = frame_of(context.spark, [], table.schema)
            context.warehouse.overwrite(nothing, table, metadata=metadata)


def write_silver(
    context: Context,
    candidate: Candidate,
    contents: Sequence[str],
    asked: Sequence[tuple[str, ...]],
    recompute: bool,
    metadata: Metadata,
) -> None:
    """Writes the candidate of the files (`contents`); each step may be repeated after an interruption.

    `asked`: the sets of questions of the files. `recompute`: what the tables hold is replaced.
    """
    _add_questionnaires(context, asked, metadata)
    if recompute:
        _replace(context, candidate, asked, metadata)
    else:
        _add(context, candidate, contents, metadata)


def _replace(context: Context, candidate: Candidate, asked: Sequence[tuple[str, ...]], metadata: Metadata) -> None:
    warehouse, tables = context.warehouse, context.tables
    warehouse.overwrite(candidate.quarantine, tables.quarantine, metadata=metadata)
    warehouse.overwrite(candidate.superseded, tables.superseded, metadata=metadata)
    warehouse.overwrite(candidate.responses, tables.responses, metadata=metadata)
    # After silver, which pointed at others before.
    questionnaires = frame_of(context.spark, _questionnaires(asked), tables.questionnaires.schema)
    warehouse.overwrite(questionnaires, tables.questionnaires, metadata=metadata)


def _add(context: Context, candidate: Candidate, contents: Sequence[str], metadata: Metadata) -> None:
    warehouse, tables = context.warehouse, context.tables
    if candidate.has_rejected or not warehouse.is_new(tables.quarantine):
        # What an interrupted run left of these files under other rules goes.
        warehouse.replace_where(candidate.quarantine, tables.quarantine, c.SOURCE_SHA256, contents, metadata=metadata)
    if candidate.has_contested:
        warehouse.insert_new(candidate.superseded, tables.superseded, metadata=metadata)
        changed = " OR ".join(f"t.{name} <> s.{name}" for name in LINE)
        warehouse.upsert(candidate.responses, tables.responses, changed, metadata=metadata)
    elif candidate.accepted:
        warehouse.append(candidate.responses, tables.responses, metadata=metadata)


def _add_questionnaires(context: Context, asked: Iterable[tuple[str, ...]], metadata: Metadata) -> None:
    """Sets of questions that are new; before silver, whose rows point at them."""
    table = context.tables.questionnaires
    known = {row[0] for row in context.warehouse.read(table).select(c.QUESTIONNAIRE_KEY).collect()}
    new = [row for row in _questionnaires(asked) if row[0] not in known]
    if new:
        context.warehouse.append(frame_of(context.spark, new, table.schema), table, metadata=metadata)


def _questionnaires(asked: Iterable[tuple[str, ...]]) -> list[tuple[int, list[str]]]:
    """Rows of the sets of questions."""
    return sorted((questionnaire_key(questions), list(questions)) for questions in set(asked))


def check_candidate(context: Context, candidate: Candidate) -> None:
    """Checks that there is one row per key among the rows that silver is about to take; without contested keys the
    count of keys showed it. Raises `GateBlockedError` when there are more."""
    key, repeated = context.config.response_key, 0
    if candidate.has_contested:
        repeated = candidate.responses.groupBy(*key).count().where(F.col("count") > 1).count()
    result = CheckResult(
        gate="silver_candidate",
        table=context.tables.responses.full_name,
        rule="response_key_repeats",
        column=", ".join(key),
        severity=Severity.CRITICAL,
        evaluated=candidate.accepted,
        failed=repeated,
        limit=None,
        outcome=CheckOutcome.FAILED if repeated else CheckOutcome.PASSED,
        detail="one row per response",
    )
    context.checks.add(result)
    gate.ensure_passed("silver_candidate", [result])
