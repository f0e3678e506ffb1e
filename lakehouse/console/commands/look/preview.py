"""`lakehouse preview`: what is in a file, and what would become of it, before it is delivered."""

from __future__ import annotations

import argparse

from lakehouse.console.command import Command, Purpose
from lakehouse.console.lazy import Later
from lakehouse.console.parser import add_shared_options


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="the file to look at")
    add_shared_options(parser)


COMMAND = Command(
    name="preview",
    purpose=Purpose.LOOK,
    summary="how a file would be read, and what would be rejected and why; without Spark, writes nothing",
    example="lakehouse preview survey_2025-01.csv",
    execute=Later("look.preview"),
    add_arguments=_add_arguments,
)
