"""Lines that failed a check, with the cells that it looked at."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.config.load import Config
from lakehouse.console.text import aligned
from lakehouse.survey.personal import masked
from schemas import columns as c
from schemas.bronze import LINE


def show_samples(config: Config, bronze: DataFrame, checks: DataFrame, personal: bool) -> None:
    """One row per failed check and line kept for it; lines that were taken out of bronze since are left out."""
    each = checks.select(
        "gate", "rule", F.coalesce("column", F.lit("")).alias("column"), F.explode("samples").alias("s")
    )
    place = (F.col("s.sha256").alias(c.SOURCE_SHA256), F.col("s.line").alias(c.SOURCE_ROW))
    lines = bronze.join(F.broadcast(each.select("gate", "rule", "column", *place)), on=list(LINE))
    rows = []
    for line in lines.orderBy("gate", "rule", "column", c.SOURCE_FILE, c.SOURCE_ROW).collect():
        names = line["column"].split(", ")
        delivered = {name: line[name] for name in bronze.columns if _is_about(config, name, names)}
        cells = masked(delivered, config.catalogue, personal)
        shown = ", ".join(f"{name} = {cell}" for name, cell in cells.items() if cell is not None)
        rows.append((line["gate"], line["rule"], line["column"], line[c.SOURCE_FILE], line[c.SOURCE_ROW], shown))
    print(aligned(("gate", "rule", "column", "file", "line", "as delivered"), rows) if rows else "(none)")


def _is_about(config: Config, delivered: str, names: list[str]) -> bool:
    return delivered in names or (not delivered.startswith("_") and config.catalogue.resolve(delivered) in names)
