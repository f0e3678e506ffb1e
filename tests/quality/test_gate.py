"""Findings to verdicts: limits, blocks, and counts that must agree."""

from __future__ import annotations

import os

import pytest

from lakehouse.config.load import Config, load_config
from lakehouse.errors import CheckError, GateBlockedError
from lakehouse.quality.gate import (
    Balance,
    FileCounts,
    GateCounts,
    Limit,
    Orphans,
    Repeats,
    ensure_passed,
    ensure_same_counts,
    file_results,
    findings_of_counts,
)
from lakehouse.quality.results import Finding, results_of

pytestmark = pytest.mark.no_spark

BALANCES = {
    name: Balance(10, 10)
    for name in ("fact_equals_silver", "long_equals_questions_asked", "passengers_per_key", "flight_details_per_key")
}
ORPHANS = {name: Orphans(10, 0) for name in ("passenger_key", "flight_details_key", "survey_date")}


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(None, None, (), os.environ)


@pytest.mark.parametrize(
    ("failed", "lines", "exceeded"),
    [(100, 1999, True), (100, 2000, False), (99, 100, False), (0, 0, False), (501, 10_000, True), (500, 10_000, False)],
)
def test_a_limit_is_a_share_and_a_number(failed: int, lines: int, exceeded: bool) -> None:
    assert Limit("rule", 0.05, 100).is_exceeded(failed, lines) is exceeded


def test_a_file_over_a_limit_is_held(config: Config) -> None:
    counts = FileCounts("sha", "a.csv")
    for name, lines in ((None, 1000), ("rule:x", 80), ("rule:y", 70), ("rule", 120), ("other:x", 5), ("other", 5)):
        counts.add(name, lines)
    limits = (Limit("rule", 0.05, 100), Limit("other", 0.05, 100))
    rule, other = file_results(config.suites["silver"], counts, limits)
    assert (rule.outcome.value, rule.failed, rule.evaluated, rule.detail) == ("held", 120, 1000, "rule:x 80, rule:y 70")
    assert (other.outcome.value, other.failed, other.file) == ("passed", 5, "a.csv")


@pytest.mark.parametrize(
    ("counts", "failed"),
    [
        (GateCounts(Repeats(10, 0), BALANCES, ORPHANS), {}),
        (GateCounts(Repeats(10, 2), BALANCES, ORPHANS), {("response_key_repeats", "response_key"): 2}),
        (
            GateCounts(Repeats(10, 0), {**BALANCES, "fact_equals_silver": Balance(10, 9)}, ORPHANS),
            {("fact_equals_silver", None): 1},
        ),
        (
            GateCounts(Repeats(10, 0), BALANCES, {**ORPHANS, "passenger_key": Orphans(10, 3)}),
            {("dimension_row_missing", "passenger_key"): 3},
        ),
    ],
)
def test_our_own_counts_become_findings(
    config: Config, counts: GateCounts, failed: dict[tuple[str, str | None], int]
) -> None:
    suite = config.suites["gold"]
    findings = findings_of_counts(suite, counts)
    assert {(one.rule.id, one.column): one.failed for one in findings if not one.success} == failed
    assert len(findings) == 8
    if failed:
        with pytest.raises(GateBlockedError, match="gate 'gold' blocked"):
            ensure_passed("gold", results_of("gold", suite, findings))
    else:
        ensure_passed("gold", results_of("gold", suite, findings))


@pytest.mark.parametrize(
    ("counts", "missing"),
    [
        (GateCounts(None, BALANCES, ORPHANS), "repeats not counted"),
        (GateCounts(Repeats(1, 0), {}, ORPHANS), "fact_equals_silver not counted"),
        (GateCounts(Repeats(1, 0), BALANCES, {}), "references of passenger_key not counted"),
    ],
)
def test_a_count_that_was_not_taken_is_no_pass(config: Config, counts: GateCounts, missing: str) -> None:
    with pytest.raises(CheckError, match=missing):
        findings_of_counts(config.suites["gold"], counts)


def test_two_counts_of_one_rule_must_agree(config: Config) -> None:
    suite = config.suites["silver"]
    (rule,) = (rule for rule in suite.rules if rule.id == "age_out_of_range")
    finding = Finding(rule, "age", 10, 2, False)
    ensure_same_counts(suite, [finding], {"age_out_of_range:age": 2})
    with pytest.raises(CheckError, match="fails 2 rows in Great Expectations but 3 as a row rule"):
        ensure_same_counts(suite, [finding], {"age_out_of_range:age": 3})


def test_only_critical_failures_block(config: Config) -> None:
    suite = config.suites["silver"]
    (warning,) = (rule for rule in suite.rules if rule.id == "id_repeats")
    ensure_passed("silver", results_of("silver", suite, [Finding(warning, "id", 10, 2, False)]))
