"""What a catalog is told about tables, views and keys, as text."""

from __future__ import annotations

import re

import pytest

from lakehouse.config.load import Config, load_config
from lakehouse.storage.tables.catalog import create_view, metastore_statements, unity_statements
from lakehouse.storage.tables.registry import registry
from lakehouse.storage.tables.views import View, views

pytestmark = pytest.mark.no_spark


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load_config(None, None, (), {})


@pytest.fixture(scope="module")
def for_unity(shipped: Config) -> list[str]:
    tables = registry(shipped.catalogue, shipped.response_key).all()
    return list(unity_statements("airline", tables, views(shipped.catalogue), "s3://bucket/warehouse"))


def test_a_view_is_told_with_its_comments() -> None:
    view = View("One row per day.", "SELECT day, n FROM gold.x", {"day": "The day", "n": "How many of 'them'"})
    assert " ".join(create_view("gold.v_x", view).split()) == (
        r"CREATE OR REPLACE VIEW gold.v_x ( `day` COMMENT 'The day', `n` COMMENT 'How many of \'them\'' ) "
        "COMMENT 'One row per day.' AS SELECT day, n FROM gold.x"
    )


def test_a_metastore_is_told_schemas_then_tables_then_views(shipped: Config) -> None:
    tables, named = registry(shipped.catalogue, shipped.response_key).all(), views(shipped.catalogue)
    statements = list(metastore_statements(tables, named, "/data/warehouse"))
    assert [statement.split()[1] for statement in statements] == [
        *["SCHEMA"] * 4,
        *["TABLE"] * len(tables),
        *["OR"] * len(named),
    ]
    assert (
        "CREATE TABLE IF NOT EXISTS gold.dim_date USING DELTA COMMENT 'One row per day of a surveyed month.' "
        "LOCATION '/data/warehouse/gold/dim_date'"
    ) in statements


def test_views_name_tables_and_no_paths(shipped: Config) -> None:
    known = {table.full_name for table in registry(shipped.catalogue, shipped.response_key).all()}
    for name, view in views(shipped.catalogue).items():
        sources = set(re.findall(r"\b(?:FROM|JOIN)\s+([\w.]+\.\w+)", view.query))
        assert sources, name
        assert sources <= known | views(shipped.catalogue).keys(), name
        assert "delta.`" not in view.query


def test_every_column_of_a_view_has_a_comment(shipped: Config) -> None:
    for name, view in views(shipped.catalogue).items():
        assert all(comment.strip() for comment in view.columns.values()), name


def test_unity_catalog_is_told_in_its_catalog(for_unity: list[str]) -> None:
    assert for_unity[:2] == ["USE CATALOG `airline`", "CREATE SCHEMA IF NOT EXISTS bronze"]
    at = for_unity.index("MSCK REPAIR TABLE gold.dim_date SYNC METADATA")
    assert for_unity[at - 1].endswith("LOCATION 's3://bucket/warehouse/gold/dim_date'")


def added(statements: list[str]) -> list[str]:
    """The constraints that are added, without their names."""
    return [
        re.sub(r"ALTER TABLE (\S+) ADD CONSTRAINT \w+ ", r"\1: ", one)
        for one in statements
        if " ADD CONSTRAINT " in one
    ]


def test_unity_catalog_is_told_the_keys(for_unity: list[str]) -> None:
    constraints = added(for_unity)
    assert "gold.fact_survey_responses: PRIMARY KEY (response_key)" in constraints
    assert "gold.dim_service_ratings: PRIMARY KEY (response_key, question_key)" in constraints
    assert [one for one in constraints if "FOREIGN" in one] == [
        "gold.fact_survey_responses: FOREIGN KEY (passenger_key) REFERENCES gold.dim_passengers (passenger_key)",
        "gold.fact_survey_responses: FOREIGN KEY (flight_details_key) REFERENCES gold.dim_flight_details "
        "(flight_details_key)",
        "gold.fact_survey_responses: FOREIGN KEY (survey_date) REFERENCES gold.dim_date (date)",
        "gold.dim_service_ratings: FOREIGN KEY (response_key) REFERENCES gold.fact_survey_responses (response_key)",
        "gold.dim_service_ratings: FOREIGN KEY (question_key) REFERENCES gold.dim_questions (question_key)",
    ]


def test_no_primary_key_has_a_column_that_may_be_null(for_unity: list[str]) -> None:
    assert not any(one.startswith("ops.files: PRIMARY") for one in added(for_unity))


def test_every_key_is_dropped_before_it_is_added_and_primary_ones_come_first(for_unity: list[str]) -> None:
    keys = [one for one in for_unity if " CONSTRAINT " in one]
    for drop, add in zip(keys[::2], keys[1::2], strict=True):
        name = add.split(" ADD CONSTRAINT ")[1].split()[0]
        assert drop == f"{add.split(' ADD ')[0]} DROP CONSTRAINT IF EXISTS {name} CASCADE"
    kinds = ["FOREIGN" in one for one in keys[1::2]]
    assert kinds == sorted(kinds)
    names = [one.split(" ADD CONSTRAINT ")[1].split()[0] for one in keys[1::2]]
    assert len(set(names)) == len(names)
