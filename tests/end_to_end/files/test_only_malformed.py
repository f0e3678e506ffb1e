"""A file of which no line has the header's shape is held; without that rule it is quarantined like any other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from tests.support.data.surveys import response, write_survey
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT, TEST_CONF


def without_rule(root: Path, rule: str, next_rule: str) -> Path:
    """A configuration whose rule file of silver lacks a rule."""
    shutil.copytree(ROOT / "expectations", root / "expectations")
    rules = root / "expectations" / "silver" / "survey_responses.yml"
    before, _, after = rules.read_text(encoding="utf-8").partition(f"  {rule}:\n")
    rules.write_text(before + f"  {next_rule}:\n" + after.partition(f"  {next_rule}:\n")[2], encoding="utf-8")
    overlay = root / "without.yml"
    settings = Path(TEST_CONF).read_text(encoding="utf-8")
    overlay.write_text(f"{settings}\nexpectations: {root / 'expectations'}\n", encoding="utf-8")
    return overlay


@pytest.mark.long
def test_two_malformed_lines(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    write_survey(pipeline.landing / "survey_2025-01.csv", [response(1)[:-3], response(2)[:-2]])
    assert pipeline.run() == 3
    (file,) = pipeline.read("ops.files").collect()
    assert (file["state"], file["waiting"]) == ("held", 2)
    assert file["reason"].startswith("no record passes: malformed fails 2 of 2 lines. ")

    conf = str(without_rule(tmp_path, "few_records_pass", "id_repeats"))
    assert pipeline.run("run", "--conf", conf) == 0
    rows = pipeline.read("silver.quarantine").collect()
    assert sorted((row["_source_row"], row["reasons"]) for row in rows) == [(1, ["malformed"]), (2, ["malformed"])]
    assert pipeline.read("silver.survey_responses").count() == 0
    before = pipeline.versions()
    assert pipeline.run("run", "--conf", conf) == 0
    assert pipeline.versions() == before
