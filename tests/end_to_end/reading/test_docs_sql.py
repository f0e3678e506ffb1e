"""The SQL of the documents gives what the pipeline's own columns hold."""

from __future__ import annotations

import pytest

from tests.support.documented_sql import EXPLAINED, SQL, compare_with_documents
from tests.support.pipeline import Pipeline


@pytest.mark.no_spark
def test_every_file_is_compared() -> None:
    assert {file.stem for file in SQL.glob("*.sql")} == EXPLAINED.keys()


@pytest.mark.parametrize("name", EXPLAINED)
def test_the_documented_sql_gives_the_same_values(months: Pipeline, name: str) -> None:
    compare_with_documents(months, name)
