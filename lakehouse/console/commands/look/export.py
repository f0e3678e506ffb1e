"""`lakehouse export`: team views and the flat view as plain files."""

from __future__ import annotations

import argparse

from lakehouse.console.command import Command, Purpose
from lakehouse.console.lazy import Later
from lakehouse.console.parser import add_shared_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `export` takes."""
    parser.add_argument(
        "--out", metavar="DIR", required=True, help="folder for the files: new, empty, or an earlier export"
    )
    parser.add_argument(
        "--with-personal-data", action="store_true", help="also id, age, gender and the keys made from them"
    )
    add_shared_options(parser)


COMMAND = Command(
    name="export",
    purpose=Purpose.LOOK,
    summary="team views and the flat view as Parquet and CSV files",
    example="lakehouse export --warehouse demo/warehouse --out demo/export",
    execute=Later("look.export"),
    add_arguments=add_arguments,
)
