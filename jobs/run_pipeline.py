"""The pipeline: its stages in order."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from jobs import build_gold, build_silver, ingest_bronze, publish_alerts
from jobs.command import StageProgram, run_as_program
from jobs.context import Run, open_run
from jobs.options import Options
from jobs.summary import print_summary, refresh_files
from lakehouse.errors import IncompleteRunError


def ingest(run: Run) -> None:
    """Landing files to bronze."""
    with run.progress.stage("bronze", run.spark):
        ingest_bronze.ingest(run)


def silver(run: Run, *, rebuild: bool = False) -> None:
    """Bronze to silver."""
    with run.progress.stage("silver", run.spark):
        build_silver.build(run, rebuild=rebuild)
