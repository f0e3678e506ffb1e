"""Rule files: what is read from a rule, and every fault named with its line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from lakehouse.config.load import project_file
from lakehouse.config.suites import load_suites
from lakehouse.config.survey.catalogue import load_catalogue
from lakehouse.errors import ConfigError
from lakehouse.quality.suites import OnFailure, Rule, Severity, Suite
from lakehouse.survey.catalogue import Catalogue
from tests.support.faults import fault_named

pytestmark = pytest.mark.no_spark


SHIPPED = project_file("expectations")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(project_file("conf", "questions.yml"), {})


def silver(tmp_path: Path, catalogue: Catalogue, rules: str) -> Suite:
    folder = tmp_path / "expectations"
    shutil.copytree(SHIPPED, folder, dirs_exist_ok=True)
    (folder / "silver" / "survey_responses.yml").write_text(f"owner: us\nrules:\n{rules}", encoding="utf-8")
    return load_suites(folder, catalogue)["silver"]


RANGE = """  age_range:
    expectation: expect_column_values_to_be_between
    columns: [age]
    kwargs: {min_value: 0, max_value: 120}
    severity: warning
    on_failure: quarantine
    why: people
"""
IN_SET = RANGE.replace("between", "in_set").replace("{min_value: 0, max_value: 120}", "{value_set: $values:class}")
TABLE = """  rows:
    expectation: expect_table_row_count_to_be_between
    kwargs: {min_value: 1}
    severity: critical
    why: rows
"""
UNIQUE = """  twice:
    expectation: unique_key
    kwargs: {columns: [id]}
    severity: warning
    why: keys
