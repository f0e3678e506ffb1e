"""`lakehouse forget`: erases a passenger on request."""

from __future__ import annotations

import argparse

from lakehouse.console.command import Command, Purpose
from lakehouse.console.lazy import Later
from lakehouse.console.parser import add_shared_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `forget` takes."""
    parser.add_argument(
        "--id",
        action="append",
        required=True,
        metavar="ID",
        help="the passenger's id; may be repeated",
    )
    parser.add_argument("--reason", default="on request", help="why, kept with the decision; must not name the id")
    add_shared_options(parser)


COMMAND = Command(
    name="forget",
    purpose=Purpose.DECIDE,
    summary="erase a passenger from every table",
    example='lakehouse forget --warehouse demo/warehouse --id 4711 --reason "request of 12 March"',
    execute=Later("decide.forget"),
    add_arguments=add_arguments,
)
