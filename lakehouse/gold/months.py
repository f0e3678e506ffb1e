"""What a month of gold is built from, so that each month is compared with silver by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from lakehouse.keys import digest_of
from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c

# Raised whenever the code makes other values from the same silver rows: all months are then rebuilt.
CODE_VERSION = 2
_LOW_BITS = 0xFFFFFFFF


@dataclass(frozen=True)
class Month:
    """A month of silver: responses, questions asked of them in all, and `_built_from`."""

    rows: int
    asked: int
    built_from: str


@dataclass(frozen=True)
class SilverContent:
    """Silver as gold sees it: its months, and the questions of each questionnaire (key -> questions)."""

    months: Mapping[str, Month]
    questionnaires: Mapping[int, tuple[str, ...]]


def contents(silver: DataFrame) -> DataFrame:
    """One row per month and questionnaire: `n` responses and a fingerprint that no order of rows changes."""
    row = F.xxhash64(c.RESPONSE_KEY, c.ROW_HASH, c.SURVEY_DATE, c.QUESTIONNAIRE_KEY)
    return silver.groupBy(c.SURVEY_MONTH, c.QUESTIONNAIRE_KEY).agg(
        F.count("*").alias("n"), F.bit_xor(row).alias("xor"), F.sum(row.bitwiseAND(_LOW_BITS)).alias("sum")
    )


def months(
    rows: Iterable[Row], catalogue: Catalogue, questionnaires: Mapping[int, tuple[str, ...]]
) -> dict[str, Month]:
    """Months of silver from the rows of `contents`. `questionnaires`: key -> questions asked."""
    by_month: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row[c.SURVEY_MONTH], row[c.QUESTIONNAIRE_KEY])):
        by_month.setdefault(row[c.SURVEY_MONTH], []).append(row)
    return {
        month: Month(
            sum(part["n"] for part in parts),
            sum(part["n"] * len(questionnaires[part[c.QUESTIONNAIRE_KEY]]) for part in parts),
            digest_of((CODE_VERSION, catalogue.effective(month, asked), *(tuple(part) for part in parts))),
        )
        for month, parts in by_month.items()
        for asked in [sorted({name for part in parts for name in questionnaires[part[c.QUESTIONNAIRE_KEY]]})]
    }


def built_from(months: Mapping[str, Month]) -> Column:
    """The constant of each row's month."""
    lookup = F.create_map(*(F.lit(part) for month, content in months.items() for part in (month, content.built_from)))
    return F.try_element_at(lookup, F.col(c.SURVEY_MONTH))
