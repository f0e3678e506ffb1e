"""`lakehouse status`: the state of a warehouse in one screen."""

from __future__ import annotations

import argparse

from lakehouse.console.command import Command, Purpose
from lakehouse.console.lazy import Later
from lakehouse.console.parser import add_shared_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `status` takes."""
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--checks", action="store_true", help="every check when it last ran, and how it did before")
    chosen.add_argument("--samples", action="store_true", help="lines that failed checks, at most ten of each")
    parser.add_argument("--personal", action="store_true", help="with --samples: show personal data too")
    add_shared_options(parser)


COMMAND = Command(
    name="status",
    purpose=Purpose.LOOK,
    summary="last runs, checks, balance, files waiting, open alerts",
    example="lakehouse status --warehouse demo/warehouse --checks",
    execute=Later("look.status"),
    add_arguments=add_arguments,
)
