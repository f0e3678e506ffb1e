"""`lakehouse verify`: is the warehouse what it promises to be?"""

from __future__ import annotations

import argparse

from lakehouse.console.command import Command, Purpose
from lakehouse.console.lazy import Later
from lakehouse.console.parser import add_shared_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `verify` takes."""
    parser.add_argument("--deep", action="store_true", help="also compute everything once more and compare")
    add_shared_options(parser)


COMMAND = Command(
    name="verify",
    purpose=Purpose.MAINTAIN,
    summary="check every promise on a warehouse as it is",
    example="lakehouse verify --warehouse demo/warehouse --deep",
    execute=Later("keep.verify"),
    add_arguments=add_arguments,
)
