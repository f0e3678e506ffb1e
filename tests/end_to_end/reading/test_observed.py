"""A run as whoever watches it sees it: its log as JSON, and the lineage of its stages."""

from __future__ import annotations

import json
import re
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lakehouse.config.load import Config
from lakehouse.storage.history import written_since
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT, TEST_CONF
from tests.support.processes.endpoints import answering, dead, hanging

STAGES = ["bronze", "silver", "gold", "alerts", "balance"]
KEYS = {"at", "run", "message", "level", "event", "stage", "seconds", "counts", "exit_code"}
# Where the code of a stage is, below lakehouse/pipeline.
CODE_OF = {
    "bronze": ("stages/bronze.py",),
    "silver": ("stages/silver.py", "stages/silver_write.py", "stages/file_limits.py"),
    "gold": ("stages/gold.py", "stages/dimensions.py"),
    "alerts": ("stages/alerts.py",),
    "balance": ("closing.py",),
}


def overlay(pipeline: Pipeline, lineage: str) -> str:
    """A configuration for tests that also sends lineage events."""
    path = pipeline.root / "lineage.yml"
    path.write_text(f"{Path(TEST_CONF).read_text(encoding='utf-8')}\nlineage: {lineage}\n", encoding="utf-8")
    return str(path)


def run(pipeline: Pipeline, command: str = "run", *options: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit code of a command, and its log."""
    with redirect_stderr(StringIO()) as log:
        code = pipeline.run(command, "--log-format", "json", *options)
    return code, [json.loads(line) for line in log.getvalue().splitlines()]


def tables(event: dict[str, Any], side: str) -> set[str]:
    """Names of the tables that a stage reads (`inputs`) or writes (`outputs`)."""
    return {".".join(one["name"].split("/")[-2:]) for one in event[side] if "/warehouse/" in one["name"]}


def tables_in_code_of(stage: str, pipeline: Pipeline) -> set[str]:
    """Names of the tables that the code of a stage mentions."""
    named = {name: table.full_name for name, table in vars(pipeline.tables).items()}
    code = "".join((ROOT / "lakehouse" / "pipeline" / file).read_text(encoding="utf-8") for file in CODE_OF[stage])
    return {named[name] for name in re.findall(r"\btables\.(\w+)", code) if name in named}


@pytest.fixture(scope="module")
def loaded(months: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A warehouse of its own, whose tables are those of three months."""
    return months.copy_to(tmp_path_factory.mktemp("observed"))


def test_a_run_in_json_and_its_lineage(tmp_path: Path, spark: SparkSession, config: Config, months: Pipeline) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    pipeline.conf = overlay(pipeline, f"{{transport: file, file: '{tmp_path}/events.jsonl'}}")
    (file,) = sorted(months.landing.glob("*.csv"))[:1]
    (pipeline.landing / file.name).write_bytes(file.read_bytes())
    before = {table.full_name: pipeline.warehouse.version(table) for table in pipeline.tables.all()}
    code, lines = run(pipeline)
    assert code == 0
    rows = pipeline.sql("SELECT run_id, command FROM ops.runs")
    assert [set(line) for line in lines] == [KEYS] * len(lines)
    assert {line["run"] for line in lines} == {row["run_id"] for row in rows}
    finished = {line["stage"]: line for line in lines if line["event"] == "stage_finished"}
    assert list(finished) == ["starting Spark", *STAGES]
    assert all(line["seconds"] > 0 for line in finished.values())
    balance = lines[-1]["counts"]
    assert (lines[-1]["event"], lines[-1]["exit_code"]) == ("run_finished", 0)
    assert balance["lines"] == balance["in_silver"] + balance["superseded"] + balance["quarantined"] > 0
    assert finished["bronze"]["counts"]["bronze.survey_responses_raw"] == balance["lines"]
    assert finished["silver"]["counts"]["silver.survey_responses"] == balance["in_silver"]
    assert finished["gold"]["counts"]["gold.fact_survey_responses"] == balance["in_silver"]

    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    told = [(one["eventType"], one["job"]["name"]) for one in events]
    stages = [(kind, f"stage.{stage}") for stage in STAGES for kind in ("START", "COMPLETE")]
    assert told == [("START", "command.run"), *stages, ("COMPLETE", "command.run")]
    completed = {one["job"]["name"].removeprefix("stage."): one for one in events if one["eventType"] == "COMPLETE"}
    written = {
        table.full_name
        for table in pipeline.tables.all()
        if pipeline.warehouse.version(table) != before[table.full_name]
    }
    assert written - {name for one in completed.values() for name in tables(one, "outputs")} == set()
    landing = [one["name"] for one in completed["bronze"]["inputs"] if not tables({"inputs": [one]}, "inputs")]
    assert landing == [str(pipeline.landing)]
    for stage in CODE_OF:
        used = tables_in_code_of(stage, pipeline)
        assert len(used) > 1
        assert used - tables(completed[stage], "inputs") - tables(completed[stage], "outputs") == set(), stage
    (fact,) = (one for one in completed["gold"]["outputs"] if one["name"].endswith("/fact_survey_responses"))
    assert fact["outputFacets"]["outputStatistics"]["rowCount"] == balance["in_silver"]
    assert "response_key" in {column["name"] for column in fact["facets"]["schema"]["fields"]}


def test_a_stage_that_fails(loaded: Pipeline) -> None:
    loaded.conf = overlay(loaded, f"{{transport: file, file: '{loaded.root}/failed.jsonl'}}")
    code, lines = run(loaded, "gold", "--rebuild", "--month", "1999-01")
    assert code == 2
    assert [(line["event"], line["stage"], line["exit_code"]) for line in lines[-2:]] == [
        ("stage_failed", "gold", None),
        ("run_finished", None, 2),
    ]
    assert "1999-01" in lines[-1]["message"]
    events = [json.loads(line) for line in (loaded.root / "failed.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(one["eventType"], one["job"]["name"]) for one in events] == [
        ("START", "command.gold"),
        ("START", "stage.gold"),
        ("FAIL", "stage.gold"),
        ("FAIL", "command.gold"),
    ]
    assert "1999-01" in events[2]["run"]["facets"]["errorMessage"]["message"]


def test_a_run_goes_on_whatever_becomes_of_its_lineage(loaded: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded.conf = overlay(loaded, "{transport: http, url: '${env:LINEAGE}', timeout_seconds: 1}")

    def published(url: str) -> list[str]:
        monkeypatch.setenv("LINEAGE", url)
        code, lines = run(loaded, "publish")
        assert (code, lines[-1]["event"]) == (0, "run_finished")
        assert url.removeprefix("http://") not in json.dumps(lines)
        return [line["message"] for line in lines if line["level"] == "warning"]

    with answering() as endpoint:
        assert published(endpoint.url) == []
    assert [one["eventType"] for one in endpoint.bodies] == ["START", *["START", "COMPLETE"] * 2, "COMPLETE"]
    with hanging() as url:
        (hung,) = published(url)
    assert "no answer within 1 s" in hung
    (refused,) = published(dead())
    assert "ConnectionError" in refused


def test_the_rows_of_a_merge_are_those_inserted_and_updated(loaded: Pipeline) -> None:
    table, warehouse = loaded.tables.responses, loaded.warehouse
    before = warehouse.version(table)
    known = warehouse.stage(warehouse.read(table).orderBy("id").limit(5), "known")
    new = known.limit(2).withColumn("id", F.col("id") + 10**9)
    warehouse.upsert(warehouse.stage(known.unionByName(new), "merged"), table, "true")
    written = written_since(warehouse, table, before)
    assert before is not None
    assert (written.version, written.rows) == (before + 1, 7)
    assert written.files > 0
    assert written_since(warehouse, table, written.version).rows == 0
