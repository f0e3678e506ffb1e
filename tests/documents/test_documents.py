"""The generated documents say what the contracts say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql.types import IntegerType, StructField, StructType

from lakehouse.config.json_schemas import json_schemas
from lakehouse.config.load import Config, load_config
from lakehouse.console.app import main
from lakehouse.documents.configuration import configuration_reference
from lakehouse.documents.data_dictionary import data_dictionary
from lakehouse.documents.rules import rule_catalogue
from lakehouse.errors import UsageError
from lakehouse.storage.tables.registry import registry
from lakehouse.storage.tables.views import View, views
from tests.support.places import ROOT

pytestmark = pytest.mark.no_spark


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load_config(None, None, (), {})


def test_the_shipped_documents_are_up_to_date() -> None:
    main(["docs", "--check", "--out", str(ROOT / "docs")])


def test_a_stale_document_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"rules\.md, data-dictionary\.md, configuration\.md not up to date"):
        main(["docs", "--check", "--out", str(tmp_path)])
    main(["docs", "--out", str(tmp_path)])
    main(["docs", "--check", "--out", str(tmp_path)])
    (tmp_path / "rules.md").write_text("old", encoding="utf-8")
    with pytest.raises(UsageError, match=r"rules\.md not up to date"):
        main(["docs", "--check", "--out", str(tmp_path)])


def test_a_schema_is_written_beside_each_file_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "alerts.yml").write_text("rules: {}\n", encoding="utf-8")
    main(["docs", "--out", str(tmp_path / "docs")])
    main(["docs", "--check", "--out", str(tmp_path / "docs")])
    written = tmp_path / "conf" / "alerts.schema.json"
    assert [path.name for path in (tmp_path / "conf").iterdir() if path != written] == ["alerts.yml"]
    assert written.read_bytes() == (ROOT / "conf" / "alerts.schema.json").read_bytes()
    written.write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"alerts\.schema\.json not up to date"):
        main(["docs", "--check", "--out", str(tmp_path / "docs")])


def test_every_key_has_a_row_with_its_meaning() -> None:
    text = configuration_reference(json_schemas())
    sections = dict(section.split("\n", 1) for section in text.split("\n## ")[1:])
    assert list(sections) == list(json_schemas())
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| `")]
    assert all(len(row) == 4 and all(cell.strip("| ") for cell in row) for row in rows)
    assert "| `vacuum_hours` | whole number | `168` | Hours for which" in sections["conf/base.yml"]
    assert "| `spark` | keys | as in the file |" in sections["conf/base.yml"]
    assert "| `columns.arrival_delay` | keys, as for `columns.age` | needed |" in sections["conf/questions.yml"]
    kinds = [line for line in sections["conf/questions.yml"].splitlines() if line.startswith("### ")]
    assert kinds == ["### A version of a question", "### The end of a question"]
    common, _, of_target = sections["conf/alerts.yml"].partition("### A target")
    assert "| `rules.<name>.min_answers` | whole number | `100` |" in common
    assert "| `rules.<name>.questions.<name>.value` | number | needed |" in of_target
    months = sections["expectations/gold/satisfaction_metrics.yml"]
    assert "| `rules.<name>.kwargs.max_days` | whole number | needed |" in months


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
    text = data_dictionary(tables, {"gold.v_x": View("One row per x.", "SELECT 1 AS n", {"n": "One"})})
    assert text.count("\n| `") == sum(len(table.schema) for table in tables) + 2
    assert "| `gold.v_x` | One row per x. |" in text
    assert text.endswith("### gold.v_x\n\n| column | meaning |\n| --- | --- |\n| `n` | One |\n")


def test_columns_of_views_stand_once(shipped: Config) -> None:
    text = data_dictionary((), views(shipped.catalogue))
    listed = [line.removeprefix("### ") for line in text.splitlines() if line.startswith("### ")]
    assert [name for name in listed if "alerts" in name] == ["gold.v_satisfaction_alerts"]
    assert "| `handling` | What people decided: new, acknowledged or resolved |" in text


def test_a_column_without_a_comment_is_refused(shipped: Config) -> None:
    fact = registry(shipped.catalogue, shipped.response_key).fact
    silent = replace(fact, schema=StructType([StructField("x", IntegerType())]))
    with pytest.raises(ValueError, match=r"gold\.fact_survey_responses\.x has no comment"):
        data_dictionary([silent], {})
