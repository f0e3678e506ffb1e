"""The page for the teams, as a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from lakehouse.config.load import configuration
from lakehouse.console.parser import request_of
from lakehouse.report.render import require_libraries
from lakehouse.report.write import require_place, write_report
from lakehouse.storage.open import open_to_read


def require(arguments: argparse.Namespace) -> None:
    """Raises `UsageError` when no page could be written, before anything else is done."""
    require_libraries()
    require_place(Path(arguments.out))
    if arguments.team is not None:
        configuration(request_of(arguments)).catalogue.require_team(arguments.team)


def execute(arguments: argparse.Namespace) -> None:
    """Writes the page and names it."""
    require(arguments)
    write(arguments)
    print(f"Report: {arguments.out}")


def write(arguments: argparse.Namespace) -> None:
    """Writes the page."""
    write_report(open_to_read(configuration(request_of(arguments))), Path(arguments.out), arguments.team)
