"""`lakehouse watch`."""

from __future__ import annotations

import argparse

from lakehouse.console.command import Command, Purpose
from lakehouse.console.lazy import Later
from lakehouse.console.parser import add_shared_options, whole_number


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--every", metavar="SECONDS", type=whole_number("--every"), default=1, help="time between two looks (1)"
    )
    parser.add_argument(
        "--still",
        metavar="SECONDS",
        type=whole_number("--still"),
        default=5,
        help="a file has arrived when its size and time have not changed for this long (5)",
    )
    parser.add_argument("--report", dest="out", metavar="FILE", help="keep the page of `lakehouse report` current")
    parser.set_defaults(team=None)
    add_shared_options(parser)


COMMAND = Command(
    name="watch",
    purpose=Purpose.RUN,
    summary="all stages whenever files arrive, until it is told to end",
    example="lakehouse watch --warehouse demo/warehouse --landing demo/landing",
    execute=Later("run.watch"),
    add_arguments=_add_arguments,
)
