"""Writes made-up survey files, the same for the same seed."""

from __future__ import annotations

import argparse

from lakehouse.generate import Effect, generate_surveys


def execute(arguments: argparse.Namespace) -> None:
    """Writes the files, and prints their names."""
    files = generate_surveys(
        arguments.out,
        arguments.rows,
        arguments.months,
        arguments.seed,
        arguments.first_month,
        [Effect.parse(text) for text in arguments.effect],
        arguments.faults,
    )
    print("\n".join(str(file) for file in files))
