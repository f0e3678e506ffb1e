"""`lakehouse quarantine`: rejected lines, and their second judgement."""

from __future__ import annotations

import argparse

from lakehouse.console.command import Command, Purpose, add_action
from lakehouse.console.lazy import Later
from lakehouse.console.parser import add_shared_options, day


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the actions of `quarantine`."""
    actions = parser.add_subparsers(title="what to do", metavar="ACTION", required=True, dest="action")
    listed = add_action(
        actions,
        "list",
        "rejected lines by rule and file; with an option, the lines themselves",
        "lakehouse quarantine list --rule not_a_number",
    )
    listed.add_argument("--rule", metavar="RULE", help="rule, or rule:column")
    listed.add_argument("--file", metavar="FILE", help="file as delivered, relative to its landing root")
    listed.add_argument("--day", metavar="YYYY-MM-DD", type=day("--day"), help="survey date")
    shown = add_action(
        actions,
        "show",
        "one rejected line: why, and as it was delivered",
        "lakehouse quarantine show 8d02e7",
    )
    shown.add_argument("id", metavar="ID", help="the line's quarantine_id, or its first characters")
    shown.add_argument("--personal", action="store_true", help="show personal data too")
    replay = add_action(
        actions,
        "replay",
        "judge every line again after a rule, an alias or a cast was corrected",
        "lakehouse quarantine replay",
    )
    for command in (listed, shown, replay):
        add_shared_options(command)


COMMAND = Command(
    name="quarantine",
    purpose=Purpose.DECIDE,
    summary="rejected lines, their reasons, and judging them again",
    example="lakehouse quarantine list --warehouse demo/warehouse",
    execute=Later("decide.quarantine"),
    add_arguments=add_arguments,
)
