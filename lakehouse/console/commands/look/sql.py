"""`lakehouse sql`: any question to the tables, in SQL."""

from __future__ import annotations

import argparse

from lakehouse.console.command import Command, Purpose
from lakehouse.console.lazy import Later
from lakehouse.console.parser import add_shared_options

FORMATS = ("table", "csv", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `sql` takes."""
    parser.add_argument("statement", help="a statement that reads: SELECT, WITH, SHOW, DESCRIBE, EXPLAIN")
    parser.add_argument("--format", choices=FORMATS, default="table", help="format of the rows on stdout")
    parser.add_argument("--release", metavar="RUN", help="read the tables as this finished run left them")
    add_shared_options(parser)


COMMAND = Command(
    name="sql",
    purpose=Purpose.LOOK,
    summary="read-only SQL over all tables and views",
    example='lakehouse sql --warehouse demo/warehouse "SELECT team, headline FROM gold.satisfaction_alerts LIMIT 5"',
    execute=Later("look.sql"),
    add_arguments=add_arguments,
)
