"""Which months of gold are stale: each month keeps a hash of what it was built from, compared with silver's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from lakehouse.keys import digest_of
from lakehouse.lookups import looked_up
from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c

# Raise it when the code computes other values from the same silver rows: all months are then rebuilt.
CODE_VERSION = 3
_LOW_BITS = 0xFFFFFFFF


@dataclass(frozen=True)
class Month:
    """A month of silver: its responses, the questions asked of them in total, and `_built_from`, the hash of its
    content, the catalogue and the code."""

    rows: int
    asked: int
    built_from: str


@dataclass(frozen=True)
class SilverContent:
    """Silver's months (YYYY-MM -> month) and questionnaires (key -> questions): what gold is built from."""

    months: Mapping[str, Month]
    questionnaires: Mapping[int, tuple[str, ...]]


def wanted_months(months: Mapping[str, Month]) -> dict[str, str]:
    """Month -> the `_built_from` that gold's rows of it should have."""
    return {month: content.built_from for month, content in months.items()}


def stale_months(wanted: Mapping[str, str], present: Mapping[str, str]) -> set[str]:
    """Months whose `_built_from` differs, and months that only silver (`wanted`) or only gold (`present`) has."""
    return {month for month in wanted.keys() | present.keys() if wanted.get(month) != present.get(month)}


def content_by_month(silver: DataFrame) -> DataFrame:
    """One row per month and questionnaire: `n` responses, and a checksum that does not depend on the order of rows."""
    row = F.xxhash64(c.RESPONSE_KEY, c.ROW_HASH, c.SURVEY_DATE, c.QUESTIONNAIRE_KEY)
    return silver.groupBy(c.SURVEY_MONTH, c.QUESTIONNAIRE_KEY).agg(
        F.count("*").alias("n"), F.bit_xor(row).alias("xor"), F.sum(row.bitwiseAND(_LOW_BITS)).alias("sum")
    )


def silver_months(
    rows: Iterable[Row], catalogue: Catalogue, questionnaires: Mapping[int, tuple[str, ...]]
) -> dict[str, Month]:
    """Month (YYYY-MM) -> month, from the rows of `content_by_month`. `questionnaires`: key -> questions asked."""
    by_month: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row[c.SURVEY_MONTH], row[c.QUESTIONNAIRE_KEY])):
        by_month.setdefault(row[c.SURVEY_MONTH], []).append(row)
    return {month: _month(month, parts, catalogue, questionnaires) for month, parts in by_month.items()}


def _month(name: str, parts: list[Row], catalogue: Catalogue, questionnaires: Mapping[int, tuple[str, ...]]) -> Month:
    asked = [questionnaires[part[c.QUESTIONNAIRE_KEY]] for part in parts]
    effective = catalogue.effective(name, {question for questions in asked for question in questions})
    return Month(
        rows=sum(part["n"] for part in parts),
        asked=sum(part["n"] * len(questions) for part, questions in zip(parts, asked, strict=True)),
        built_from=digest_of((CODE_VERSION, effective, *(tuple(part) for part in parts))),
    )


def built_from(months: Mapping[str, Month]) -> Column:
    """`_built_from` of each row, by its month."""
    return looked_up(wanted_months(months), F.col(c.SURVEY_MONTH))
