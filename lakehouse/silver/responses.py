"""Typed lines to responses: adds keys, content hash, month and questionnaire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.keys import content_hash, key_of, surrogate_key
from lakehouse.lookups import looked_up
from lakehouse.months import month_of
from lakehouse.survey.catalogue import SATISFIED, Catalogue
from schemas import columns as c


def questionnaire_key(questions: Iterable[str]) -> int:
    """Key of a set of questions; their order makes no difference."""
    return key_of(sorted(questions))


def with_keys(typed: DataFrame, catalogue: Catalogue, response_key: tuple[str, ...]) -> DataFrame:
    """Adds `response_key` (null when a key column is null) and `_row_hash` to typed lines."""
    names = [column.name for column in catalogue.columns if column.type != "date"]
    is_complete = reduce(and_, (F.col(name).isNotNull() for name in response_key), F.lit(True))
    return typed.withColumns(
        {
            c.RESPONSE_KEY: F.when(is_complete, surrogate_key(response_key)),
            c.ROW_HASH: content_hash((*names, *catalogue.question_ids)),
        }
    )


def responses(accepted: DataFrame, asked: Mapping[str, tuple[str, ...]]) -> DataFrame:
    """Adds `is_satisfied`, `survey_month` and `questionnaire_key`. `asked`: original header -> questions asked."""
    return accepted.withColumns(
        {
            c.IS_SATISFIED: F.col(c.SATISFACTION) == SATISFIED,
            c.SURVEY_MONTH: month_of(c.SURVEY_DATE),
            c.QUESTIONNAIRE_KEY: _questionnaire_by_header(asked),
        }
    )


def _questionnaire_by_header(asked: Mapping[str, tuple[str, ...]]) -> Column:
    keys = {header: questionnaire_key(questions) for header, questions in asked.items()}
    return looked_up(keys, F.col(c.SOURCE_HEADER))
