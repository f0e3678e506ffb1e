"""Typed lines to responses: key, content hash, outcome, month and questionnaire."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession

from lakehouse.config.load import Config
from lakehouse.silver.responses import questionnaire_key, responses, with_keys
from lakehouse.storage.frames import frame_of
from lakehouse.survey.catalogue import Catalogue

TYPED = "line int, id bigint, class string, satisfaction string, cleanliness int, survey_date date"
MARCH, APRIL = date(2025, 3, 31), date(2025, 4, 1)


@pytest.fixture(scope="module")
def catalogue(config: Config) -> Catalogue:
    columns = tuple(config.catalogue.column(name) for name in ("id", "class", "satisfaction", "survey_date"))
    questions = tuple(question for question in config.catalogue.questions if question.id == "cleanliness")
    return replace(config.catalogue, columns=columns, questions=questions)


def keyed(df: DataFrame, catalogue: Catalogue, *key: str) -> dict[int, tuple[int | None, int]]:
    """Line -> response key and content hash."""
    rows = with_keys(df, catalogue, key).select("line", "response_key", "_row_hash").collect()
    return {row["line"]: (row["response_key"], row["_row_hash"]) for row in rows}


def test_the_response_key_is_that_of_the_configured_columns(spark: SparkSession, catalogue: Catalogue) -> None:
    df = frame_of(
        spark,
        [
            (1, 7, "Economy", "Satisfied", 3, MARCH),
            (2, 7, "Economy", "Satisfied", 3, APRIL),
            (3, 8, "Economy", "Satisfied", 3, MARCH),
            (4, None, "Economy", "Satisfied", 3, MARCH),
            (5, 7, "Economy", "Satisfied", 3, None),
        ],
        TYPED,
    )
    by_id = {line: key for line, (key, _) in keyed(df, catalogue, "id").items()}
    assert by_id[1] == by_id[2] == by_id[5]
    assert by_id[1] != by_id[3]
    assert by_id[4] is None
    by_both = {line: key for line, (key, _) in keyed(df, catalogue, "id", "survey_date").items()}
    assert len({by_both[1], by_both[2], by_both[3]}) == 3
    assert (by_both[4], by_both[5]) == (None, None)


def test_the_content_hash_changes_with_every_value_but_the_date(spark: SparkSession, catalogue: Catalogue) -> None:
    df = frame_of(
        spark,
        [
            (1, 7, "Economy", "Satisfied", 3, MARCH),
            (2, 7, "Economy", "Satisfied", 3, APRIL),
            (3, 8, "Economy", "Satisfied", 3, MARCH),
            (4, 7, "Business", "Satisfied", 3, MARCH),
            (5, 7, "Economy", "Neutral or Dissatisfied", 3, MARCH),
            (6, 7, "Economy", "Satisfied", 0, MARCH),
            (7, 7, "Economy", "Satisfied", None, MARCH),
        ],
        TYPED,
    )
    content = {line: row_hash for line, (_, row_hash) in keyed(df, catalogue, "id").items()}
    assert content[1] == content[2]
    assert len({content[line] for line in (1, 3, 4, 5, 6, 7)}) == 6


def test_what_a_response_has_beyond_its_values(spark: SparkSession) -> None:
    asked = {"ID,Cleanliness": ("cleanliness",), "ID": ()}
    accepted = "satisfaction string, survey_date date, _source_header string"
    expected = frame_of(
        spark,
        [
            ("Satisfied", MARCH, "ID,Cleanliness", True, "2025-03", questionnaire_key(["cleanliness"])),
            ("Neutral or Dissatisfied", APRIL, "ID", False, "2025-04", questionnaire_key([])),
            # A header that nobody looked at: unknown, never a questionnaire of its own.
            ("Satisfied", APRIL, "Other", True, "2025-04", None),
        ],
        f"{accepted}, is_satisfied boolean, survey_month string, questionnaire_key bigint",
    )
    actual = responses(expected.select("satisfaction", "survey_date", "_source_header"), asked)
    assert_df_equality(actual, expected, ignore_nullable=True)


def test_the_questionnaire_key_knows_the_set_of_questions() -> None:
    assert questionnaire_key(["a", "b"]) == questionnaire_key(["b", "a"])
    assert len({questionnaire_key(asked) for asked in (["a", "b"], ["a"], ["ab"], [])}) == 4
