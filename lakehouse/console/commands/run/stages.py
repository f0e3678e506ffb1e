"""The pipeline and its stages: `lakehouse run`, `ingest`, `silver`, `gold`, `publish`."""

from __future__ import annotations

import argparse

from lakehouse.console.command import Command, Purpose
from lakehouse.console.lazy import Later
from lakehouse.console.parser import add_shared_options

_PLACE = "--warehouse demo/warehouse"
_LANDING = "--landing demo/landing"


def _add_run_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--report", dest="out", metavar="FILE", help="write the page of `lakehouse report` at the end")
    parser.set_defaults(team=None)
    add_shared_options(parser)


def _add_silver_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rebuild", action="store_true", help="recompute everything from bronze")
    add_shared_options(parser)


def _add_gold_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rebuild", action="store_true", help="recompute every month from silver")
    parser.add_argument("--month", metavar="YYYY-MM", help="with --rebuild: this month only")
    add_shared_options(parser)


RUN = Command(
    name="run",
    purpose=Purpose.RUN,
    summary="all stages: landing files to alerts",
    example=f"lakehouse run {_PLACE} {_LANDING}",
    execute=Later("run.stages", "run_all"),
    add_arguments=_add_run_arguments,
)
INGEST = Command(
    name="ingest",
    purpose=Purpose.RUN,
    summary="landing files to bronze",
    example=f"lakehouse ingest {_PLACE} {_LANDING}",
    execute=Later("run.stages", "ingest"),
)
SILVER = Command(
    name="silver",
    purpose=Purpose.RUN,
    summary="bronze to silver",
    example=f"lakehouse silver {_PLACE} --rebuild",
    execute=Later("run.stages", "build_silver"),
    add_arguments=_add_silver_arguments,
)
GOLD = Command(
    name="gold",
    purpose=Purpose.RUN,
    summary="silver to gold",
    example=f"lakehouse gold {_PLACE} --rebuild --month 2026-10",
    execute=Later("run.stages", "build_gold"),
    add_arguments=_add_gold_arguments,
)
PUBLISH = Command(
    name="publish",
    purpose=Purpose.RUN,
    summary="gold to alerts",
    example=f"lakehouse publish {_PLACE}",
    execute=Later("run.stages", "publish"),
)
