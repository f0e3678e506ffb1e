"""Cells that the catalogue cannot read: unknown words of a category, and texts that are no number, rating or date."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.quality.suites import MAX_REASONS, Suite, reason, row_checks, subject
from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c

_MAX_WORDS = 50
# Lines of a file whose cells are looked at, and different cells of them.
_LINES_SAMPLED = 1000
_MAX_CELLS = 500


def value_checks(suite: Suite, catalogue: Catalogue) -> dict[str, str]:
    """Reason -> column, for the rules that check the words of a category."""
    categories = catalogue.of_type("category")
    return {
        reason(rule, column): column
        for rule, column in row_checks(suite)
        if column in categories and column in rule.value_sets
    }


def unknown_words(lines: DataFrame, checks: Mapping[str, str], contents: Collection[str]) -> DataFrame:
    """One row per file (`_source_sha256`), `column` and unknown `word`, the most frequent words first.

    Lines with many reasons are left out: a total, a foot note or a label is no response, and says nothing about words.
    `lines`: typed lines with their reasons; `checks`: from `value_checks`; `contents`: SHA-256 of the files to look at.
    """
    words = [
        F.when(F.array_contains(c.REASONS, name), F.struct(F.lit(column).alias("column"), F.col(column).alias("word")))
        for name, column in checks.items()
    ]
    return (
        lines.where(F.col(c.SOURCE_SHA256).isin(sorted(contents)) & F.size(c.REASONS).between(1, MAX_REASONS))
        .select(c.SOURCE_SHA256, F.inline(F.array_compact(F.array(*words))))
        .groupBy(c.SOURCE_SHA256, "column", "word")
        .count()
        .orderBy(F.desc("count"), c.SOURCE_SHA256, "column", "word")
        .limit(_MAX_WORDS)
    )


def unread_cells(lines: DataFrame, content: str) -> DataFrame:
    """One row per `column` and `cell` that could not be read, among the first lines of a file. `lines`: typed lines;
    `content`: SHA-256 of the file."""
    columns = [name for name in lines.columns if name.endswith(c.UNREAD_SUFFIX)]
    cells = [
        F.when(F.col(name).isNotNull(), F.struct(F.lit(subject(name)).alias("column"), F.col(name).alias("cell")))
        for name in columns
    ]
    own = lines.where(F.col(c.SOURCE_SHA256) == content).limit(_LINES_SAMPLED)
    return own.select(F.inline(F.array_compact(F.array(*cells)))).distinct().limit(_MAX_CELLS)
