"""What docs/deploy-airflow.md says: Airflow runs the DAG on a real cluster, and shows what waits.

Airflow lies in an environment of its own: `make test-airflow`.
"""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from tests.support.markdown import page, shell_blocks
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT
from tests.support.processes.cluster import Cluster

pytestmark = pytest.mark.airflow

AIRFLOW = ROOT / ".cache" / "airflow-venv" / "bin"
PATIENCE = 1800


def documented(cluster: Cluster, shared: Path) -> str:
    """The shell blocks of the page, for this checkout, cluster and folder."""
    script = "\n".join(shell_blocks(page("deploy-airflow.md")))
    host, _, port = cluster.master.rpartition(":")
    for example, real in (
        ("=/opt/lakehouse", f"={ROOT}"),
        ('"spark://spark-master", "port": 7077', f'"{host}", "port": {port}'),
        ("/mnt/surveys", str(shared)),
    ):
        assert example in script
        script = script.replace(example, real)
    return script


def test_a_run_of_the_dag(
    cluster: Cluster, local: Pipeline, shared: Path, spark: SparkSession, config: Config, tmp_path: Path
) -> None:
    home = tmp_path / "airflow"
    environment = {
        **cluster.environment(),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PATH": f"{AIRFLOW}:{cluster.environment()['PATH']}",
    }
    ended = subprocess.run(
        ["bash", "-uc", documented(cluster, shared)],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )
    with sqlite3.connect(home / "airflow.db") as database:
        tasks = dict(database.execute("SELECT task_id, state FROM task_instance").fetchall())
        runs = database.execute("SELECT dag_id, state FROM dag_run").fetchall()
    # The refused file is the last task's alone to tell.
    stages = ("ingest_bronze", "build_silver", "build_gold", "publish_alerts")
    assert tasks == {**dict.fromkeys(stages, "success"), "report_held_files": "failed"}, ended.stdout
    assert runs == [("passenger_feedback", "failed")]
    assert "1 file(s) refused: survey_2025-04.csv" in ended.stdout
    assert len(cluster.executor_logs()) == len(tasks)
    warehouse = Pipeline(spark, config, shared)
    assert warehouse.content() == local.content()
    releases = warehouse.read("ops.runs").orderBy("started_at").select("command", "exit_code").collect()
    assert [tuple(row) for row in releases] == [("ingest", 0), ("silver", 0), ("gold", 0), ("publish", 0)]
