"""The DAGs as Airflow loads them: `make test-airflow` runs this in Airflow's environment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.providers.databricks.operators.databricks import DatabricksRunNowOperator

from tests.support.places import ROOT

pytestmark = pytest.mark.airflow

STAGES = ["ingest_bronze", "build_silver", "build_gold", "publish_alerts"]
REPORT = "report_held_files"
SPARK, DATABRICKS = "passenger_feedback", "passenger_feedback_databricks"
PLACE = "--warehouse /mnt/surveys/warehouse --landing /mnt/surveys/landing --conf /opt/lakehouse/conf/cluster.yml"


@pytest.fixture(scope="module")
def loaded() -> DagBag:
    return DagBag(ROOT / "dags")


def command(operator: SparkSubmitOperator) -> str:
    """The command line that the operator runs."""
    words: list[str] = operator._get_hook()._build_spark_submit_command(operator.application)
    return " ".join(words)


def test_every_dag_loads(loaded: DagBag, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("from airflow.sdk import DAG\nimport no_such_package\n", encoding="utf-8")
    assert [Path(file).name for file in DagBag(tmp_path).import_errors] == ["broken.py"]
    assert loaded.import_errors == {}
    assert loaded.dags.keys() == {SPARK, DATABRICKS}


@pytest.mark.parametrize("name", [SPARK, DATABRICKS])
def test_runs_once_a_day_alone_and_catches_up_on_nothing(loaded: DagBag, name: str) -> None:
    dag = loaded.dags[name]
    assert (dag.schedule, dag.max_active_runs, dag.catchup) == ("@daily", 1, False)


def test_stages_come_in_order_and_the_report_last(loaded: DagBag) -> None:
    dag = loaded.dags[SPARK]
    assert [task.task_id for task in dag.topological_sort()] == [*STAGES, REPORT]
    assert [task.downstream_task_ids for task in dag.topological_sort()] == [
        *({name} for name in (*STAGES[1:], REPORT)),
        set(),
    ]
    assert {task.trigger_rule for task in dag.tasks} == {"all_success"}


def test_stages_are_repeated_and_the_report_is_not(loaded: DagBag) -> None:
    dag = loaded.dags[SPARK]
    assert {task.task_id: task.retries for task in dag.tasks} == {**dict.fromkeys(STAGES, 3), REPORT: 0}
    waits = {(task.retry_delay, task.retry_exponential_backoff, task.max_retry_delay) for task in dag.tasks}
    assert waits == {(timedelta(minutes=5), True, timedelta(hours=1))}
    assert "lakehouse files" in dag.get_task(REPORT).doc_md


def test_each_task_submits_its_file(loaded: DagBag) -> None:
    commands = {task.task_id: command(task) for task in loaded.dags[SPARK].tasks}
    assert commands == {
        name: f"spark-submit --master spark://spark-master:7077 --name lakehouse-{name} /opt/lakehouse/jobs/{name}.py "
        f"{PLACE} --log-format json {counted}"
        for name, counted in [*((stage, "--lenient") for stage in STAGES), (REPORT, "--strict")]
    }


def test_the_job_on_databricks_is_started_by_its_name(loaded: DagBag) -> None:
    (task,) = loaded.dags[DATABRICKS].tasks
    assert isinstance(task, DatabricksRunNowOperator)
    assert (task._get_merged_json(), task.databricks_conn_id) == (
        {"job_name": "passenger-feedback"},
        "databricks_lakehouse",
    )
    # A worker is free while the job runs, and a run is not started twice.
    assert (task.deferrable, task.retries, task.wait_for_termination) == (True, 0, True)
