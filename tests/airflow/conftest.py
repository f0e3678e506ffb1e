"""Airflow's own folder and settings, which it reads when it is imported."""

from __future__ import annotations

import json
import os
import tempfile

os.environ |= {
    "AIRFLOW_HOME": tempfile.mkdtemp(),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "LAKEHOUSE_HOME": "/opt/lakehouse",
    "LAKEHOUSE_WAREHOUSE": "/mnt/surveys/warehouse",
    "LAKEHOUSE_LANDING": "/mnt/surveys/landing",
    "AIRFLOW_CONN_SPARK_LAKEHOUSE": json.dumps({"conn_type": "spark", "host": "spark://spark-master", "port": 7077}),
}
