"""The pipeline once a day: one task per stage, each a spark-submit of the file that runs it.

Airflow runs in a separate Python environment, which needs no package of this project. LAKEHOUSE_HOME is the
checkout on the worker. The connection `spark_lakehouse` names the cluster and must exist: without it the operator
submits to YARN and says nothing. The worker's `spark-submit` must find Delta, and the Python that it starts this
project: after `make setup` the checkout's own spark-submit does both.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta

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


def stage(task_id: str, application: str) -> SparkSubmitOperator:
    """A task that runs one file of jobs/.

    Every stage may be repeated: a retry continues where the last attempt stopped. An attempt that refuses or holds a
    file fails. The retry passes, because that decision is already recorded; ops.files keeps the file with its reason.
    While a gate blocks, every attempt fails, and no later stage runs.
    """
    return SparkSubmitOperator(
        task_id=task_id,
        conn_id="spark_lakehouse",
        application=f"{HOME}/jobs/{application}",
        application_args=[*PLACE],
        name=f"lakehouse-{task_id}",
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
    ingest = stage("ingest_bronze", "ingest_bronze.py")
    silver = stage("build_silver", "build_silver.py")
    gold = stage("build_gold", "build_gold.py")
    publish = stage("publish_alerts", "publish_alerts.py")
    ingest >> silver >> gold >> publish
