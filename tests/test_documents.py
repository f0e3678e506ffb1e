"""The generated documents say what the contracts say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql.types import IntegerType, StructField, StructType

from lakehouse.config.load import Config, load_config
from lakehouse.console.app import main
from lakehouse.documents import data_dictionary, rule_catalogue
from lakehouse.errors import UsageError
from lakehouse.storage.registry import registry
from lakehouse.storage.views import View
from tests.support.places import ROOT

pytestmark = pytest.mark.no_spark


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load_config(None, None, (), {})


def test_the_shipped_documents_are_up_to_date() -> None:
    main(["docs", "--check", "--out", str(ROOT / "docs")])


def test_a_stale_document_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"rules\.md, data-dictionary\.md not up to date"):
        main(["docs", "--check", "--out", str(tmp_path)])
    main(["docs", "--out", str(tmp_path)])
    main(["docs", "--check", "--out", str(tmp_path)])
    (tmp_path / "rules.md").write_text("old", encoding="utf-8")
    with pytest.raises(UsageError, match=r"rules\.md not up to date"):
        main(["docs", "--check", "--out", str(tmp_path)])


def test_the_rules_in_the_readme_are_written_too(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# Title\n<!-- rules: begin -->\nold\n<!-- rules: end -->\nend\n", encoding="utf-8")
    main(["docs", "--out", str(tmp_path / "docs")])
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("# Title\n<!-- rules: begin -->\n\n| gate 1")
    assert text.endswith("|\n\n<!-- rules: end -->\nend\n")
    assert "| `age_out_of_range` | `age`: the value is at least 0 and at most 120 | warning | quarantine;" in text
    readme.write_text(text.replace("at most 120", "at most 150"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"README\.md not up to date"):
        main(["docs", "--check", "--out", str(tmp_path / "docs")])
    readme.write_text("# Title\n", encoding="utf-8")
    with pytest.raises(UsageError, match="the marks of section 'rules' are not there"):
        main(["docs", "--out", str(tmp_path / "docs")])


def test_every_rule_has_a_row_in_words(shipped: Config) -> None:
    text = rule_catalogue(shipped.suites.values())
    rules = [rule for suite in shipped.suites.values() for rule in suite.rules]
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(rules)
    assert all(f"| {rule.why} |" in text for rule in rules)
    assert "| `age_out_of_range` | `age` | the value is at least 0 and at most 120 | warning | quarantine;" in text
    assert "at least 95%" in text


def test_every_column_has_a_row(shipped: Config) -> None:
    tables = registry(shipped.catalogue, shipped.response_key).all()
    text = data_dictionary(tables, {"gold.v_x": View("One row per x.", "SELECT 1")})
    assert text.count("\n| `") == sum(len(table.schema) for table in tables) + 1
    assert "| `gold.v_x` | One row per x. |" in text


def test_a_column_without_a_comment_is_refused(shipped: Config) -> None:
    fact = registry(shipped.catalogue, shipped.response_key).fact
    silent = replace(fact, schema=StructType([StructField("x", IntegerType())]))
    with pytest.raises(ValueError, match=r"gold\.fact_survey_responses\.x has no comment"):
        data_dictionary([silent], {})
