"""The pipeline and its stages: `run`, `ingest`, `silver`, `gold`, `publish`."""

from __future__ import annotations

import argparse
from functools import partial

from lakehouse.console.lazy import Later
from lakehouse.console.parser import request_of
from lakehouse.console.running import run_and_tell
from lakehouse.pipeline.run import run_alerts, run_bronze, run_gold, run_pipeline, run_silver


def run_all(arguments: argparse.Namespace) -> None:
    """All stages over the landing folder; then the report, when one is asked for, of what was published."""
    request = request_of(arguments)
    if arguments.out is None:
        run_and_tell(request, "run", run_pipeline, reads_landing=True)
        return
    Later("look.report", "require")(arguments)
    write = partial(Later("look.report"), arguments)
    run_and_tell(request, "run", run_pipeline, reads_landing=True, afterwards=write)


def ingest(arguments: argparse.Namespace) -> None:
    """Landing files to bronze."""
    run_and_tell(request_of(arguments), "ingest", run_bronze, reads_landing=True)


def build_silver(arguments: argparse.Namespace) -> None:
    """Bronze to silver."""
    run_and_tell(request_of(arguments), "silver", partial(run_silver, rebuild=arguments.rebuild))


def build_gold(arguments: argparse.Namespace) -> None:
    """Silver to gold."""
    work = partial(run_gold, rebuild=arguments.rebuild, month=arguments.month)
    run_and_tell(request_of(arguments), "gold", work)


def publish(arguments: argparse.Namespace) -> None:
    """Gold to alerts."""
    run_and_tell(request_of(arguments), "publish", run_alerts)
