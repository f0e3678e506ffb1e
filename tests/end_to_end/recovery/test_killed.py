"""A run that was killed, and run again, leaves what an undisturbed run leaves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from tests.support.content import content
from tests.support.data.surveys import response, write_survey
from tests.support.pipeline import Pipeline
from tests.support.processes.victims import victim

# How a run is killed, at which point, and the options of the command.
PYTHON_AFTER_BRONZE = ("python", "after bronze.survey_responses_raw 1", ())
JVM_BEFORE_SILVER = ("jvm", "before silver.survey_responses 1", ("--wait", "120"))
BOTH_BEFORE_THE_FACT = ("group", "before gold.fact_survey_responses 1", ())


@pytest.mark.long
@pytest.mark.parametrize(
    "kills",
    [
        pytest.param((JVM_BEFORE_SILVER,), id="once"),
        pytest.param(
            (PYTHON_AFTER_BRONZE, JVM_BEFORE_SILVER, BOTH_BEFORE_THE_FACT),
            id="three times in three ways",
            marks=pytest.mark.faults,
        ),
    ],
)
def test_a_killed_run_is_finished_by_the_next(
    months: Pipeline, tmp_path: Path, kills: tuple[tuple[str, str, tuple[str, ...]], ...]
) -> None:
    pipeline = Pipeline(months.spark, months.config, tmp_path)
    shutil.copytree(months.landing, pipeline.landing, dirs_exist_ok=True)
    for way, point, options in kills:
        with victim(pipeline, point, *options) as run:
            run.wait_for(point)
            run.kill(way)
            if way == "jvm":
                assert run.ended() == 1
                assert run.said.splitlines()[-1].startswith("error: Spark ended before the run did")
    assert pipeline.run("run", "--wait", "120") == 0
    assert content(pipeline) == content(months)


@pytest.mark.long
def test_files_are_judged_as_if_the_interrupted_run_had_not_been(
    spark: SparkSession, config: Config, tmp_path: Path
) -> None:
    pipeline = Pipeline(spark, config, tmp_path / "whole")
    # 120 of March's 1,300 keys are January's: below the limit of 10 %. Of January's 300 they are 40 %.
    write_survey(pipeline.landing / "survey_2025-01.csv", [response(number) for number in range(1, 301)])
    write_survey(pipeline.landing / "survey_2025-03.csv", [response(number) for number in range(181, 1481)])
    assert pipeline.run() == 0
    expected = content(pipeline)

    # Killed after silver, before the event that admits the files.
    killed = Pipeline(spark, config, tmp_path / "killed")
    shutil.rmtree(killed.warehouse.root)
    shutil.copytree(pipeline.warehouse.root, killed.warehouse.root)
    killed.landing = pipeline.landing
    log = Path(killed.warehouse.root, "ops", "file_events", "_delta_log")
    newest = killed.warehouse.version(killed.tables.file_events)
    for file in log.glob(f"*{newest:020d}*"):
        file.unlink()
    assert killed.run() == 0
    assert {row["state"] for row in killed.read("ops.files").collect()} == {"admitted"}
    assert content(killed) == expected