"""


def test_a_rule_is_read_as_written(tmp_path: Path, catalogue: Catalogue) -> None:
    (one,) = silver(tmp_path, catalogue, RANGE + "    owner: them\n    hold_above: 0.5\n    hold_min_rows: 7\n").rules
    assert one == Rule(
        "age_range",
        "expect_column_values_to_be_between",
        ("age",),
        {"min_value": 0, "max_value": 120},
        None,
        Severity.WARNING,
        OnFailure.QUARANTINE,
        "people",
        "them",
        0.5,
        7,
    )


@pytest.mark.parametrize(
    ("value_set", "expected"),
    [
        ("$values:class", ("Business", "Economy", "Economy Plus")),
        ("[a, 'b c']", ("a", "b c")),
        ("[true, 1]", (True, 1)),
    ],
)
def test_value_sets(tmp_path: Path, catalogue: Catalogue, value_set: str, expected: tuple[object, ...]) -> None:
    (one,) = silver(tmp_path, catalogue, IN_SET.replace("$values:class", value_set)).rules
    assert one.kwargs_for("age") == {"value_set": expected}


@pytest.mark.parametrize(
    ("rules", "old", "new", "line", "message"),
    [
        (RANGE, "be_between", "be_betwen", 4, "Did you mean 'expect_column_values_to_be_between'?"),
        (RANGE, "max_value", "max_vlue", 6, "unknown key 'max_vlue'. Did you mean 'max_value'?"),
        (RANGE, "[age]", "[age, gender]", 5, "'gender' holds no number that could be compared. Use a set of values"),
        (RANGE, "[age]", "[$ratings_unread]", 5, "holds no number"),
        (RANGE, "{min_value: 0, max_value: 120}", "{}", 3, "missing in kwargs: min_value or max_value"),
        (RANGE, "    kwargs: {min_value: 0, max_value: 120}\n", "", 3, "missing in kwargs: min_value or max_value"),
        (RANGE, "min_value: 0", "min_value: 200", 6, "200 is above max_value 120: nothing would pass"),
        (RANGE, "min_value: 0", "min_value: zero", 6, "expected a number, found 'zero'"),
        (RANGE, "warning", "warn", 7, "'warn' is not known. Did you mean 'warning'?"),
        (RANGE, "warning", "critical", 7, "critical blocks the run, quarantine removes the row"),
        (RANGE, "quarantine", "drop", 8, "'drop' is not known"),
        (RANGE, "    why: people\n", "", 3, "missing: why"),
        (RANGE, "people", "''", 9, "why: must not be empty"),
        (RANGE, "    why", "    mostly: 0.9\n    why", 9, "a rule that quarantines judges every row"),
        (RANGE, "    why", "    hold_above: 5\n    why", 9, "must be a share between 0 and 1, found 5"),
        (RANGE, "    why", "    hold_min_rows: 0\n    why", 9, "expected a whole number of at least 1"),
        (RANGE, "quarantine", "keep\n    hold_above: 0.2", 9, "sets no line aside, so no file is held"),
        (RANGE, "quarantine", "keep\n    mostly: 1.5", 9, "must be a share between 0 and 1, found 1.5"),
        (RANGE, "    columns: [age]\n", "", 3, "missing: columns"),
        (RANGE, "[age]", "[aeg]", 5, "'aeg' is no column of this layer. Did you mean 'age'?"),
        (RANGE, "[age]", "[$rating]", 5, "Did you mean '$ratings'?"),
        (RANGE, "[age]", "[passenger_exists]", 5, "is no column of this layer"),
        (RANGE, "[age]", "[gate_location, $ratings]", 5, "names a column twice"),
        (RANGE, "age_range:", "Age-Range:", 3, "'Age-Range' is no rule id"),
        (RANGE, "age_range:", "age_range: {}\n  age_range:", 4, "key 'age_range' is already used in line 3"),
        (IN_SET, "{value_set: $values:class}", "{}", 6, "missing: value_set"),
        (IN_SET, "$values:class", "$values:clas", 6, "lists no values for 'clas'. Did you mean 'class'?"),
        (IN_SET, "$values:class", "$values", 6, "lists no values for 'age'"),
        (IN_SET, "$values:class", "Business", 6, "'Business' is not known. Use a list"),
        (IN_SET, "$values:class", "[]", 6, "found an empty list"),
        (TABLE, "    why", "    columns: [age]\n    why", 7, "judges the whole table. Remove the key"),
        (TABLE, "    why", "    mostly: 0.9\n    why", 7, "a rule on the whole table has no share"),
        (TABLE, "critical", "warning\n    on_failure: quarantine", 7, "has no row to quarantine"),
        (TABLE, "min_value: 1", "min_value: 1.5", 5, "expected a whole number"),
        (UNIQUE, "[id]", "[idd]", 5, "'idd' is no column of this layer"),
        (UNIQUE, "    kwargs: {columns: [id]}\n", "", 3, "missing: kwargs with columns. Add the key(s) here."),
        (UNIQUE, "unique_key", "rows_equal", 4, "'rows_equal' is not known"),
        (UNIQUE, "unique_key", "near_usual", 4, "'near_usual' is not known"),
    ],
)
def test_faults_are_named(
    tmp_path: Path, catalogue: Catalogue, rules: str, old: str, new: str, line: int, message: str
) -> None:
    assert old in rules
    with fault_named("survey_responses.yml", line, message):
        silver(tmp_path, catalogue, rules.replace(old, new, 1))


def test_an_empty_suite_is_refused(tmp_path: Path, catalogue: Catalogue) -> None:
    with pytest.raises(ConfigError, match="2: rules: at least one rule is needed"):
        silver(tmp_path, catalogue, "  {}\n")


def test_only_silver_quarantines(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = tmp_path / "expectations"
    shutil.copytree(SHIPPED, folder)
    gold = folder / "gold" / "fact_survey_responses.yml"
    gold.write_text(f"owner: us\nrules:\n{RANGE}", encoding="utf-8")
    with pytest.raises(ConfigError, match="only silver's rules quarantine rows"):
        load_suites(folder, catalogue)


def test_missing_and_stray_files_are_named(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = tmp_path / "expectations"
    shutil.copytree(SHIPPED, folder)
    shutil.move(folder / "silver" / "survey_responses.yml", folder / "silver" / "responses.yml")
    with pytest.raises(ConfigError, match=re.escape("silver/responses.yml: no table reads this rule file")):
        load_suites(folder, catalogue)
    (folder / "silver" / "responses.yml").unlink()
    with pytest.raises(ConfigError, match=r"survey_responses\.yml: cannot be read"):
        load_suites(folder, catalogue)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("severity: warning", "severity: critical", 12, "nothing can be blocked: use warning or info"),
        ("measure: responses", "measure: fact_equals_silver", 11, "'fact_equals_silver' is not known"),
        (", min_ratio: 0.5, max_ratio: 2", "", 9, "missing in kwargs: min_ratio or max_ratio or max_difference"),
        ("periods: 6, ", "", 11, "missing: periods"),
        ("periods: 6", "periods: 0", 11, "expected a whole number of at least 1"),
        ("near_usual\n", "expect_table_row_count_to_be_between\n", 10, "is not known"),
    ],
)
def test_faults_in_rules_on_months_are_named(
    tmp_path: Path, catalogue: Catalogue, old: str, new: str, line: int, message: str
) -> None:
    folder = tmp_path / "expectations"
    shutil.copytree(SHIPPED, folder)
    file = folder / "gold" / "satisfaction_metrics.yml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with fault_named(file.name, line, message):
        load_suites(folder, catalogue)
