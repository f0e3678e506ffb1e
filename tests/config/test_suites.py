"""The shipped rule files: expansion over the catalogue, and agreement with Great Expectations itself."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from lakehouse.config.load import project_file
from lakehouse.config.rule_arguments import Arguments
from lakehouse.config.rules_file import RULE_FILES, ColumnRule, RuleEntry
from lakehouse.config.suites import load_suites
from lakehouse.config.survey.catalogue import load_catalogue
from lakehouse.quality.suites import EXPECTATIONS, MEASURES, OnFailure, Rule, Severity, Suite
from lakehouse.survey.catalogue import Catalogue

pytestmark = pytest.mark.no_spark

SHIPPED = project_file("expectations")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(project_file("conf", "questions.yml"), {})


@pytest.fixture(scope="module")
def suites(catalogue: Catalogue) -> dict[str, Suite]:
    return dict(load_suites(SHIPPED, catalogue))


def rule(suite: Suite, rule_id: str) -> Rule:
    return next(one for one in suite.rules if one.id == rule_id)


def test_one_suite_per_gate(suites: dict[str, Suite]) -> None:
    assert {gate: (suite.table, suite.file) for gate, suite in suites.items()} == {
        "bronze": ("bronze.survey_responses_raw", "expectations/bronze/survey_responses_raw.yml"),
        "silver": ("silver.survey_responses", "expectations/silver/survey_responses.yml"),
        "gold": ("gold.fact_survey_responses", "expectations/gold/fact_survey_responses.yml"),
        "periods": ("gold.satisfaction_metrics", "expectations/gold/satisfaction_metrics.yml"),
    }
    assert all(one.why and one.owner for suite in suites.values() for one in suite.rules)


def test_groups_expand_over_the_catalogue(suites: dict[str, Suite], catalogue: Catalogue) -> None:
    silver = suites["silver"]
    numbers = ("age__unread", "flight_distance__unread", "departure_delay__unread", "arrival_delay__unread")
    ratings_unread = tuple(f"{question}__unread" for question in catalogue.question_ids)
    assert rule(silver, "not_a_number").columns == numbers + ratings_unread
    assert rule(silver, "rating_out_of_range").columns == catalogue.question_ids
    assert rule(silver, "required_missing").columns == (
        "id__given",
        "customer_type__given",
        "travel_type__given",
        "class__given",
        "departure_delay__given",
        "satisfaction__given",
    )
    assert rule(silver, "rows_present").columns == ()


def test_each_column_has_its_own_values(suites: dict[str, Suite]) -> None:
    unknown = rule(suites["silver"], "unknown_value")
    optional = rule(suites["silver"], "unknown_value_optional")
    assert unknown.columns == ("class", "travel_type", "customer_type", "satisfaction")
    assert unknown.kwargs_for("class") == {"value_set": ("Business", "Economy", "Economy Plus")}
    assert optional.kwargs_for("gender") == {"value_set": ("Female", "Male")}
    assert rule(suites["silver"], "age_out_of_range").kwargs_for("age") == {"min_value": 0, "max_value": 120}


def test_row_rules_quarantine_and_table_rules_block(suites: dict[str, Suite]) -> None:
    quarantining = {one.id for one in suites["silver"].rules if one.on_failure is OnFailure.QUARANTINE}
    assert quarantining == {
        "not_a_number",
        "id_not_a_number",
        "required_missing",
        "rating_out_of_range",
        "age_out_of_range",
        "delay_out_of_range",
        "distance_out_of_range",
        "unknown_value",
        "unknown_value_optional",
        "survey_date_unreadable",
        "survey_date_out_of_range",
    }
    critical = {
        layer: {one.id for one in suite.rules if one.severity is Severity.CRITICAL} for layer, suite in suites.items()
    }
    assert critical["bronze"] == {"rows_present", "lines_delivered", "lineage_missing"}
    assert critical["silver"] == {"rows_present"}
    assert critical["gold"] == {one.id for one in suites["gold"].rules}


def test_keys_and_limits(suites: dict[str, Suite], catalogue: Catalogue) -> None:
    malformed = rule(suites["bronze"], "malformed_share")
    assert (malformed.mostly, malformed.hold_above, malformed.hold_min_rows) == (0.95, 0.05, 100)
    assert rule(suites["silver"], "id_repeats").kwargs == {"columns": ("id",)}
    twice = load_suites(SHIPPED, catalogue, ("id", "survey_date"))["silver"]
    assert rule(twice, "id_repeats").kwargs == {"columns": ("id", "survey_date")}


def test_every_measure_is_checked(suites: dict[str, Suite]) -> None:
    for gate, measures in MEASURES.items():
        used = {one.kwargs["measure"] for one in suites[gate].rules if "measure" in one.kwargs}
        assert used == set(measures)


def test_every_known_expectation_is_in_use(suites: dict[str, Suite]) -> None:
    assert {one.expectation for suite in suites.values() for one in suite.rules} == set(EXPECTATIONS)


def test_great_expectations_takes_every_shipped_rule(suites: dict[str, Suite]) -> None:
    from great_expectations.expectations.registry import get_expectation_impl

    taken = 0
    for suite in suites.values():
        for one in suite.rules:
            if EXPECTATIONS[one.expectation].great_expectations:
                per_column = [{"column": column, **one.kwargs_for(column)} for column in one.columns]
                for kwargs in per_column or [dict(one.kwargs)]:
                    arguments: dict[str, Any] = {**kwargs, "severity": one.severity.value}
                    built = get_expectation_impl(one.expectation)(**arguments)
                    assert built.expectation_type == one.expectation
                    taken += 1
    assert taken > 60


def rule_entries() -> dict[str, set[type[RuleEntry]]]:
    """Expectation -> the models of its rules, over all rule files."""
    models: dict[str, set[type[RuleEntry]]] = {}
    for file in RULE_FILES.values():
        _, union = get_args(file.model_fields["rules"].annotation)
        for model in get_args(get_args(union)[0]):
            for name in get_args(model.model_fields["expectation"].annotation):
                models.setdefault(name, set()).add(model)
    return models


def test_every_expectation_has_a_model() -> None:
    assert {name: {issubclass(model, ColumnRule) for model in models} for name, models in rule_entries().items()} == {
        name: {kind.per_column} for name, kind in EXPECTATIONS.items()
    }


def test_known_arguments_are_those_of_great_expectations() -> None:
    from great_expectations.expectations.registry import get_expectation_impl

    for name, kind in EXPECTATIONS.items():
        if kind.great_expectations:
            arguments = get_expectation_impl(name).__fields__
            (model,) = rule_entries()[name]
            ours = model.model_fields["kwargs"].annotation
            assert isinstance(ours, type) and issubclass(ours, Arguments)
            assert {*ours.model_fields, "severity"} <= set(arguments), name
            assert ("column" in arguments) == ("mostly" in arguments) == kind.per_column, name
            demanded = {key for key, argument in arguments.items() if argument.required} - {"column"}
            assert demanded <= {key for key, field in ours.model_fields.items() if field.is_required()}, name
