"""`lakehouse maintain`: small files, old files, and the log's checkpoints."""

from __future__ import annotations

import argparse

from lakehouse.console.command import Command, Purpose
from lakehouse.console.lazy import Later
from lakehouse.console.parser import add_shared_options, whole_number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `maintain` takes."""
    parser.add_argument("--vacuum", action="store_true", help="also remove files that only old versions need")
    parser.add_argument(
        "--retain",
        metavar="HOURS",
        type=whole_number("--retain"),
        help="with --vacuum: keep the versions of the last HOURS (168)",
    )
    parser.add_argument("--force", action="store_true", help="with --retain: keep less than 168 hours")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done; write nothing")
    add_shared_options(parser)


COMMAND = Command(
    name="maintain",
    purpose=Purpose.MAINTAIN,
    summary="merge small files, remove old ones, check the log's checkpoints",
    example="lakehouse maintain --warehouse demo/warehouse --vacuum --dry-run",
    execute=Later("keep.maintain"),
    add_arguments=add_arguments,
)
