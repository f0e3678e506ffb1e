"""The pipeline once a day on a Spark cluster: one task per stage, each a spark-submit of the file that runs it.

Airflow runs in a separate Python environment, which needs no package of this project. LAKEHOUSE_HOME is the
checkout on the worker. The connection `spark_lakehouse` names the cluster and must exist: without it the operator
submits to YARN and says nothing. The worker's `spark-submit` must find Delta, and the Python that it starts this
project: after `make setup` the checkout's own spark-submit does both, with `.venv/bin` first on the PATH.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG

HOME = os.environ.get("LAKEHOUSE_HOME", "/opt/lakehouse")
PLACE = (
    "--warehouse",
    os.environ.get("LAKEHOUSE_WAREHOUSE", f"{HOME}/warehouse"),
    "--landing",
    os.environ.get("LAKEHOUSE_LANDING", f"{HOME}/landing"),
    "--conf",
    f"{HOME}/conf/cluster.yml",
    "--log-format",
    "json",
)
WHAT_RED_MEANS = """Red: files were refused or held, and wait for a person. The log names each with its reason.
What passed is published. Decide with `lakehouse files`, or mend, remove or set aside a refused file; then clear this
task. It turns green when no file waits."""


def stage(name: str, counted: str = "--lenient", **settings: Any) -> SparkSubmitOperator:
    """A task that runs the file of this name in jobs/.

    Every stage may be repeated: a retry continues where the last attempt stopped. While a gate blocks, every attempt
    fails, and no later stage runs. A refused or held file fails no stage (`--lenient`): the last task tells of it.
    """
    return SparkSubmitOperator(
        task_id=name,
        conn_id="spark_lakehouse",
        application=f"{HOME}/jobs/{name}.py",
        application_args=[*PLACE, counted],
        name=f"lakehouse-{name}",
        **settings,
    )


with DAG(
    dag_id="passenger_feedback",
    description="Survey files to satisfaction alerts",
    schedule="@daily",
    start_date=datetime(2025, 1, 1),
    catchup=False,
    # One writer per warehouse: a second run would wait for the lock in vain.
    max_active_runs=1,
    default_args={
        "retries": 3,
        "retry_delay": timedelta(minutes=5),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(hours=1),
    },
) as dag:
    # No --survey-date: a file without a date is held, for the day of the run might be another month.
    ingest = stage("ingest_bronze")
    silver = stage("build_silver")
    gold = stage("build_gold")
    publish = stage("publish_alerts")
    # No retry, which would find the same files.
    report = stage("report_held_files", "--strict", retries=0, doc_md=WHAT_RED_MEANS)
    ingest >> silver >> gold >> publish >> report
