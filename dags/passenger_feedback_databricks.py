"""The pipeline once a day on Databricks: triggers the job of the bundle, and waits for its end.

Stages, retries and clusters are the job's. LAKEHOUSE_DATABRICKS_JOB is its name, which no other job of the workspace
may have; the connection `databricks_lakehouse` names the workspace. Pause the job's own trigger, or both start it.
"""

from __future__ import annotations

import os
from datetime import datetime

from airflow.providers.databricks.operators.databricks import DatabricksRunNowOperator
from airflow.sdk import DAG

with DAG(
    dag_id="passenger_feedback_databricks",
    description="Survey files to satisfaction alerts, on Databricks",
    schedule="@daily",
    start_date=datetime(2025, 1, 1),
    catchup=False,
    # One writer per warehouse.
    max_active_runs=1,
    # The job's tasks repeat what may be repeated. A second run would find the same files waiting.
    default_args={"retries": 0},
) as dag:
    DatabricksRunNowOperator(
        task_id="run_job",
        databricks_conn_id="databricks_lakehouse",
        job_name=os.environ.get("LAKEHOUSE_DATABRICKS_JOB", "passenger-feedback"),
        # The job takes minutes to hours: the triggerer waits for it, and no worker.
        deferrable=True,
    )
