"""What differs from the catalogue in the files of a run: told once, kept in ops.drift_events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.config.load import Config
from lakehouse.ledger.drift import FileDrift, grouped
from lakehouse.ledger.files import BronzeFile
from lakehouse.pipeline.context import Run, now
from lakehouse.quality.gate import FileCounts
from lakehouse.quality.rules import reason, row_checks
from lakehouse.survey.drift import HOLD, QUARANTINE, WARN, drift_of, unknown_value
from lakehouse.survey.headers import parse_header
from schemas import columns as c

_WORDS_SHOWN, _FILES_SHOWN = 50, 3


def header_drift(config: Config, file: BronzeFile) -> list[FileDrift]:
    """Differences of a file's columns; one that every response needs always holds."""
    required = config.catalogue.required
    found = drift_of(parse_header(file.header), config.catalogue, file.survey_date)
    return [FileDrift(file, one, HOLD if one.column in required else config.drift.get(one.kind, WARN)) for one in found]


def value_drift(
    run: Run, files: Iterable[BronzeFile], counts: Mapping[str, FileCounts], lines: DataFrame
) -> list[FileDrift]:
    """Words of the files that stand for no value; looked up only where a rule rejected some."""
    checks = _value_checks(run)
    affected = {file.sha256: file for file in files if checks.keys() & counts[file.sha256].reasons.keys()}
    if not affected:
        return []
    words = [
        F.when(F.array_contains(c.REASONS, mark), F.struct(F.lit(column).alias("column"), F.col(column).alias("word")))
        for mark, column in checks.items()
    ]
    found = (
        lines.where(F.col(c.SOURCE_SHA256).isin(sorted(affected)) & (F.size(c.REASONS) > 0))
        .select(c.SOURCE_SHA256, F.inline(F.array_compact(F.array(*words))))
        .groupBy(c.SOURCE_SHA256, "column", "word")
        .count()
        .orderBy(F.desc("count"), c.SOURCE_SHA256, "column", "word")
        .limit(_WORDS_SHOWN)
    )
    return [
        FileDrift(affected[row[0]], unknown_value(row["column"], row["word"], run.config.catalogue), QUARANTINE)
        for row in found.collect()
    ]


def _value_checks(run: Run) -> dict[str, str]:
    """Reason -> column of the rules that know a column's words."""
    categories = run.config.catalogue.of_type("category")
    return {
        reason(rule, column): column
        for rule, column in row_checks(run.config.suites["silver"])
        if column in categories and column in rule.value_sets
    }


def record_drift(run: Run, found: Sequence[FileDrift]) -> None:
    """Tells each difference once, whatever the number of files, and keeps a row per file.

    A file that is held for it is told by its own message.
    """
    run.drift.extend(found)
    for same in grouped(one for one in found if one.policy != HOLD):
        names = ", ".join(one.file.file for one in same[:_FILES_SHOWN])
        more = f" and {len(same) - _FILES_SHOWN} more" if len(same) > _FILES_SHOWN else ""
        run.progress.warn(f"{names}{more}: {same[0].drift.detail}")
    known = _known(run) if found else set()
    at = now()
    new = (one for one in found if (one.file.sha256, *one.key) not in known)
    run.append_rows((one.as_row(run.run_id, run.config.rules_version, at) for one in new), run.tables.drift_events)


def _known(run: Run) -> set[tuple[object, ...]]:
    """Differences that an interrupted run told already under the same rules."""
    events = run.warehouse.read(run.tables.drift_events)
    same_rules = events.where(F.col("rules_version") == run.config.rules_version)
    return set(map(tuple, same_rules.select(c.SHA256, "kind", "column", "delivered").collect()))
