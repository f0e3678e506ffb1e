"""Hostile surroundings: the right result, or a clear refusal; and the next run goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

import lakehouse.pipeline.context
from lakehouse.config.load import Config
from lakehouse.errors import LostLinesError, StorageError, UsageError
from tests.support.content import content
from tests.support.data.surveys import HEADERS, response, write_survey
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT
from tests.support.processes.disks import remount, small_disk

pytestmark = pytest.mark.long

Hostile = Callable[[Pipeline], None]


def write_files(landing: Path, *months: int) -> None:
    """Months of thirty responses each; the third corrects the first and has a line for quarantine."""
    for month in months:
        first = 100 if month == 3 else 100 * month
        rows = [response(number, cleanliness=month % 5 + 1) for number in range(first, first + 30)]
        write_survey(landing / f"survey_2025-0{month}.csv", [*rows, response(9000 + month, age=222)])


@pytest.fixture(scope="module")
def before(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Two runs, each with a month. Tests copy it."""
    pipeline = Pipeline(spark, config, tmp_path_factory.mktemp("before"))
    for month in (1, 2):
        write_files(pipeline.landing, month)
        assert pipeline.run() == 0
    return pipeline


@pytest.fixture(scope="module")
def after(before: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What an undisturbed third run leaves."""
    pipeline = before.copy_to(tmp_path_factory.mktemp("after"))
    write_files(pipeline.landing, 3)
    assert pipeline.run() == 0
    return content(pipeline)


def log_of(pipeline: Pipeline, table: str) -> Path:
    return Path(pipeline.warehouse.root, *table.split("."), "_delta_log")


def foreign_files_and_damaged_pointers(pipeline: Pipeline) -> None:
    """Files that are not Delta's, and table by table another damage to the file that says where a reader starts:
    empty, cut, wrong, gone."""
    checkpoints(pipeline)
    for number, table in enumerate(pipeline.tables.all()):
        pointer = log_of(pipeline, table.full_name) / "_last_checkpoint"
        assert pointer.exists()
        pointer.with_name("._last_checkpoint.crc").unlink(missing_ok=True)
        damages = ("", '{"version":', '{"version":99,"size":1}', None)
        damage = damages[number % len(damages)]
        if damage is None:
            pointer.unlink()
        else:
            pointer.write_text(damage, encoding="utf-8")
    for table in pipeline.tables.all():
        folder = Path(pipeline.warehouse.path(table))
        for name in (
            ".DS_Store",
            "notes (copy).txt",
            "_delta_log/.DS_Store",
            "_delta_log/00000000000000000000 (1).json",
        ):
            (folder / name).write_text("left by somebody\n", encoding="utf-8")
        (folder / "part-00000-of-somebody-else.parquet").write_bytes(b"PAR1")
    Path(pipeline.warehouse.root, "backup").mkdir()


def optimize_and_vacuum(pipeline: Pipeline) -> None:
    conf = pipeline.spark.conf
    conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
    try:
        for table in pipeline.tables.all():
            place = f"delta.`{pipeline.warehouse.path(table)}`"
            pipeline.spark.sql(f"OPTIMIZE {place}")
            pipeline.spark.sql(f"VACUUM {place} RETAIN 0 HOURS")
    finally:
        conf.unset("spark.databricks.delta.retentionDurationCheck.enabled")


def restore_one_version(*names: str) -> Hostile:
    def restore(pipeline: Pipeline) -> None:
        for table in pipeline.tables.all():
            if table.full_name in names:
                version = max(pipeline.warehouse.version(table) or 0, 1) - 1
                place = f"delta.`{pipeline.warehouse.path(table)}`"
                pipeline.spark.sql(f"RESTORE TABLE {place} TO VERSION AS OF {version}")

    return restore


def delete_rows(pipeline: Pipeline) -> None:
    place = f"delta.`{pipeline.warehouse.root}/silver/"
    pipeline.spark.sql(f"DELETE FROM {place}survey_responses` WHERE id < 110")
    pipeline.spark.sql(f"DELETE FROM {place}quarantine`")


def change_what_is_pointed_at(pipeline: Pipeline) -> None:
    place = f"delta.`{pipeline.warehouse.root}"
    pipeline.spark.sql(f"UPDATE {place}/gold/dim_passengers` SET gender = 'Female', age = 1")
    pipeline.spark.sql(f"UPDATE {place}/gold/dim_flight_details` SET class = 'Business'")
    pipeline.spark.sql(f"UPDATE {place}/gold/dim_date` SET is_weekend = NOT is_weekend")
    row = "date'1999-01-01', 1999, 1, 1, '1999-01', 1, 5, false"
    pipeline.spark.sql(f"INSERT INTO {place}/gold/dim_date` VALUES ({row})")
    pipeline.spark.sql(f"DELETE FROM {place}/silver/questionnaires`")


def checkpoints(pipeline: Pipeline) -> None:
    """Each table gets a checkpoint, which its readers start from."""
    jvm = pipeline.spark._jvm
    assert jvm is not None
    for table in pipeline.tables.all():
        path = pipeline.warehouse.path(table)
        jvm.org.apache.spark.sql.delta.DeltaLog.forTable(pipeline.spark._jsparkSession, path).checkpoint()
        jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()


@pytest.mark.parametrize(
    "happens",
    [
        pytest.param(optimize_and_vacuum, id="OPTIMIZE and VACUUM", marks=pytest.mark.faults),
        pytest.param(restore_one_version("silver.survey_responses"), id="RESTORE of silver"),
        pytest.param(
            restore_one_version("silver.quarantine", "silver.superseded"),
            id="RESTORE of quarantine",
            marks=pytest.mark.faults,
        ),
        pytest.param(
            restore_one_version(
                *("gold.fact_survey_responses", "gold.question_metrics", "gold.satisfaction_alerts", "ops.files")
            ),
            id="RESTORE of gold",
            marks=pytest.mark.faults,
        ),
        pytest.param(
            change_what_is_pointed_at,
            id="UPDATE of dimensions, DELETE of questionnaires",
            marks=pytest.mark.faults,
        ),
        pytest.param(delete_rows, id="DELETE from silver", marks=pytest.mark.faults),
        pytest.param(
            foreign_files_and_damaged_pointers, id="foreign files, damaged _last_checkpoint", marks=pytest.mark.faults
        ),
    ],
)
def test_what_somebody_does_between_runs_changes_nothing(
    before: Pipeline, after: dict[str, list[str]], tmp_path: Path, happens: Hostile
) -> None:
    pipeline = before.copy_to(tmp_path)
    happens(pipeline)
    write_files(pipeline.landing, 3)
    assert pipeline.run() == 0
    assert content(pipeline) == after
    assert pipeline.run("verify") == 0


def test_lost_lines_of_bronze_are_named_before_silver_follows(before: Pipeline, tmp_path: Path) -> None:
    pipeline = before.copy_to(tmp_path)
    restore_one_version("bronze.survey_responses_raw")(pipeline)
    lost = pipeline.landing / "survey_2025-02.csv"
    lost.rename(tmp_path / lost.name)
    silver = content(pipeline)
    with pytest.raises(LostLinesError, match=r"has lost the lines of survey_2025-02\.csv"):
        pipeline.call()
    assert content(pipeline) == silver
    # The way out that the message names.
    (tmp_path / lost.name).rename(lost)
    assert pipeline.run() == 0
    assert content(pipeline) == silver
    assert pipeline.run("verify") == 0


def test_a_damaged_checkpoint_is_named(before: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline = before.copy_to(tmp_path)
    checkpoints(pipeline)
    broken = next(log_of(pipeline, "silver.superseded").glob("*.checkpoint.parquet"))
    broken.write_bytes(b"PAR1 and nothing else")
    broken.with_name(f".{broken.name}.crc").unlink(missing_ok=True)
    capsys.readouterr()
    assert pipeline.run("verify") == 3
    assert f"silver.superseded: {broken.name} cannot be read; remove it" in capsys.readouterr().out
    # The way out that the message names.
    broken.unlink()
    write_files(pipeline.landing, 3)
    assert pipeline.run() == 0
    assert pipeline.run("verify") == 0


def test_a_full_disk_stops_the_run_in_one_line_and_the_next_one_goes_on(
    before: Pipeline, after: dict[str, list[str]], tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "64m"):
        pipeline = before.copy_to(tmp_path / "disk" / "lakehouse")
        write_files(pipeline.landing, 3)
        used = sum(file.stat().st_blocks * 512 for file in (tmp_path / "disk").rglob("*"))
        # Room for nothing, for bronze, and for some of what follows.
        for spare in (16, 120, 400):
            remount(tmp_path / "disk", f"size={used // 1024 + spare}k")
            with pytest.raises(StorageError, match=r"No space left on device. No table is half-written"):
                pipeline.call()
        remount(tmp_path / "disk", "size=64m")
        assert pipeline.run() == 0
        assert content(pipeline) == after
        assert pipeline.run("verify") == 0


def test_a_read_only_warehouse_is_refused_and_can_be_read(
    before: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(tmp_path / "disk", "64m"):
        pipeline = before.copy_to(tmp_path / "disk" / "lakehouse")
        remount(tmp_path / "disk", "ro")
        with pytest.raises(UsageError, match=r"_lock: cannot be written .*Read-only file system"):
            pipeline.call()
        capsys.readouterr()
        assert pipeline.run("sql", "SELECT count(*) AS n FROM silver.survey_responses", "--format", "json") == 0
        assert capsys.readouterr().out.strip() == '{"n": 60}'


@pytest.mark.faults
def test_a_clock_set_back_orders_nothing(
    before: Pipeline, after: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = before.copy_to(tmp_path)
    write_files(pipeline.landing, 3)

    class Earlier(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) - timedelta(days=900)

    monkeypatch.setattr(lakehouse.pipeline.context, "datetime", Earlier)
    assert pipeline.run() == 0
    assert content(pipeline) == after
    newest = pipeline.sql("SELECT run_id FROM ops.runs ORDER BY table_versions['ops.runs'] DESC")[0][0]
    assert newest < min(row[0] for row in before.sql("SELECT run_id FROM ops.runs"))
    restated = pipeline.sql("SELECT compared_with FROM ops.restatements")
    assert {row[0] for row in restated} == {before.sql("SELECT max(run_id) FROM ops.runs")[0][0]}
    assert pipeline.run("verify") == 0


@pytest.mark.parametrize(
    "surroundings",
    [
        # At midnight of 2024-09-08 the clocks of Santiago go to one: that day has no 00:00.
        {"TZ": "America/Santiago"},
        pytest.param({"TZ": "Pacific/Kiritimati"}, marks=pytest.mark.faults),
        # Where I is no capital of i.
        pytest.param(
            {"JAVA_TOOL_OPTIONS": "-Duser.language=tr -Duser.country=TR", "LC_ALL": "tr_TR.UTF-8"},
            marks=pytest.mark.faults,
        ),
    ],
)
def test_neither_time_zone_nor_language_changes_anything(
    spark: SparkSession, config: Config, tmp_path: Path, surroundings: dict[str, str]
) -> None:
    landing = tmp_path / "landing"
    days = ("2024-03-31", "2024-09-07", "2024-09-08", "2024-10-27")
    dated = [[*response(number, class_="BUSINESS"), day] for number, day in enumerate(days, start=1)]
    write_survey(landing / "by_line.csv", dated, [*HEADERS.values(), "SURVEY DATE"])
    titled = [name.upper() for name in HEADERS.values()]
    write_survey(landing / "survey_2024-09-08.csv", [response(number) for number in range(11, 20)], titled)
    calm, other = (Pipeline(spark, config, tmp_path / name) for name in ("calm", "other"))
    calm.landing = other.landing = landing
    assert calm.run() == 0
    done = subprocess.run(
        [sys.executable, "-m", "jobs.cli", *other.arguments("run")],
        cwd=ROOT,
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert content(other) == content(calm)
    assert {str(row[0]) for row in other.sql("SELECT survey_date FROM silver.survey_responses")} == set(days)
