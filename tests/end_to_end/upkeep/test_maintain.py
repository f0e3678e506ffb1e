"""Maintenance changes no row, keeps the newest finished run readable, and may be killed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from lakehouse.errors import UsageError
from tests.support.data.surveys import response, write_survey
from tests.support.pipeline import Pipeline
from tests.support.processes.victims import victim

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def grown(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Three runs, each with a file; the last one corrects the first. Tests copy it."""
    pipeline = Pipeline(spark, config, tmp_path_factory.mktemp("grown"))
    for month, first in ((1, 1), (2, 101), (3, 1)):
        rows = [response(number, cleanliness=month) for number in range(first, first + 5)]
        write_survey(pipeline.landing / f"survey_2025-0{month}.csv", rows)
        assert pipeline.run() == 0
    return pipeline


@pytest.fixture
def pipeline(grown: Pipeline, tmp_path: Path) -> Pipeline:
    return grown.copy_to(tmp_path)


def fingerprints(pipeline: Pipeline) -> dict[str, tuple[int, int, int]]:
    names = (table.full_name for table in pipeline.tables.all())
    return pipeline.fingerprints(name for name in names if name != "ops.runs")


def data_files(pipeline: Pipeline, table: str) -> set[str]:
    return {file.name for file in Path(pipeline.warehouse.root, *table.split(".")).rglob("part-*.parquet")}


def finished(pipeline: Pipeline) -> list[str]:
    return [row[0] for row in pipeline.sql("SELECT run_id FROM ops.runs WHERE size(table_versions) > 0 ORDER BY 1")]


def line_of(table: str, text: str) -> list[str]:
    return next(line for line in text.splitlines() if line.startswith(table)).split()[1:]


def test_files_are_merged_and_old_ones_go_in_their_time(pipeline: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    bronze, before = "bronze.survey_responses_raw", fingerprints(pipeline)
    oldest, *_, newest = finished(pipeline)
    on_disk = data_files(pipeline, bronze)
    assert len(on_disk) == 3
    question = "SELECT count(cleanliness), sum(cleanliness) FROM silver.survey_responses"

    capsys.readouterr()
    assert pipeline.run("maintain", "--vacuum", "--dry-run") == 0
    files, _, *shown = line_of(bronze, capsys.readouterr().out)
    assert [files, *shown] == ["3", "3", "3", "0", "sound"]
    assert data_files(pipeline, bronze) == on_disk
    assert finished(pipeline)[-1] == newest

    assert pipeline.run("maintain") == 0
    files, _, *shown = line_of(bronze, capsys.readouterr().out)
    assert [files, *shown] == ["1", "0", "3", "sound"]
    assert fingerprints(pipeline) == before
    assert on_disk < data_files(pipeline, bronze)
    for run in (oldest, newest):
        assert pipeline.run("sql", question, "--release", run) == 0
    assert pipeline.run("maintain", "--vacuum") == 0
    assert on_disk < data_files(pipeline, bronze)

    assert pipeline.run("maintain", "--vacuum", "--retain", "0", "--force") == 0
    assert not on_disk & data_files(pipeline, bronze)
    assert fingerprints(pipeline) == before
    with pytest.raises(UsageError, match=r"silver\.survey_responses was vacuumed on 20..-..-.. ..:.. UTC, and lacks"):
        pipeline.call("sql", question, "--release", oldest)
    assert pipeline.run("sql", question, "--release", finished(pipeline)[-1]) == 0
    assert pipeline.run() == 0
    assert pipeline.run("verify", "--deep") == 0


def test_what_an_interrupted_run_changed_is_kept_for_the_newest_release(pipeline: Pipeline) -> None:
    newest = finished(pipeline)[-1]
    silver = "silver.survey_responses"
    kept = data_files(pipeline, silver)
    write_survey(pipeline.landing / "survey_2025-04.csv", [response(1, cleanliness=5)])
    with victim(pipeline, f"after {silver} 1") as run:
        run.wait_for(f"after {silver} 1")
        run.kill("group")
    assert pipeline.run("maintain", "--vacuum", "--retain", "0", "--force") == 0
    assert kept <= data_files(pipeline, silver)
    assert finished(pipeline)[-1] == newest
    assert pipeline.run("sql", f"SELECT * FROM {silver}", "--release", newest) == 0
    assert pipeline.run() == 0
    assert pipeline.run("maintain", "--vacuum", "--retain", "0", "--force") == 0
    assert not kept <= data_files(pipeline, silver)
    assert pipeline.run("verify") == 0


@pytest.mark.faults
def test_killed_while_it_merges_and_while_it_vacuums(pipeline: Pipeline) -> None:
    before, vacuum = fingerprints(pipeline), "maintain --vacuum --retain 0 --force"
    merged, vacuumed = "after bronze.survey_responses_raw 1", "after silver.survey_responses 1"
    with victim(pipeline, merged, command="maintain") as run:
        run.wait_for(merged)
        run.kill("group")
    assert pipeline.run("maintain") == 0
    # Nothing is left to merge: what is committed now are vacuums.
    with victim(pipeline, vacuumed, command=vacuum) as run:
        run.wait_for(vacuumed)
        run.kill("python")
    assert pipeline.run(vacuum, "--wait", "120") == 0
    assert fingerprints(pipeline) == before
    assert pipeline.run("verify") == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--retain", "200"),
        ("--force",),
        ("--vacuum", "--retain", "167"),
        ("--vacuum", "--retain", "-1", "--force"),
        ("--vacuum", "--retain", "a week"),
    ],
)
def test_bad_usage_starts_nothing(grown: Pipeline, arguments: tuple[str, ...]) -> None:
    before = grown.versions()
    assert grown.run("maintain", *arguments) == 2
    assert grown.versions() == before
