"""`lakehouse report`: one page for the teams."""

from __future__ import annotations

import argparse

from lakehouse.console.command import Command, Purpose
from lakehouse.console.lazy import Later
from lakehouse.console.parser import add_shared_options


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", metavar="FILE", required=True, help="the HTML file to write")
    parser.add_argument("--team", metavar="TEAM", help="the page of one team")
    add_shared_options(parser)


COMMAND = Command(
    name="report",
    purpose=Purpose.LOOK,
    summary="one HTML page: what is open, trends, groups, associations, data health",
    example="lakehouse report --warehouse demo/warehouse --out report.html",
    execute=Later("look.report"),
    add_arguments=_add_arguments,
)
