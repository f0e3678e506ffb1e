"""Runs the pipeline or one of its stages: `run`, `ingest`, `silver`, `gold`, `publish`."""

from __future__ import annotations

import argparse
from functools import partial

from lakehouse.console.parser import options_of
from lakehouse.pipeline import alerts, bronze, gold, run, silver


def run_all(arguments: argparse.Namespace) -> None:
    """All stages: landing files to alerts."""
    run.execute("run", run.run_all, options_of(arguments), reads_landing=True)


def ingest(arguments: argparse.Namespace) -> None:
    """Landing files to bronze."""
    run.execute("ingest", bronze.ingest, options_of(arguments), reads_landing=True)


def build_silver(arguments: argparse.Namespace) -> None:
    """Bronze to silver."""
    stage = partial(silver.build_from_all, rebuild=arguments.rebuild)
    run.execute("silver", stage, options_of(arguments), reads_landing=False)


def build_gold(arguments: argparse.Namespace) -> None:
    """Silver to gold."""
    stage = partial(gold.build, rebuild=arguments.rebuild, month=arguments.month)
    run.execute("gold", stage, options_of(arguments), reads_landing=False)


def publish(arguments: argparse.Namespace) -> None:
    """Gold to metrics and alerts."""
    run.execute("publish", alerts.publish, options_of(arguments), reads_landing=False)
