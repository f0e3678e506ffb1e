"""The pipeline and its stages as commands: `run`, `ingest`, `silver`, `gold`, `publish`."""

from __future__ import annotations

import argparse

from lakehouse.console.harness import StageProgram
from lakehouse.pipeline import alerts, bronze, gold, run, silver


def _silver_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rebuild", action="store_true", help="recompute everything from bronze")


def _gold_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rebuild", action="store_true", help="rebuild every month from silver")
    parser.add_argument("--month", metavar="YYYY-MM", help="with --rebuild: this month only")


RUN = StageProgram("run", run.run_all, reads_landing=True)
INGEST = StageProgram("ingest", bronze.ingest, reads_landing=True)
SILVER = StageProgram("silver", silver.build_from_all, _silver_arguments)
GOLD = StageProgram("gold", gold.build, _gold_arguments)
PUBLISH = StageProgram("publish", alerts.publish)
