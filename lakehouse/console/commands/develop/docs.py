"""`lakehouse docs`: the generated documents."""

from __future__ import annotations

import argparse
from pathlib import Path

from lakehouse.console.command import Command, Purpose
from lakehouse.console.lazy import Later
from lakehouse.console.parser import add_shared_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `docs` takes."""
    parser.add_argument("--out", type=Path, default=Path("docs"), metavar="DIR", help="folder for the documents (docs)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a document is out of date")
    add_shared_options(parser)


COMMAND = Command(
    name="docs",
    purpose=Purpose.DEVELOP,
    summary="write the reference pages of docs/ and the JSON Schemas of conf/",
    example="lakehouse docs --check",
    execute=Later("develop.docs"),
    add_arguments=add_arguments,
)
