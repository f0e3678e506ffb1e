"""Checks of a delivered file as a whole."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config, load_config
from lakehouse.ledger.drift import FileDrift
from lakehouse.ledger.files import BronzeFile
from lakehouse.quality.file_checks import (
    column_checks,
    file_counts,
    limits_of,
    nothing_passes,
    other_months_check,
    passing_check,
    required_columns_check,
    way_out,
    why_few_pass,
    why_other_months,
    why_over_limit,
)
from lakehouse.quality.gate import FileCounts, file_results
from lakehouse.storage.frames import frame_of
from lakehouse.survey.drift import Drift, DriftKind

FILE = BronzeFile("sha", "a.csv", 1000, "ID", 1, 1000, date(2025, 1, 1))


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load_config(None, None, (), os.environ)


def differs(kind: DriftKind, column: str) -> FileDrift:
    return FileDrift(FILE, Drift(kind, column, None, f"{column} is {kind}", ""), "warn")


def test_counts_by_file(spark: SparkSession) -> None:
    rows = [
        ("a", "a.csv", None, 10),
        ("a", "a.csv", "*", 4),
        ("a", "a.csv", "rule:x", 3),
        ("a", "a.csv", "rule", 3),
        ("b", "b.csv", None, 5),
    ]
    frame = frame_of(spark, rows, "_source_sha256 string, _source_file string, reason string, lines bigint")
    assert file_counts(frame) == {
        "a": FileCounts("a", "a.csv", 10, {"rule:x": 3}, {"rule": 3}, 4),
        "b": FileCounts("b", "b.csv", 5),
    }


@pytest.mark.no_spark
def test_a_missing_column_that_is_required_holds_whatever_the_policy(shipped: Config) -> None:
    required = shipped.catalogue.required
    drift = [differs("missing", "class"), differs("added", "remark")]
    found = required_columns_check(FILE, drift, required, "silver.t")
    assert (found.rule, found.column, found.outcome.value) == ("required_column_missing", "class", "held")
    assert (found.failed, found.evaluated) == (1000, 1000)
    assert required_columns_check(FILE, drift[1:], required, "silver.t").outcome.value == "passed"


@pytest.mark.no_spark
@pytest.mark.parametrize(("policy", "outcome"), [("warn", "failed"), ("hold", "held")])
def test_other_columns_follow_their_policy(shipped: Config, policy: str, outcome: str) -> None:
    policies = {**shipped.drift, "added": policy}
    drift = [differs("added", "remark"), differs("added", "note"), differs("missing", "class")]
    found = {one.rule: one for one in column_checks(FILE, drift, shipped.catalogue.required, policies, "silver.t")}
    added = found["column_added"]
    assert (added.column, added.outcome.value, added.detail) == (
        "remark, note",
        outcome,
        "remark is added; note is added",
    )
    # The required one has a check of its own.
    assert found["column_missing"].outcome.value == "passed"


@pytest.mark.no_spark
@pytest.mark.parametrize(
    ("lines", "rejected", "outcome", "is_hopeless"),
    [
        (1, 1, "held", True),
        (40, 40, "held", True),
        (40, 21, "held", False),
        (40, 20, "passed", False),
        (10, 6, "held", False),
        # Under ten records a few slips make a half.
        (9, 8, "passed", False),
        (0, 0, "passed", False),
    ],
)
def test_few_records_pass(shipped: Config, lines: int, rejected: int, outcome: str, is_hopeless: bool) -> None:
    (rule,) = (rule for rule in shipped.suites["silver"].rules if rule.expectation == "records_pass")
    counts = FileCounts("sha", "a.csv", lines, {"age:age": rejected}, {"age": rejected}, rejected)
    found = passing_check(rule, FILE, counts, "silver.t")
    assert (found.outcome.value, found.evaluated, found.failed) == (outcome, lines, rejected)
    assert nothing_passes(found) is is_hopeless
    accept = "files accept sha --reason" in why_few_pass(found)
    assert accept is not is_hopeless


@pytest.mark.no_spark
def test_the_cause_that_most_lines_share(shipped: Config) -> None:
    suite = shipped.suites["silver"]
    (rule,) = (rule for rule in suite.rules if rule.expectation == "records_pass")
    reasons = {
        "not_a_number:a": 40,
        "not_a_number:b": 39,
        "not_a_number:c": 40,
        "not_a_number:d": 1,
        "unknown_value:class": 9,
    }
    counts = FileCounts("sha", "a.csv", 40, reasons, {"not_a_number": 40, "unknown_value": 9}, 40)
    found = passing_check(rule, FILE, counts, "silver.t")
    assert found.detail == "not_a_number fails 40 of 40 lines in a, c, b and 1 more"
    assert counts.main_rule == "not_a_number"


@pytest.mark.no_spark
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("malformed", "shape of the header"),
        ("survey_date_out_of_range", "files redate sha --to DATE"),
        ("unknown_value", "class is unknown_value"),
        ("age_out_of_range", "by the rule in expectations/silver/survey_responses.yml"),
    ],
)
def test_the_way_out_of_each_cause(shipped: Config, rule: str, expected: str) -> None:
    suite = shipped.suites["silver"]
    check = other_months_check(suite.rules[0], FILE, 1, 1, ("id",), "silver.t")
    drift = [differs("unknown_value", "class").drift, differs("added", "class").drift]
    assert expected in way_out(suite, check, rule, drift)


@pytest.mark.no_spark
@pytest.mark.parametrize(
    ("keys", "known", "outcome"),
    [(1000, 100, "passed"), (1000, 101, "held"), (500, 99, "passed"), (500, 100, "held"), (0, 0, "passed")],
)
def test_keys_of_other_months(shipped: Config, keys: int, known: int, outcome: str) -> None:
    (rule,) = (rule for rule in shipped.suites["silver"].rules if rule.expectation == "keys_of_one_month")
    found = other_months_check(rule, FILE, keys, known, ("id",), "silver.t")
    assert (found.outcome.value, found.evaluated, found.failed, found.column) == (outcome, keys, known, "id")
    assert "files accept 0123456789ab " in why_other_months(found, "0123456789abcdef")


@pytest.mark.no_spark
def test_every_rule_that_rejects_lines_has_a_limit_malformed_ones_included(shipped: Config) -> None:
    limits = {limit.rule: limit for limit in limits_of(shipped.suites)}
    assert {"malformed", "age_out_of_range", "required_missing"} <= limits.keys()
    counts = FileCounts("sha", "a.csv", 1000, {}, {"malformed": 400})
    (over,) = (one for one in file_results(shipped.suites["silver"], counts, [limits["malformed"]]))
    limit = limits["malformed"].hold_above
    assert why_over_limit(over) == f"malformed fails 400 of 1000 lines (40.0%, limit {limit:.0%})"
    assert why_over_limit(replace(over, evaluated=0, failed=0)).startswith("malformed fails 0 of 0 lines (0.0%")
