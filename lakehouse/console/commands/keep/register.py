"""`lakehouse register`: names tables and views for BI tools and other programs."""

from __future__ import annotations

import argparse

from lakehouse.console.command import Command, Purpose
from lakehouse.console.lazy import Later
from lakehouse.console.parser import add_shared_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `register` takes."""
    parser.add_argument("--dry-run", action="store_true", help="print the statements; reach and write nothing")
    add_shared_options(parser)


COMMAND = Command(
    name="register",
    purpose=Purpose.MAINTAIN,
    summary="name tables and views in a Hive metastore or in Unity Catalog",
    example="lakehouse register --warehouse demo/warehouse",
    execute=Later("keep.register"),
    add_arguments=add_arguments,
)
