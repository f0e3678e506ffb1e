"""`lakehouse generate`: made-up survey files for trials and tests."""

from __future__ import annotations

import argparse
from pathlib import Path

from lakehouse.console.command import Command, Purpose
from lakehouse.console.lazy import Later


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `generate` takes."""
    parser.add_argument("--rows", type=int, default=5000, help="lines per file")
    parser.add_argument("--months", type=int, default=6, help="number of monthly files")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same bytes")
    parser.add_argument("--first-month", default="2025-01", metavar="YYYY-MM", help="month of the first file")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the files go")
    parser.add_argument(
        "--effect",
        action="append",
        default=[],
        metavar="QUESTION@YYYY-MM:P",
        help="in that month turn a share P of the question's ratings into 1 or 2",
    )
    parser.add_argument("--faults", type=int, default=0, help="faulty lines in the last file")


COMMAND = Command(
    name="generate",
    purpose=Purpose.DEVELOP,
    summary="write made-up survey files, the same for the same seed",
    example="lakehouse generate --rows 5000 --months 6 --first-month 2026-05 --out demo/landing",
    execute=Later("develop.generate"),
    add_arguments=add_arguments,
)
