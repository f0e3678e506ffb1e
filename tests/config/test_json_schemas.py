"""The JSON Schemas that an editor checks the YAML by: they take what ships, and refuse what the loader refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from lakehouse.config.json_schemas import json_schemas, schema_beside
from lakehouse.config.load import project_file
from lakehouse.config.survey.questions_file import (
    CategoryColumn,
    Columns,
    DateColumn,
    IdColumn,
    MeasureOwners,
    NumberColumn,
)
from lakehouse.survey.catalogue import COLUMN_TYPES, OWNABLE_MEASURES
from lakehouse.survey.drift import KINDS, POLICIES

pytestmark = pytest.mark.no_spark

OVERLAYS = ("conf/cluster.yml", "conf/databricks.yml", "conf/metastore.yml", "conf/s3.yml", "conf/test.yml")
FILES = (*json_schemas(), *OVERLAYS)
SILVER = "expectations/silver/survey_responses.yml"
GOLD = "expectations/gold/fact_survey_responses.yml"
MONTHS = "expectations/gold/satisfaction_metrics.yml"


class JsonLoader(yaml.SafeLoader):
    """YAML as an editor reads it: a date is text."""


JsonLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def text_of(file: str) -> str:
    return project_file(file).read_text(encoding="utf-8")


def named_schema(file: str) -> Path:
    """The schema that the first line of a file names."""
    begin, _, place = text_of(file).partition("\n")[0].partition("$schema=")
    assert begin == "# yaml-language-server: "
    return project_file(file).parent / place


def faults(file: str, text: str) -> list[str]:
    schema = json.loads(named_schema(file).read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    return [error.message for error in validator(schema).iter_errors(yaml.load(text, JsonLoader))]


@pytest.mark.parametrize("file", FILES)
def test_shipped_files_satisfy_the_schema_that_they_name(file: str) -> None:
    of_base = file in OVERLAYS
    assert named_schema(file) == project_file(schema_beside("conf/base.yml" if of_base else file))
    assert faults(file, text_of(file)) == []


def test_every_shipped_file_is_checked() -> None:
    shipped = {*project_file("conf").glob("*.yml"), *project_file("expectations").glob("**/*.yml")}
    assert shipped == {project_file(file) for file in FILES}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("conf/base.yml", "vacuum_hours: 168", "vacuum_hours: 24"),
        ("conf/base.yml", "warehouse: warehouse", "warehous: warehouse"),
        ("conf/base.yml", "added: warn", "added: ignore"),
        ("conf/base.yml", "response_key: [id]", "response_key: [age]"),
        ("conf/base.yml", "  spark.master:", "  master:"),
        ("conf/test.yml", "spark.driver.memory: 2g", "spark.driver.memory: [2g]"),
        ("conf/questions.yml", "weight: 1.5", "weight: 0"),
        ("conf/questions.yml", "    weight_reason: One step, before the journey\n", ""),
        ("conf/questions.yml", "valid_from: 2000-01-01", "valid_from: 2000-01-01\n    change: retire"),
        ("conf/questions.yml", "valid_from: 2000-01-01", "valid_from: 2000-01-01\n    not_applicable: [5]"),
        ("conf/questions.yml", "owners: [gate,", "owners: [Gate Team,"),
        ("conf/questions.yml", "headers: [Age]", "headers: []"),
        ("conf/alerts.yml", "direction: below", "direction: above"),
        ("conf/alerts.yml", "threshold: 0.40", "threshold: 40"),
        ("conf/alerts.yml", "  overall_satisfaction:", "  Overall Satisfaction:"),
        (SILVER, "severity: critical", "severity: fatal"),
        (SILVER, "kwargs: {value_set: $values}", "kwargs: {value_set: values}"),
        (SILVER, "expectation: unique_key", "expectation: rows_equal"),
        (SILVER, "kwargs: {min_value: 1}", "kwargs: {min_value: 1}\n    columns: [id]"),
        (GOLD, "measure: fact_equals_silver", "measure: lines_delivered"),
        (GOLD, "  value_missing:", "  Value missing:"),
        (MONTHS, "periods: 6, ", ""),
        (MONTHS, "max_days: 45", "max_days: soon"),
    ],
)
def test_a_broken_file_is_refused(file: str, old: str, new: str) -> None:
    assert old in text_of(file)
    assert faults(file, text_of(file).replace(old, new, 1)) != []


def descriptions(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """(key, its description or that of its definition)"""
    for name, definition in {**schema.get("$defs", {}), "": schema}.items():
        for key, value in definition.get("properties", {}).items():
            shared = schema["$defs"][value["$ref"].rpartition("/")[2]] if "$ref" in value else {}
            yield f"{name}.{key}", value.get("description", shared.get("description", ""))


@pytest.mark.parametrize("file", json_schemas())
def test_every_key_says_what_it_means(file: str) -> None:
    told = dict(descriptions(json_schemas()[file]))
    assert told and [key for key, text in told.items() if not text.endswith(".")] == []


def test_models_name_what_the_code_knows() -> None:
    numbers = dict.fromkeys((IdColumn, NumberColumn), "whole_number")
    kinds: dict[Any, str] = {**numbers, CategoryColumn: "category", DateColumn: "date"}
    columns = {field.alias or name: field.annotation for name, field in Columns.model_fields.items()}
    assert {name: kinds[model] for name, model in columns.items()} == dict(COLUMN_TYPES)
    assert tuple(MeasureOwners.model_fields) == OWNABLE_MEASURES
    drift = json_schemas()["conf/base.yml"]["$defs"]["DriftPolicies"]["properties"]
    assert {kind: tuple(value["enum"]) for kind, value in drift.items()} == dict.fromkeys(KINDS, POLICIES)
