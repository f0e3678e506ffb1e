"""Every file below a landing place is accounted for, and no file gets a date that nobody gave it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from lakehouse.config.load import Config
from tests.support.data.surveys import response, write_survey
from tests.support.pipeline import Pipeline
from tests.support.places import TEST_CONF

EXPORT, BETWEEN = "export.csv", "from_2025-02_to_2025-03.csv"


@pytest.fixture(scope="module")
def waiting(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """An older warehouse, into which two files came without a date, beside files of all kinds."""
    pipeline = Pipeline(spark, config, tmp_path_factory.mktemp("waiting"))
    older = replace(pipeline.tables.files, schema=StructType(pipeline.tables.files.schema.fields[:-1]), comment="Files")
    shutil.rmtree(Path(pipeline.warehouse.path(older)))
    pipeline.warehouse.create_missing([older])
    landing = pipeline.landing
    write_survey(landing / "2025" / "01" / "_survey.csv", [response(number) for number in range(1, 6)])
    write_survey(landing / EXPORT, [response(number) for number in range(11, 15)])
    write_survey(landing / BETWEEN, [response(number) for number in range(21, 24)])
    for name in ("report.pdf", "2025/notes", "late.csv.part", ".hidden/a.csv"):
        write_survey(landing / name, [])
    assert pipeline.run() == 3
    return pipeline


def states(pipeline: Pipeline) -> dict[str, str]:
    return {row["file"]: row["state"] for row in pipeline.read("ops.files").collect()}


def sha(pipeline: Pipeline, file: str) -> str:
    (row,) = pipeline.read("ops.files").where(f"file = '{file}'").collect()
    return str(row["sha256"])


def months(pipeline: Pipeline) -> dict[tuple[str, str, str], int]:
    """Lines in silver by month, and source and precision of their date."""
    by = ("survey_month", "survey_date_source", "survey_date_precision")
    rows = pipeline.read("silver.survey_responses").groupBy(*by).count().collect()
    return {(row[0], row[1], row[2]): row["count"] for row in rows}


JANUARY = {("2025-01", "path", "month"): 5}


def test_every_file_is_listed_once_with_what_became_of_it(
    waiting: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert states(waiting) == {
        "2025/01/_survey.csv": "admitted",
        EXPORT: "held",
        BETWEEN: "held",
        "report.pdf": "ignored",
        "2025/notes": "ignored",
    }
    assert months(waiting) == JANUARY
    capsys.readouterr()
    events = waiting.read("ops.file_events").count()
    assert waiting.run() == 0
    assert waiting.read("ops.file_events").count() == events
    shown = capsys.readouterr()
    assert "ignored:" not in shown.err
    assert "report.pdf                   ignored  no survey file by its name: .csv, .tsv, .txt" in shown.out


def test_an_older_table_has_its_contract_with_the_next_run(waiting: Pipeline) -> None:
    assert waiting.warehouse.contract_differences(waiting.tables.files) == []
    assert {row["dialect"] for row in waiting.read("ops.files").collect()} == {None}


def test_a_file_without_a_date_waits_and_its_reason_names_the_ways_out(waiting: Pipeline) -> None:
    lines = waiting.read("bronze.survey_responses_raw").where("_survey_date is null")
    found = lines.groupBy("_source_file", "_survey_date_source", "_survey_date_precision").count().collect()
    assert sorted(map(tuple, found)) == [(EXPORT, "none", "none", 4), (BETWEEN, "none", "none", 3)]
    reasons = {row["file"]: row["reason"] for row in waiting.read("ops.files").where("state = 'held'").collect()}
    assert "its name has two dates, 2025-02 and 2025-03. Run again with --survey-date" in reasons[BETWEEN]
    for way_out in (f"files redate {sha(waiting, EXPORT)[:12]} --to", "2025/02/", "undated: today in conf/base.yml"):
        assert way_out in reasons[EXPORT]
    (check,) = waiting.read("ops.check_results").where(f"rule = 'survey_date_missing' AND file = '{EXPORT}'").collect()
    assert (check["outcome"], check["failed"]) == ("held", 4)


@pytest.mark.long
def test_nobody_can_accept_it_but_a_date_lets_it_in(
    waiting: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = waiting.copy_to(tmp_path)
    with pytest.raises(Exception, match=r"belong to no month: nobody can accept that\. `lakehouse files redate"):
        pipeline.call("files accept", sha(pipeline, EXPORT), "--reason", "x")
    assert pipeline.run("files redate", sha(pipeline, EXPORT), "--to", "2025-02-14", "--reason", "said so") == 0
    assert states(pipeline)[EXPORT] == "admitted"
    assert months(pipeline) == JANUARY | {("2025-02", "argument", "day"): 4}
    # The other by the option: plan says what run does, and then nothing waits; what is ignored does not count.
    capsys.readouterr()
    assert pipeline.run("plan", "--survey-date", "2025-03-31") == 0
    planned = capsys.readouterr().out
    assert f"{BETWEEN}, in bronze without a date: survey date 2025-03-31 from --survey-date" in planned
    assert "a decision about a file is newer. 0 line(s) in quarantine are judged again; 1 file(s) in bronze" in planned
    assert pipeline.run("run", "--survey-date", "2025-03-31", "--strict") == 0
    assert months(pipeline) == JANUARY | {("2025-02", "argument", "day"): 4, ("2025-03", "argument", "day"): 3}
    before = pipeline.versions()
    assert pipeline.run("run", "--survey-date", "2025-04-30") == 0
    assert pipeline.versions() == before
    assert pipeline.run("verify", "--deep") == 0


@pytest.mark.faults
def test_a_dated_name_or_the_setting_lets_it_in(waiting: Pipeline, tmp_path: Path) -> None:
    pipeline = waiting.copy_to(tmp_path)
    (pipeline.landing / EXPORT).rename(pipeline.landing / "export_2025-02.csv")
    (pipeline.landing / "report.pdf").rename(pipeline.landing / "report.doc")
    overlay = tmp_path / "conf.yml"
    settings = 'undated: today\nset_aside: ["*.pdf", ".*", "*.part", notes]\n'
    overlay.write_text(Path(TEST_CONF).read_text(encoding="utf-8") + settings, encoding="utf-8")
    assert pipeline.run("run", "--conf", str(overlay)) == 0
    today = f"{datetime.now(timezone.utc):%Y-%m}"
    assert months(pipeline) == JANUARY | {("2025-02", "argument", "month"): 4, (today, "argument", "day"): 3}
    assert states(pipeline) == {
        "2025/01/_survey.csv": "admitted",
        EXPORT: "admitted",
        BETWEEN: "admitted",
        "report.doc": "ignored",
    }
