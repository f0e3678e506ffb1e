"""Rejected lines and their reasons, and their second judgement after a rule, an alias or a cast was mended."""

from __future__ import annotations

import argparse
import json
from datetime import date
from functools import partial, reduce
from operator import and_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.config.load import configuration
from lakehouse.console.parser import request_of
from lakehouse.console.rows import print_rows, row_of_id
from lakehouse.console.running import run_and_tell
from lakehouse.console.text import aligned
from lakehouse.pipeline.run import run_from_bronze
from lakehouse.quality.rules import has_reason_of
from lakehouse.storage.open import open_to_read
from lakehouse.survey.personal import masked
from schemas import columns as c

_ID_SHOWN = 12


def execute(arguments: argparse.Namespace) -> None:
    """Runs one action."""
    if arguments.action == "list":
        _list(arguments)
    elif arguments.action == "show":
        _show(arguments)
    else:
        # Every admitted line is judged again, as the next run would after an edit.
        run_and_tell(request_of(arguments), "quarantine replay", partial(run_from_bronze, rebuild=True))


def _list(arguments: argparse.Namespace) -> None:
    opened = open_to_read(configuration(request_of(arguments)))
    lines = opened.warehouse.spark.table("silver.v_quarantine")
    chosen = _chosen(arguments.rule, arguments.file, arguments.day)
    if chosen is None:
        print_rows(_by_rule(lines), "table")
        return
    shown = lines.where(chosen).orderBy(c.SOURCE_FILE, c.SOURCE_ROW)
    columns = (F.substring(c.QUARANTINE_ID, 1, _ID_SHOWN).alias("id"), c.SOURCE_FILE, c.SOURCE_ROW)
    reasons = F.concat_ws(", ", c.REASONS).alias("reasons")
    print_rows(shown.select(*columns, c.SURVEY_DATE, reasons, c.STATUS), "table")


def _chosen(rule: str | None, file: str | None, day: date | None) -> Column | None:
    conditions = [
        *([_has_reason(rule)] if rule else []),
        *([F.col(c.SOURCE_FILE) == file] if file else []),
        *([F.col(c.SURVEY_DATE) == day] if day else []),
    ]
    return reduce(and_, conditions) if conditions else None


def _has_reason(given: str) -> Column:
    """Whether a line has the reason, given as rule or as rule:column."""
    return F.array_contains(c.REASONS, given) if ":" in given else has_reason_of(given)


def _by_rule(lines: DataFrame) -> DataFrame:
    """One row per reason and file; a line with several reasons counts for each."""
    each = lines.select(F.explode(c.REASONS).alias("reason"), c.SOURCE_FILE, c.STATUS)
    counted = each.groupBy("reason", c.SOURCE_FILE).agg(
        F.count("*").alias("lines"), F.count_if(F.col(c.STATUS) == "open").alias("open")
    )
    return counted.orderBy(F.desc("lines"), "reason", c.SOURCE_FILE)


def _show(arguments: argparse.Namespace) -> None:
    opened = open_to_read(configuration(request_of(arguments)))
    lines = opened.warehouse.spark.table("silver.v_quarantine")
    unknown, way_out = "is in quarantine no more, or never was", "lakehouse quarantine list --rule RULE"
    line = row_of_id(lines, c.QUARANTINE_ID, arguments.id, unknown, way_out)
    facts = ("_source_file", "_source_row", c.SURVEY_DATE, c.STATUS, "_run_id")
    print(aligned(("line", ""), [(name, line[name]) for name in (c.QUARANTINE_ID, *facts)]))
    print("\n" + aligned(("fails",), [(reason,) for reason in line[c.REASONS]]))
    cells = masked(json.loads(line[c.RAW]), opened.config.catalogue, arguments.personal)
    print("\n" + aligned(("column", "as delivered"), list(cells.items())))
